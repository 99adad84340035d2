import { createRequire } from "node:module";
import { fail, ok, type Result } from "../../../core/result.ts";

/**
 * The fields that a Vega expression reads of its row: `datum.init.std` and `datum["init"]["std"]` are ["init", "std"],
 * `datum["init.std"]` is ["init.std"], and of `datum[name]` nobody knows: [].
 * @returns or what Vega says of a text that is no expression
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const fields = expressionFields('datum.loss > 1 && datum["init.std"] < 2');
 * assertEquals(fields, { ok: true, value: [["loss"], ["init.std"]] });
 * assertEquals(expressionFields("datum.loss >"), { ok: false, error: "Unexpected end of input" });
 * ```
 */
export function expressionFields(text: string): Result<readonly string[][], string> {
  let tree: Node;
  try {
    tree = parser()(text);
  } catch (error) {
    return fail((error as Error).message.replace(/^Unexpect token/, "Unexpected token"));
  }
  return ok(fieldsIn(tree));
}

/** What an expression calls, and the names that it uses besides: `round(datum.loss * scale)` calls round and uses datum and scale. */
export interface ExpressionNames {
  /** Functions; of `Math.abs(x)` the whole way, which Vega knows not to be one. */
  readonly calls: readonly string[];
  readonly names: readonly string[];
}

/** @param text an expression in which {@link expressionFields} found no mistake */
export function expressionNames(text: string): ExpressionNames {
  const [calls, names]: string[][] = [[], []];
  const visit = (node: Node): void => {
    if (node.type === "Identifier") names!.push(String(node["name"]));
    if (node.type !== "CallExpression") return childrenOf(node).forEach(visit);
    calls!.push(wayText(node["callee"] as Node));
    (node["arguments"] as Node[]).forEach(visit);
  };
  visit(parser()(text));
  return { calls: calls!, names: names! };
}

function wayText(node: Node): string {
  if (node.type !== "MemberExpression") return String(node["name"] ?? "(…)");
  return `${wayText(node["object"] as Node)}.${wayText(node["property"] as Node)}`;
}

/** ESTree, as far as it is read here. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Loaded when a spec first needs it, and at once, since plans are made without waiting. */
let parse: ((text: string) => Node) | undefined;
function parser(): (text: string) => Node {
  return parse ??= createRequire(import.meta.url)("vega-expression").parseExpression as (
    text: string,
  ) => Node;
}

function fieldsIn(node: Node): string[][] {
  const way = wayOf(node);
  if (way !== undefined) return [way, ...computedIn(node).flatMap(fieldsIn)];
  return childrenOf(node).flatMap(fieldsIn);
}

/** The way from `datum` to what a node reads, as far as it is written out; undefined: the node reads something else. */
function wayOf(node: Node): string[] | undefined {
  if (node.type === "Identifier") return node["name"] === "datum" ? [] : undefined;
  if (node.type !== "MemberExpression") return undefined;
  const way = wayOf(node["object"] as Node);
  if (way === undefined) return undefined;
  const property = node["property"] as Node;
  if (node["computed"] !== true) return [...way, String(property["name"])];
  return property.type === "Literal" ? [...way, String(property["value"])] : way;
}

/** Expressions in the brackets of a way, which may read fields too. */
function computedIn(node: Node): Node[] {
  if (node.type !== "MemberExpression") return [];
  const inner = computedIn(node["object"] as Node);
  return node["computed"] === true ? [...inner, node["property"] as Node] : inner;
}

function childrenOf(node: Node): Node[] {
  const isNode = (value: unknown): value is Node =>
    typeof value === "object" && value !== null && "type" in value;
  const { property, key, ...rest } = node;
  const names = node.type === "MemberExpression" && node["computed"] !== true || node.type === "Property"
    ? []
    : [property, key];
  return [...Object.values(rest).flat(), ...names].filter(isNode);
}
