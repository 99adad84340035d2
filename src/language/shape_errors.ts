import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import { quote } from "./describe.ts";
import { keySpan, type LocatedEntry, type Path, valueSpan } from "./located.ts";
import { meantErrors } from "./meant_errors.ts";
import { inWords } from "./shape_words.ts";

/** Errors of ajv (with `allErrors` and `verbose`) about the value at `path`, as diagnostics in the order of the errors. */
export function explainShape(root: LocatedEntry, path: Path, errors: readonly ErrorObject[]): Diagnostic[] {
  return meantErrors(errors).map((error) => {
    const place = [...path, ...pointerParts(error.instancePath)];
    const { code, what, help, key } = inWords(error);
    const at = key === undefined
      ? valueSpan(root, place)
      : keySpan(root, key === "" ? place : [...place, key]);
    const message = `Cannot read ${subjectOf(place)}: ${what}`;
    return { severity: "error", code, message, at, help };
  });
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
