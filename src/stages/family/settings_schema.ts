/** What a family's settings may be, in the words that its JSON Schema and its own checks share. No domains. */
import type { Json, JsonObject } from "../../core/json.ts";

export type SettingSchema = ScalarSchema | ListSchema | MapSchema;

/** A setting without parts. `default`: its value where it is not given; `neutral`: see `withoutNeutral`. */
export type ScalarSchema = JsonObject & { readonly description: string; readonly examples: readonly Json[] };

/** A list of settings, whose paths have the number of the item, counted from 1. */
export interface ListSchema {
  readonly type: "array";
  readonly description: string;
  readonly examples: readonly Json[];
  readonly items: ScalarSchema | MapSchema;
  /** What may stand in place of a list. */
  readonly instead?: JsonObject;
  readonly default?: Json;
  readonly neutral?: Json;
}

/** A map of settings. */
export interface MapSchema {
  readonly type: "object";
  readonly description: string;
  readonly required?: readonly string[];
  /** Two ways to say the same: a map has the settings of one of them, and none of the other. */
  readonly forms?: readonly [first: Form, second: Form];
  readonly examples: readonly Json[];
  readonly properties: Readonly<Record<string, SettingSchema>>;
}

/** The settings of a form, each with its default beside the others; null: it must be given. */
export type Form = Readonly<Record<string, Json>>;

/** More layers than this are a mistake. */
export const MAX_LAYERS = 1000;

export function isMap(schema: SettingSchema): schema is MapSchema {
  return Object.hasOwn(schema, "properties");
}

export function isList(schema: SettingSchema): schema is ListSchema {
  return Object.hasOwn(schema, "items");
}

/** The forms of which a map has some setting. */
export function formsIn({ forms }: MapSchema, map: JsonObject): Form[] {
  return (forms ?? []).filter((form) => Object.keys(form).some((name) => Object.hasOwn(map, name)));
}

/** The settings that a map must have and lacks: beside those of no form, those of the form that it has, or of the first. */
export function missingSettings(schema: MapSchema, map: JsonObject): string[] {
  const form = formsIn(schema, map)[0] ?? schema.forms?.[0] ?? {};
  return [...schema.required ?? [], ...requiredOf(form)].filter((name) => !Object.hasOwn(map, name));
}

/** The settings of a form that have no default. */
export function requiredOf(form: Form): string[] {
  return Object.keys(form).filter((name) => form[name] === null);
}
