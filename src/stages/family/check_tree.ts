import { isSettingsMap, partsOf, pathBelow, RANGE_TYPES, type RangeType } from "../../artifacts/domain.ts";
import { quote } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { misfit } from "./misfit.ts";
import { schemaOf } from "./setting_names.ts";

/** Keys from the stage's map down to a value. */
export type Place = readonly (string | number)[];

/** A node of a settings tree. */
interface TreeNode {
  readonly value: Json;
  /** Full path of the setting: the same for all values of a choice. */
  readonly setting: string;
  readonly at: Place;
}

/** What is wrong with the domains in a settings tree whose shape is as the schema says. */
export function checkDomains(tree: JsonObject, at: Place): Problem[] {
  return checkNode({ value: tree, setting: "", at });
}

function checkNode(node: TreeNode): Problem[] {
  const { value, setting, at } = node;
  if (isJsonObject(value) && !isSettingsMap(value)) return checkDomain(node, value);
  return partsOf(value).flatMap(([name, part], i) =>
    checkNode({
      value: part,
      setting: pathBelow(setting, name),
      at: [...at, Array.isArray(value) ? i : name],
    })
  );
}

function checkDomain(node: TreeNode, domain: JsonObject): Problem[] {
  const forms = Object.keys(domain).filter((key) =>
    key === "choice" || RANGE_TYPES.includes(key as RangeType)
  );
  if (forms.length !== 1) {
    const found = forms.length === 0 ? "none" : forms.join(" and ");
    return [
      problem(node, `${drawing(node)}: expected one of choice, ${RANGE_TYPES.join(", ")}, found ${found}`),
    ];
  }
  return forms[0] === "choice" ? checkChoice(node, domain) : checkRange(node, forms[0] as RangeType, domain);
}

function checkChoice(node: TreeNode, { choice, weights, steps }: JsonObject): Problem[] {
  const values = choice as readonly Json[];
  const seen = new Set<string>();
  const twice = values.flatMap((value, i) => {
    const text = canonicalJson(value);
    if (!seen.has(text)) return (seen.add(text), []);
    return [{
      ...problem(node, `${drawing(node)}: ${quote(value)} is in the choice twice`),
      at: [...node.at, "choice", i],
    }];
  });
  return [
    ...twice,
    ...values.flatMap((value, i) => checkNode({ ...node, value, at: [...node.at, "choice", i] })),
    ...(weights === undefined ? [] : checkWeights(node, weights as readonly number[], values.length)),
    ...(steps === undefined ? [] : [notWith(node, "steps", "a choice has all of its values in a grid")]),
  ];
}

function checkWeights(node: TreeNode, weights: readonly number[], count: number): Problem[] {
  const at = [...node.at, "weights"];
  if (weights.length !== count) {
    const message = `${drawing(node)}: it has ${count} values and ${weights.length} weights`;
    return [{ ...problem(node, message), at }];
  }
  return weights.some((weight) => weight > 0)
    ? []
    : [{ ...problem(node, `${drawing(node)}: all weights are 0`), at }];
}

function checkRange(node: TreeNode, type: RangeType, domain: JsonObject): Problem[] {
  const bounds = domain[type] as readonly [number, number];
  const [low, high] = bounds;
  const stray = domain["weights"] === undefined ? [] : [notWith(node, "weights", "they belong to a choice")];
  const schema = schemaOf(node.setting);
  const outside = bounds.map((bound) => {
    const why = schema === undefined ? null : misfit(schema, bound);
    return why === null ? null : `${bound} cannot be drawn, ${why}`;
  });
  const why = outside.find((why) => why !== null) ?? (low >= high ? "the bounds must ascend" : null);
  if (why !== null) {
    const message = `${drawing(node)} from ${type} ${quote(bounds)}: ${why}`;
    return [{ ...problem(node, message), at: [...node.at, type] }, ...stray];
  }
  const most = high - low + 1;
  const steps = domain["steps"] as number | undefined;
  if (type !== "int_uniform" || steps === undefined || steps <= most) return stray;
  const message = `${
    drawing(node)
  }: ${steps} steps are more than the ${most} integers from ${low} to ${high}`;
  return [...stray, { ...problem(node, message), at: [...node.at, "steps"] }];
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
    help: "leave it out",
  };
}

function problem({ at, setting }: TreeNode, message: string): Problem {
  const help = schemaOf(setting)?.description;
  return { code: "bad-domain", message, at, ...(help !== undefined && { help }) };
}
