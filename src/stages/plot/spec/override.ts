import { quote } from "../../../core/describe.ts";
import type { Problem } from "../../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { FigureOutlook } from "../figure_spec.ts";
import { withDottedFields } from "./dotted_fields.ts";
import { expressionProblem, fieldProblems } from "./field_problems.ts";
import { fieldUses, type Scope, UNKNOWN_ROWS } from "./fields.ts";
import { merged } from "./merge.ts";
import type { Path } from "./schema_mistakes.ts";
import { vegaLiteSchema } from "./vega_lite_schema.ts";

/**
 * The fields that an override names and a figure does not have. It is read where it will stand, so that it can name what
 * the figure's own transforms make there.
 */
export function checkOverride(
  override: JsonObject,
  figure: string,
  { body, fields }: FigureOutlook,
): Problem[] {
  const whole = merged(body, override);
  const owner = `the data of figure ${quote(figure)}`;
  const rows: Scope = { ...UNKNOWN_ROWS, owner, columns: new Set(fields), open: false };
  const spec = { ...whole, data: { name: figure } };
  const { uses, broken } = fieldUses(spec, (name) => name === figure ? rows : undefined);
  const own = <Place extends { readonly at: Path }>(places: readonly Place[]) =>
    places.filter(({ at }) => holds(override, at)).map((place) => ({
      ...place,
      at: ["override", ...place.at],
    }));
  return [
    ...unusedProblems(override, figure, whole),
    ...own(broken).map(expressionProblem),
    ...own(uses).flatMap(fieldProblems),
  ];
}

/** A figure with an override laid over it. Names with dots in the override are written as people write them. */
export function overridden(figure: JsonObject, override: JsonObject): JsonObject {
  const spec = merged(figure, override);
  const { uses } = fieldUses(spec, () => undefined);
  return withDottedFields(spec, uses.filter(({ at }) => holds(override, at)));
}

/** Keys that Vega-Lite would not look at: a figure of several panels has no `mark` of its own. */
function unusedProblems(override: JsonObject, figure: string, whole: JsonObject): Problem[] {
  const form = FORMS.find(([key]) => Object.hasOwn(whole, key));
  if (form === undefined) return [];
  const [allowed, elsewhere] = [keysOf([form[1]]), keysOf(["TopLevelUnitSpec", "TopLevelLayerSpec"])];
  const unused = Object.keys(override).filter((key) => !allowed.has(key) && elsewhere.has(key));
  const parts = new Set(["title", "config", ...Object.keys(whole).filter((key) => allowed.has(key))]);
  return unused.map((key) => ({
    code: "override-unused",
    message: `Cannot override ${quote(key)}: figure ${quote(figure)} has no such part at its top level`,
    at: ["override", key],
    on: "key",
    help: `its parts: ${[...parts].join(", ")}`,
  }));
}

/** The key that tells a view of several panels, and its name in the schema. */
const FORMS = [
  ["hconcat", "TopLevelHConcatSpec"],
  ["vconcat", "TopLevelVConcatSpec"],
  ["concat", "TopLevelConcatSpec"],
  ["facet", "TopLevelFacetSpec"],
] as const;

function keysOf(forms: readonly string[]): ReadonlySet<string> {
  const definitions = vegaLiteSchema()["definitions"] as Record<string, JsonObject>;
  return new Set(forms.flatMap((form) => Object.keys(definitions[form]!["properties"] as JsonObject)));
}

/** Whether a value has something at a place. */
function holds(value: Json, at: Path): boolean {
  const [key, ...rest] = at;
  if (key === undefined) return true;
  if (Array.isArray(value)) return typeof key === "number" && key < value.length && holds(value[key]!, rest);
  return isJsonObject(value) && Object.hasOwn(value, key) && holds(value[key]!, rest);
}
