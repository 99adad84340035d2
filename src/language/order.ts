import type { Diagnostic } from "../core/diagnostic.ts";
import { quote } from "../core/describe.ts";
import { valueSpan } from "./located.ts";
import { localName, type Reference } from "./references.ts";
import type { Checked, SpecStage, Variant } from "./validate.ts";

/** The stages after those that they read, otherwise as in the file; those on or behind a cycle are left out. */
export function orderStages(stages: readonly SpecStage[]): Checked<readonly SpecStage[]> {
  const index = new Map(stages.map((stage, i) => [stage.name, i]));
  const reads = stages.map((stage) => targetsOf(stage).filter((target) => index.has(target)));
  const readers = stages.map((): number[] => []);
  reads.forEach((targets, i) => targets.forEach((target) => readers[index.get(target)!]!.push(i)));
  const waiting = reads.map((targets) => targets.length);
  const ready = stages.flatMap((_, i) => (waiting[i] === 0 ? [i] : [])).reverse(); // descending: the next one is the last
  const ordered: SpecStage[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    ordered.push(stages[next]!);
    // the last ones first, so that each goes to the end of the list
    for (const reader of readers[next]!.toReversed()) {
      if (--waiting[reader]! === 0) insertDescending(ready, reader);
    }
  }
  const left = stages.filter((_, i) => waiting[i]! > 0);
  return { value: ordered, problems: cyclesAmong(left) };
}

/** Names of the stages that a stage reads, each once. */
function targetsOf(stage: SpecStage): string[] {
  return [...new Set(stage.variants.flatMap(({ references }) => references.map(({ target }) => target)))];
}

/** One diagnostic for each cycle met when walking from every stage to the first stage that it waits for. */
function cyclesAmong(stages: readonly SpecStage[]): Diagnostic[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const seen = new Set<SpecStage>();
  const problems: Diagnostic[] = [];
  for (const start of stages) {
    const walk: Edge[] = [];
    let stage = start;
    while (!seen.has(stage)) {
      seen.add(stage);
      const edge = firstEdge(stage, byName);
      walk.push(edge);
      stage = byName.get(edge.reference.target)!;
    }
    const first = walk.findIndex((edge) => edge.stage === stage);
    if (first >= 0) problems.push(cycle(walk.slice(first)));
  }
  return problems;
}

interface Edge {
  readonly stage: SpecStage;
  readonly variant: Variant;
  readonly reference: Reference;
}

function firstEdge(stage: SpecStage, byName: ReadonlyMap<string, SpecStage>): Edge {
  for (const variant of stage.variants) {
    const reference = variant.references.find(({ target }) => byName.has(target));
    if (reference !== undefined) return { stage, variant, reference };
  }
  throw new Error(`Stage "${stage.name}" waits for none of the others`);
}

function cycle(edges: readonly Edge[]): Diagnostic {
  const [first, ...others] = edges.slice(0, MAX_EDGES).map(({ stage, variant, reference }) => ({
    message: `${quote(localName(stage))} reads ${quote(reference.text)} here`,
    at: valueSpan(variant.source, reference.path),
  }));
  const names = edges.slice(0, MAX_EDGES).map(({ reference }) => quote(reference.text));
  const more = edges.length > MAX_EDGES ? `, and so on over ${edges.length} stages` : "";
  const message = `Cannot order the stages: ${quote(localName(edges[0]!.stage))} reads ${
    names.join(", which reads ")
  }${more}`;
  const related = others.length > 0 ? { related: others } : {};
  return {
    severity: "error",
    code: "cycle",
    message,
    at: first!.at,
    help: "a stage cannot read what is made from it",
    ...related,
  };
}
/** Of a cycle that are shown. */
const MAX_EDGES = 12;

/** Inserts into a descending list. */
function insertDescending(list: number[], item: number): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! > item) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, item);
}
