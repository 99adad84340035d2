import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import type { PipelineFile } from "./imports.ts";
import { withLateHelp } from "./late_help.ts";
import { holdsBroken, keySpan, type LocatedEntry, relatedTo, valueAt, valueSpan } from "./located.ts";

/** What stages may take: the resources that the files of a pipeline declare. */
export interface Resources {
  readonly byName: ReadonlyMap<string, Resource>;
  /** Whether there may be more, since a file or what it declares could not be read, which is told. */
  readonly mayBeMore: boolean;
}

interface Resource {
  /** Undefined if it could not be read, which is told. */
  readonly amount: number | undefined;
  readonly at: Span;
}

/** Of a resource that several files declare, the amount of the first one holds: a file stands before those that it imports. */
export function declaredResources(files: readonly PipelineFile[]): Resources {
  const byName = new Map<string, Resource>();
  let mayBeMore = false;
  for (const { root, brokenImports } of files) {
    const declared = valueAt(root, ["resources"]);
    mayBeMore ||= brokenImports.length > 0 || (declared !== undefined && declared.type !== "map");
    if (declared?.type !== "map") continue;
    for (const [name, entry] of declared.entries) {
      if (!byName.has(name)) byName.set(name, { amount: amountOf(entry), at: entry.key });
    }
  }
  return { byName, mayBeMore };
}

/** The amounts that are known, as a plain map. */
export function amountsOf({ byName }: Resources): Record<string, number> {
  return Object.fromEntries(
    [...byName].flatMap(([name, { amount }]) => amount === undefined ? [] : [[name, amount]]),
  );
}

/**
 * A diagnostic for each resource that a stage takes and no file declares, and for each of which it takes more than there is.
 * @param entry the stage, its expressions replaced
 */
export function checkTaken(stage: string, entry: LocatedEntry, resources: Resources): Diagnostic[] {
  const taken = valueAt(entry, ["resources"]);
  if (taken?.type !== "map") return [];
  const problems: Diagnostic[] = [];
  for (const [name, own] of taken.entries) {
    const known = resources.byName.get(name);
    const [amount, all] = [amountOf(own), known?.amount];
    if (known === undefined && !resources.mayBeMore) {
      problems.push(unknownResource(stage, name, entry, resources));
    } else if (known !== undefined && amount !== undefined && all !== undefined && amount > all) {
      problems.push(takesTooMuch(stage, name, entry, { amount, all, at: known.at }));
    }
    if (problems.length > MAX_PROBLEMS) break;
  }
  return problems;
}
/** More than are told of a pipeline. */
const MAX_PROBLEMS = 110;

function amountOf({ value }: LocatedEntry): number | undefined {
  if (value.type !== "scalar" || holdsBroken(value)) return undefined;
  return typeof value.value === "number" && value.value > 0 ? value.value : undefined;
}

function unknownResource(
  stage: string,
  name: string,
  entry: LocatedEntry,
  { byName }: Resources,
): Diagnostic {
  const path = ["resources", name];
  const message = `Cannot take ${quote(name)} for stage ${quote(stage)}: no resource is named ${quote(name)}`;
  const related = relatedTo(entry, path);
  return withLateHelp(
    {
      severity: "error",
      code: "unknown-resource",
      message,
      at: keySpan(entry, path),
      ...(related.length > 0 && { related }),
    },
    () =>
      suggestion(name, byName.keys(), "known") ??
        `say beside "stages" how much of it there is: "resources: { ${name}: 1 }"`,
  );
}

function takesTooMuch(
  stage: string,
  name: string,
  entry: LocatedEntry,
  { amount, all, at }: { readonly amount: number; readonly all: number; readonly at: Span },
): Diagnostic {
  const path = ["resources", name];
  return {
    severity: "error",
    code: "too-much-taken",
    message: `Cannot take ${amount} of ${quote(name)} for stage ${quote(stage)}: there is ${all}`,
    at: valueSpan(entry, path),
    help: "what runs alone can take all that there is, and no more",
    related: [...relatedTo(entry, path), { message: `${quote(name)} is declared here`, at }],
  };
}
