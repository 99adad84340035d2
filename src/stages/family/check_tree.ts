import { DOMAIN_KEYS, isSettingsMap, RANGE_TYPES, type RangeType } from "../../artifacts/domain.ts";
import { nearestName, type Problem } from "../../core/diagnostic.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

/** Keys from the stage's map down to a value. */
export type Place = readonly (string | number)[];

/** A node of a settings tree and what it should be. */
export interface TreeNode {
  readonly value: Json;
  readonly schema: JsonObject;
  /** Full path of the setting: the same for all values of a choice. */
  readonly setting: string;
  readonly at: Place;
}

/** Whatever a settings tree and the domains in it must not hold. The published schema says the same of what is outside of domains. */
export function checkTree(node: TreeNode, partial = false): Problem[] {
  const { value, schema } = node;
  if (isJsonObject(value) && !isSettingsMap(value)) return checkDomain(node, value);
  if (isJsonObject(schema["properties"])) return checkMap(node, schema["properties"], partial);
  const why = misfit(schema, value);
  if (why === null) return [];
  const help = helpFor(schema, value);
  return [{
    code: "bad-value",
    message: `Cannot set "${node.setting}" to ${quote(value)}: ${why}`,
    at: node.at,
    help,
  }];
}

/** Why a value is not one that a scalar setting's schema allows, or null. */
export function misfit(schema: JsonObject, value: Json): string | null {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (Array.isArray(schema["enum"])) {
    const allowed = schema["enum"] as readonly string[];
    if (allowed.includes(value as string)) return null;
    return `it must be one of ${allowed.join(", ")}`;
  }
  if (typeof value !== "number") return `it must be ${type === "integer" ? "an integer" : "a number"}`;
  if (type === "integer" && !Number.isInteger(value)) return "it must be an integer";
  if (typeof minimum === "number" && value < minimum) return `it must be at least ${minimum}`;
  if (typeof maximum === "number" && value > maximum) return `it must be at most ${maximum}`;
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    return `it must be more than ${exclusiveMinimum}`;
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    return `it must be less than ${exclusiveMaximum}`;
  }
  return null;
}

/** The allowed value that was probably meant, or what the setting is. */
export function helpFor(schema: JsonObject, value: Json): string {
  const allowed = Array.isArray(schema["enum"]) ? schema["enum"] as readonly string[] : [];
  const near = typeof value === "string" ? nearestName(value, allowed) : undefined;
  return near === undefined ? String(schema["description"]) : `did you mean "${near}"?`;
}

export function quote(value: Json): string {
  return JSON.stringify(value);
}

function checkMap(node: TreeNode, properties: JsonObject, partial: boolean): Problem[] {
  const { value, schema, setting, at } = node;
  const name = setting === "" ? "the settings" : `"${setting}"`;
  if (!isJsonObject(value)) {
    return [problem(node, `Cannot read ${name}: expected a map, found ${quote(value)}`)];
  }
  const required = partial ? [] : (schema["required"] ?? []) as readonly string[];
  const missing = required.filter((key) => !Object.hasOwn(value, key))
    .map((key) => problem(node, `Cannot read ${name}: "${key}" is missing`, { code: "missing-key" }));
  const inner = Object.entries(value).flatMap(([key, child]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] as JsonObject : undefined;
    const place = [...at, key];
    if (property === undefined) {
      const message = `Cannot read ${name}: "${key}" is not known here`;
      return [unknownKey(place, message, key, Object.keys(properties))];
    }
    const path = setting === "" ? key : `${setting}.${key}`;
    return checkTree({ value: child, schema: property, setting: path, at: place }, partial);
  });
  return [...missing, ...inner];
}

function checkDomain(node: TreeNode, domain: JsonObject): Problem[] {
  const forms = Object.keys(domain).filter((key) =>
    key === "choice" || (RANGE_TYPES as readonly string[]).includes(key)
  );
  const stray = Object.keys(domain).filter((key) => !(DOMAIN_KEYS as readonly string[]).includes(key));
  if (stray.length > 0) {
    return stray.map((key) =>
      unknownKey([...node.at, key], `${drawing(node)}: "${key}" is not known in a domain`, key, DOMAIN_KEYS)
    );
  }
  if (forms.length !== 1) {
    const found = forms.length === 0 ? "none" : forms.join(" and ");
    return [
      problem(node, `${drawing(node)}: expected one of choice, ${RANGE_TYPES.join(", ")}, found ${found}`),
    ];
  }
  if (forms[0] === "choice") return checkChoice(node, domain);
  return checkRange(node, forms[0] as RangeType, domain);
}

