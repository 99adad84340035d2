import { anyOfWords, quote } from "../../../core/describe.ts";
import { nearestName, type Problem } from "../../../core/diagnostic.ts";
import type { BrokenExpression, FieldUse, Scope } from "./fields.ts";

export function expressionProblem({ at, text, why, help }: BrokenExpression): Problem {
  return {
    code: "bad-expression",
    message: `Cannot read the Vega expression ${quote(text)}: ${why}`,
    at,
    help: help ?? 'write it as in JavaScript, such as "datum.test_accuracy > 0.9"',
  };
}

/** What is wrong with a field, if none of the rows that it may be a field of has it. */
export function fieldProblems(use: FieldUse): Problem[] {
  const { way, at, scopes } = use;
  if (way.length === 0 || scopes.some((scope) => has(scope, use))) return [];
  const [scope] = scopes;
  const known = new Set(scopes.flatMap(({ columns, made }) => [...columns, ...made]));
  const dotted = use.in === "expression" ? dottedName(way, known) : undefined;
  const name = use.in === "expression" && way.length > 1 ? way.join(".") : way[0]!;
  const owner = scope!.owner === null ? "these rows have" : `${scope!.owner} has`;
  return [{
    code: "unknown-field",
    message: `Cannot draw field ${quote(name)}: ${owner} no such ${
      scope!.made.size === 0 ? "column" : "field"
    }`,
    at,
    help: dotted === undefined ? helpFor(name, known, use.in) : asExpression(dotted),
  }];
}

/** The columns that may be meant, and all that there are: of a setting people write the last part of its full path. */
function helpFor(name: string, known: ReadonlySet<string>, where: FieldUse["in"]): string | undefined {
  if (known.size === 0) return undefined;
  const longer = [...known].filter((column) => column.endsWith(`.${name}`));
  if (longer.length > 0 && where === "expression") return asExpression(...longer);
  const all = [...known].join(", ");
  const near = longer.length > 0 ? longer : [nearestName(name, known) ?? []].flat();
  if (near.length === 0) return `columns: ${all}`;
  return `did you mean ${anyOfWords(near.map(quote))}?${known.size > 1 ? ` Columns: ${all}` : ""}`;
}

function asExpression(...columns: readonly string[]): string {
  return `write ${anyOfWords(columns.map((column) => `datum["${column}"]`))}`;
}

/** The column whose name a way into a value spells: ["init", "std"] → `init.std`. */
function dottedName(way: readonly string[], known: Iterable<string>): string | undefined {
  const names = new Set(known);
  return way.slice(1).map((_, i) => way.slice(0, i + 2).join(".")).findLast((name) => names.has(name));
}

/** Whether rows have a field, written plainly or as Vega-Lite wants it: `init.std`, `init\.std`, `["init.std"]`. */
function has({ columns, made, open }: Scope, { way, in: where }: FieldUse): boolean {
  if (open) return true;
  const name = way[0]!;
  if (where === "expression") {
    return made.has(name) || columns.has(name) && dottedName(way, columns) === undefined;
  }
  const plain = name.replace(/\\(.)/g, "$1").replace(/^\[["'](.*)["']\]$/, "$1");
  const first = /^[^.[]*/.exec(name)![0];
  return columns.has(name) || columns.has(plain) || made.has(name) || made.has(plain) || made.has(first);
}
