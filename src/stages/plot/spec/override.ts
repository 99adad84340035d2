import { quote } from "../../../core/describe.ts";
import type { Problem } from "../../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { FigureOutlook } from "../figure_spec.ts";
import { withDottedFields } from "./dotted_fields.ts";
import { expressionProblem, fieldProblems } from "./field_problems.ts";
import { fieldUses, type Scope, UNKNOWN_ROWS } from "./fields.ts";
import { merged } from "./merge.ts";
import type { Path } from "./schema_mistakes.ts";

/**
 * The fields that an override names and a figure does not have. It is read where it will stand, so that it can name what
 * the figure's own transforms make there.
 */
export function checkOverride(
  override: JsonObject,
  figure: string,
  { body, fields }: FigureOutlook,
): Problem[] {
  const owner = `the data of figure ${quote(figure)}`;
  const rows: Scope = { ...UNKNOWN_ROWS, owner, columns: new Set(fields), open: false };
  const spec = { ...merged(body, override), data: { name: figure } };
  const { uses, broken } = fieldUses(spec, (name) => name === figure ? rows : undefined);
  const own = <Place extends { readonly at: Path }>(places: readonly Place[]) =>
    places.filter(({ at }) => holds(override, at)).map((place) => ({
      ...place,
      at: ["override", ...place.at],
    }));
  return [...own(broken).map(expressionProblem), ...own(uses).flatMap(fieldProblems)];
}

/** A figure with an override laid over it. Names with dots in the override are written as people write them. */
export function overridden(figure: JsonObject, override: JsonObject): JsonObject {
  const spec = merged(figure, override);
  const { uses } = fieldUses(spec, () => undefined);
  return withDottedFields(spec, uses.filter(({ at }) => holds(override, at)));
}

/** Whether a value has something at a place. */
function holds(value: Json, at: Path): boolean {
  const [key, ...rest] = at;
  if (key === undefined) return true;
  if (Array.isArray(value)) return typeof key === "number" && key < value.length && holds(value[key]!, rest);
  return isJsonObject(value) && Object.hasOwn(value, key) && holds(value[key]!, rest);
}