function checkChoice(node: TreeNode, { choice, weights, steps }: JsonObject): Problem[] {
  const at = [...node.at, "choice"];
  if (!Array.isArray(choice) || choice.length === 0) {
    return [
      problem(node, `${drawing(node)}: expected a list of values under "choice", found ${quote(choice!)}`),
    ];
  }
  const values: readonly Json[] = choice;
  const seen = values.map(canonicalJson);
  const twice = values.flatMap((value, i) =>
    seen.indexOf(seen[i]!) === i
      ? []
      : [{ ...problem(node, `${drawing(node)}: ${quote(value)} is in the choice twice`), at: [...at, i] }]
  );
  const inner = values.flatMap((value, i) => checkTree({ ...node, value, at: [...at, i] }));
  return [
    ...twice,
    ...inner,
    ...(weights === undefined ? [] : checkWeights(node, weights, values.length)),
    ...(steps === undefined ? [] : [notWith(node, "steps", "a choice has all of its values in a grid")]),
  ];
}

function checkWeights(node: TreeNode, weights: Json, count: number): Problem[] {
  const wrong = (
    why: string,
  ) => [{ ...problem(node, `${drawing(node)}: ${why}`), at: [...node.at, "weights"] }];
  if (!Array.isArray(weights) || !weights.every((weight) => typeof weight === "number" && weight >= 0)) {
    return wrong(`expected a list of numbers from 0 up under "weights", found ${quote(weights)}`);
  }
  if (weights.length !== count) return wrong(`it has ${count} values and ${weights.length} weights`);
  return weights.every((weight) => weight === 0) ? wrong("all weights are 0") : [];
}

function checkRange(node: TreeNode, type: RangeType, domain: JsonObject): Problem[] {
  const bounds = domain[type]!;
  const at = [...node.at, type];
  const wrong = (why: string) => ({
    ...problem(node, `${drawing(node)} from ${type} ${quote(bounds)}: ${why}`),
    at,
  });
  const stray = domain["weights"] === undefined ? [] : [notWith(node, "weights", "they belong to a choice")];
  if (!rangesFor(node.schema["type"]).includes(type)) {
    const allowed = ["choice", ...rangesFor(node.schema["type"])].join(" or ");
    return [{ ...wrong(`it cannot have such values`), help: `use ${allowed}` }, ...stray];
  }
  if (!Array.isArray(bounds) || bounds.length !== 2 || !bounds.every((bound) => typeof bound === "number")) {
    return [wrong("expected two numbers"), ...stray];
  }
  const [low, high] = bounds as [number, number];
  const whys = [
    low >= high ? "the bounds must ascend" : null,
    type === "log_uniform" && low <= 0 ? "both bounds must be positive" : null,
    type === "int_uniform" && !bounds.every(Number.isInteger) ? "both bounds must be integers" : null,
    ...bounds.map((bound: number) => {
      const why = misfit(node.schema, bound);
      return why === null ? null : `${bound} cannot be drawn, ${why}`;
    }),
  ];
  const first = whys.find((why) => why !== null);
  if (first !== undefined && first !== null) return [wrong(first), ...stray];
  return [
    ...stray,
    ...checkSteps(node, domain["steps"], type === "int_uniform" ? high - low + 1 : MAX_STEPS),
  ];
}

const MAX_STEPS = 1_000_000;

function checkSteps(node: TreeNode, steps: Json | undefined, most: number): Problem[] {
  if (steps === undefined || (Number.isInteger(steps) && steps as number >= 2 && steps as number <= most)) {
    return [];
  }
  const message = `${drawing(node)}: expected an integer from 2 to ${most} under "steps", found ${
    quote(steps)
  }`;
  return [{ ...problem(node, message), at: [...node.at, "steps"] }];
}

function rangesFor(type: Json | undefined): readonly RangeType[] {
  if (type === "integer") return ["int_uniform"];
  return type === "number" ? RANGE_TYPES : [];
}

function drawing({ setting }: TreeNode): string {
  return `Cannot draw "${setting}"`;
}

function notWith(node: TreeNode, key: string, why: string): Problem {
  return {
    code: "bad-domain",
    message: `${drawing(node)}: "${key}" has no meaning here, ${why}`,
    at: [...node.at, key],
    on: "key",
  };
}

function unknownKey(at: Place, message: string, key: string, known: readonly string[]): Problem {
  const near = nearestName(key, known);
  const help = near === undefined ? `known are: ${known.join(", ")}` : `did you mean "${near}"?`;
  return { code: "unknown-key", message, at, on: "key", help };
}

function problem({ at, schema }: TreeNode, message: string, { code = "bad-value" } = {}): Problem {
  const help = schema["description"];
  return { code, message, at, ...(typeof help === "string" ? { help } : {}) };
}
