import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { pathBelow, RANGE_TYPES } from "../../artifacts/domain.ts";
import {
  isList,
  isMap,
  type ListSchema,
  type MapSchema,
  MAX_LAYERS,
  type ScalarSchema,
  type SettingSchema,
} from "./settings_schema.ts";

/** Schemas by name, for `definitions`: each says once what a setting or a map of settings may be, domains included. */
export type Definitions = Record<string, JsonObject>;

/** A choice with more values than this is a mistake. */
const MAX_VALUES = 10_000;
const MAX_STEPS = 1_000_000;

/** What all domains share. */
export function domainDefinitions(): Definitions {
  const range = (description: string, example: readonly number[], bound: JsonObject) => ({
    type: "array",
    description,
    minItems: 2,
    maxItems: 2,
    items: bound,
    examples: [example],
  });
  return {
    uniform: range("Drawn: any number between two bounds", [0, 0.9], { type: "number" }),
    log_uniform: range(
      "Drawn: any number between two positive bounds, its logarithm uniform",
      [0.0001, 0.01],
      { type: "number", exclusiveMinimum: 0 },
    ),
    int_uniform: range("Drawn: any integer from the first bound to the second, both included", [5, 200], {
      type: "integer",
    }),
    weights: {
      type: "array",
      description:
        "Share of each value of the choice, in proportion to the other weights; all alike where it is not given",
      minItems: 1,
      maxItems: MAX_VALUES,
      items: { type: "number", minimum: 0 },
      examples: [[2, 1, 1]],
    },
    steps: {
      type: "integer",
      minimum: 2,
      maximum: MAX_STEPS,
      description: "How many values a grid takes from between the bounds, evenly spaced, the bounds included",
      examples: [5],
    },
  };
}

/**
 * The schemas of a map's settings as properties of a map, and in `definitions` what they refer to.
 * @param path of the map, empty for the outermost one
 * @param part whole: there are defaults; overlay: there are not, since what is not given is not meant
 */
export function settingProperties(
  properties: MapSchema["properties"],
  path: string,
  part: "whole" | "overlay",
  definitions: Definitions,
): JsonObject {
  const entries = Object.entries(properties).map(([name, schema]) =>
    [name, setting(schema, pathBelow(path, name), part, definitions)] as const
  );
  return Object.fromEntries(entries);
}

/**
 * A reference to what a map of settings may be: the map, or a choice of maps.
 * @param map what a map must be that is no choice
 * @param values what the values of a choice must be: whole maps or choices again
 */
export function choiceOr(
  name: string,
  about: Pick<MapSchema, "description" | "examples">,
  map: JsonObject,
  values: JsonObject,
  definitions: Definitions,
): JsonObject {
  definitions[name] = {
    type: "object",
    description: about.description,
    examples: about.examples,
    if: { required: ["choice"] },
    then: {
      additionalProperties: false,
      properties: { choice: choiceOf(values, about.examples), weights: refer("weights") },
    },
    else: map,
  };
  return refer(name);
}

export function refer(name: string): JsonObject {
  return { $ref: `#/definitions/${name}` };
}

/** For maps that may be a choice: the key that makes them one, so that it is suggested where keys are. */
export const choiceKey: JsonObject = {
  choice: {
    description: "Drawn: one of a list of whole maps, which may hold domains; their order has no influence",
    examples: [[{}]],
  },
};

function setting(
  schema: SettingSchema,
  path: string,
  part: "whole" | "overlay",
  definitions: Definitions,
): JsonObject {
  if (isMap(schema)) return mapOrChoice(schema, path, part, definitions);
  const name = isList(schema) ? list(schema, path, definitions) : scalar(schema, path, definitions);
  const { default: usual, neutral, description, examples } = schema;
  const defaults = usual === undefined ? {} : { default: usual, ...(neutral !== undefined && { neutral }) };
  return { ...refer(name), description, examples, ...(part === "whole" && defaults) };
}

function mapOrChoice(
  schema: MapSchema,
  path: string,
  part: "whole" | "overlay",
  definitions: Definitions,
): JsonObject {
  const name = part === "whole" ? path : `${path}.overlay`;
  const properties = settingProperties(schema.properties, path, part, definitions);
  const map = { additionalProperties: false, properties: { ...properties, ...choiceKey } };
  const reference = choiceOr(name, schema, map, refer(path), definitions);
  return part === "whole" ? { ...reference, default: {} } : reference;
}

/** @returns the name of the definition; settings of other paths with the same rules share it */
function scalar(schema: ScalarSchema, path: string, definitions: Definitions): string {
  const { default: usual, neutral: _, description: __, examples, ...rules } = schema;
  const { type, ...limits } = rules;
  const name = type === undefined
    ? path
    : [type, ...Object.entries(limits).map((limit) => limit.join("-"))].join("_");
  const values = plainValues(usual, examples);
  const domain = domainOver(name, type, values);
  // Of a scalar and a map each keyword binds only one, so that no union is needed but for enum.
  definitions[name] ??= type === undefined
    ? { anyOf: [rules, { type: "object", ...domain }] }
    : { type: [type, "object"], ...limits, ...domain };
  return name;
}

/** A list, what may stand in its place, or a choice of these. @returns the name of the definition */
function list(schema: ListSchema, path: string, definitions: Definitions): string {
  const { items, instead = {}, default: usual, examples } = schema;
  const { type, ...rules } = instead;
  definitions[path] ??= {
    type: [...(type === undefined ? [] : [type]), "array", "object"],
    ...rules,
    minItems: 1,
    maxItems: MAX_LAYERS,
    items: isMap(items)
      ? itemMap(items, `${path}.item`, definitions)
      : setting(items, `${path}.item`, "whole", definitions),
    ...domainOver(path, type, plainValues(usual, examples)),
  };
  return path;
}

/** A map in a list, or a choice of maps. */
function itemMap(schema: MapSchema, name: string, definitions: Definitions): JsonObject {
  const { required = [], properties } = schema;
  const map = {
    required,
    additionalProperties: false,
    properties: { ...settingProperties(properties, name, "whole", definitions), ...choiceKey },
  };
  return choiceOr(name, schema, map, refer(name), definitions);
}

/** Values that are no domain. */
function plainValues(usual: Json | undefined, examples: readonly Json[]): Json[] {
  const values = [usual, ...examples].filter((value) => value !== undefined && !isJsonObject(value));
  return [...new Set(values as Json[])];
}

/**
 * The keywords for a domain in place of a value.
 * @param name of the definition that says what its values may be
 * @param type of the values, or of some of them: numbers have ranges
 * @param values some that fit them
 */
function domainOver(name: string, type: Json | undefined, values: readonly Json[]): JsonObject {
  const ranges = type === "integer"
    ? ["int_uniform", "steps"]
    : type === "number"
    ? [...RANGE_TYPES, "steps"]
    : [];
  return {
    minProperties: 1,
    additionalProperties: false,
    properties: {
      choice: choiceOf(refer(name), values),
      weights: refer("weights"),
      ...Object.fromEntries(ranges.map((key) => [key, refer(key)])),
    },
  };
}

function choiceOf(items: JsonObject, example: readonly Json[]): JsonObject {
  return {
    type: "array",
    description: "Drawn: one of a list of values, which may hold domains; their order has no influence",
    minItems: 1,
    maxItems: MAX_VALUES,
    items,
    examples: [example],
  };
}
