import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import { quote } from "../core/describe.ts";
import {
  keySpan,
  type Located,
  type LocatedEntry,
  type Path,
  relatedTo,
  valueAt,
  valueSpan,
} from "./located.ts";
import { meantErrors } from "./meant_errors.ts";
import { inWords } from "./shape_words.ts";

/**
 * Errors of ajv (with `allErrors` and `verbose`) about a value, as diagnostics in the order of the errors; without those
 * that follow from a part that could not be read.
 * @param path from the start of the file to the value
 * @param schema the one that gave the errors
 */
export function explainShape(
  entry: LocatedEntry,
  path: Path,
  errors: readonly ErrorObject[],
  schema: JsonObject,
): Diagnostic[] {
  return meantErrors(errors, schema).flatMap((error) => {
    const place = pointerParts(error.instancePath);
    const { code, what, help, key } = inWords(error, schema);
    if (key === undefined && holdsBroken(valueAt(entry, place))) return [];
    const target = key === undefined || key === "" ? place : [...place, key];
    const at = key === undefined ? valueSpan(entry, place) : keySpan(entry, target);
    const message = `Cannot read ${subjectOf([...path, ...place])}: ${what}`;
    const related = relatedTo(entry, target);
    return [{ severity: "error", code, message, at, help, ...(related.length > 0 && { related }) }];
  });
}

function holdsBroken(node: Located | undefined): boolean {
  if (node === undefined || node.broken === true) return node?.broken === true;
  if (node.type === "list") return node.items.some(holdsBroken);
  return node.type === "map" && [...node.entries.values()].some(({ value }) => holdsBroken(value));
}

/** How messages name a value: `"architecture.depth" of stage "mlps"`. */
export function subjectOf(path: Path): string {
  const [top, stage, ...setting] = path;
  if (top === undefined) return "the pipeline";
  if (top !== "stages" || stage === undefined) return quote(settingName(path));
  return setting.length === 0
    ? `stage ${quote(stage)}`
    : `${quote(settingName(setting))} of stage ${quote(stage)}`;
}

/** `cases[0].weight` */
function settingName(path: Path): string {
  return path.map((part, i) => /^\d+$/.test(String(part)) ? `[${part}]` : `${i === 0 ? "" : "."}${part}`)
    .join("");
}

/** A JSON pointer as its keys. */
function pointerParts(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
