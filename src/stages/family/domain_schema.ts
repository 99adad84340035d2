import { isJsonObject, type JsonObject } from "../../core/json.ts";

/**
 * The properties of a map's schema, each of them or a domain of it. A domain is a map of the known keys; what they hold
 * is left to `checkFamily`, since with domains written out the schema takes a tenth of a second to compile.
 * @param part whole: properties are required and have defaults; overlay: they have not, since what is not given is not meant
 */
export function propertiesOrDomains(schema: JsonObject, part: "whole" | "overlay"): JsonObject {
  const entries = Object.entries(schema["properties"] as JsonObject);
  return Object.fromEntries(entries.map(([name, inner]) => [name, orDomain(inner as JsonObject, part)]));
}

/** The schema of a value that is as `schema` says, or a domain of such values. */
function orDomain(schema: JsonObject, part: "whole" | "overlay"): JsonObject {
  const { default: usual, neutral, ...plain } = schema;
  const { type, description, examples, ...rules } = plain;
  const defaults: JsonObject = part === "overlay" || usual === undefined
    ? {}
    : { default: usual, ...(neutral === undefined ? {} : { neutral }) };
  const annotations = { description: description!, examples: examples!, ...defaults };
  if (type === "integer" || type === "number") {
    // Of a number and a map each keyword binds only one, so that no union is needed.
    return { ...annotations, type: [type, "object"], ...rules, ...domainSchema(type) };
  }
  const value = { ...(type === undefined ? {} : { type }), description: description!, ...rules };
  return {
    ...annotations,
    anyOf: [withInnerDomains(value, part), { type: "object", ...domainSchema(type) }],
  };
}

/** A map's schema with domains allowed for its properties; another schema as it is. */
function withInnerDomains(schema: JsonObject, part: "whole" | "overlay"): JsonObject {
  if (!isJsonObject(schema["properties"])) return schema;
  const { required, ...others } = schema;
  return {
    ...others,
    ...(part === "whole" && required !== undefined ? { required } : {}),
    properties: propertiesOrDomains(schema, part),
  };
}

function domainSchema(type: unknown): JsonObject {
  const ranges = type === "number" ? realRanges : type === "integer" ? integerRange : {};
  return { minProperties: 1, additionalProperties: false, properties: { ...choice, ...ranges } };
}

const choice: JsonObject = {
  choice: {
    description: "Drawn: one of a list of values, which may hold domains; their order has no influence",
    examples: [[1, 2, 3]],
  },
  weights: {
    description:
      "Share of each value of the choice, in proportion to the other weights; all alike where it is not given",
    examples: [[2, 1, 1]],
  },
};

const integerRange: JsonObject = {
  int_uniform: {
    description: "Drawn: any integer from the first bound to the second, both included",
    examples: [[5, 200]],
  },
  steps: {
    description: "How many values a grid takes from between the bounds, evenly spaced, the bounds included",
    examples: [5],
  },
};

const realRanges: JsonObject = {
  uniform: { description: "Drawn: any number between two bounds", examples: [[0, 0.9]] },
  log_uniform: {
    description: "Drawn: any number between two positive bounds, its logarithm uniform",
    examples: [[0.0001, 0.01]],
  },
  ...integerRange,
};
