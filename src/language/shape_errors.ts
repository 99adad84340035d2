import type { ErrorObject } from "ajv";
import { type Diagnostic, nearestName, type Span } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import { quote } from "../core/describe.ts";
import {
  holdsBroken,
  keySpan,
  type LocatedEntry,
  type LocatedMap,
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
    const found = valueAt(entry, place);
    const words = inWords(error, schema);
    if (words.key === undefined && found !== undefined && holdsBroken(found)) return [];
    const { at, help = words.help, related } = whereIs(error, place, words.key, entry);
    const message = `Cannot read ${subjectOf([...path, ...place])}: ${words.what}`;
    return [{
      severity: "error",
      code: words.code,
      message,
      at,
      help,
      ...(related.length > 0 && { related }),
    }];
  });
}

interface Where {
  readonly at: Span;
  /** Better than what the schema says. */
  readonly help?: string;
  readonly related: { message: string; at: Span }[];
}

/** @param key see `ShapeWords.key` */
function whereIs(
  { keyword, params, parentSchema }: ErrorObject,
  place: Path,
  key: string | undefined,
  entry: LocatedEntry,
): Where {
  const found = valueAt(entry, place);
  if (keyword === "required" && found?.type === "map") {
    const missing: string = params["missingProperty"];
    const better = omittedAs(missing, found) ??
      misspeltAs(missing, found, parentSchema?.["properties"] ?? {});
    if (better !== undefined) return better;
  }
  if (keyword === "uniqueItems") return again(entry, [...place, params["j"]], [...place, params["i"]]);
  const target = key === undefined || key === "" ? place : [...place, key];
  const at = key === undefined ? valueSpan(entry, place) : keySpan(entry, target);
  const omitted = found?.type === "map" && key === undefined ? [...found.omitted ?? []] : [];
  const related = omitted.flatMap(([name, { at, origin }]) => [
    { message: `${quote(name)} is not given: the expression`, at },
    { message: "gives nothing", at: origin },
  ]);
  return { at, related: [...relatedTo(entry, target), ...related] };
}

/** The second of two equal items, whichever of the two places is that. */
function again(entry: LocatedEntry, a: Path, b: Path): Where {
  const [first, second] = [a, b].sort((a, b) => Number(a.at(-1)) - Number(b.at(-1)));
  const related = [{ message: "the same stands here already", at: valueSpan(entry, first!) }];
  return { at: valueSpan(entry, second!), related: [...relatedTo(entry, second!), ...related] };
}

/** A key that is there, but as an expression that gives nothing. */
function omittedAs(missing: string, { omitted }: LocatedMap): Where | undefined {
  const found = omitted?.get(missing);
  return found &&
    { at: found.at, related: [{ message: "the expression gives nothing: see here", at: found.origin }] };
}

/** A key that is there, but misspelt, in a map that may have keys of its own. */
function misspeltAs(missing: string, { entries }: LocatedMap, known: JsonObject): Where | undefined {
  const near = [...entries.keys()].find((key) =>
    !Object.hasOwn(known, key) && nearestName(key, [missing]) !== undefined
  );
  return near === undefined
    ? undefined
    : { at: entries.get(near)!.key, help: `did you mean ${quote(missing)}?`, related: [] };
}

/** How messages name a value: `"architecture.depth" of stage "mlps"`. */
function subjectOf(path: Path): string {
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
export function pointerParts(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
