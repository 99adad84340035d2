import { type ChangedPlace, placeOf, settingChanges } from "../compiler/changes.ts";
import type { Plan, PlanInput, PlanNode } from "../compiler/plan.ts";
import type { AbsentFile } from "../compiler/unknown.ts";
import type { Span } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import { stageOf } from "../core/instance_name.ts";
import { canonicalJson, isJsonObject, type Json } from "../core/json.ts";
import type { Labels } from "../core/stage_kind.ts";
import type { Assessment } from "./assess.ts";
import type { ItemOutlook, Place, Reason, StageOutlook } from "./events.ts";
import { itemsMessage } from "./items_message.ts";
import { digestsRead, type RunRecord, type StageRecord } from "./run_record.ts";

/**
 * Says for each stage that is not stored why it is not, from what differs between the plan and the last run of the same
 * pipeline. A changed input is followed up to the settings that changed it. Of a stage that waits for another one it says
 * what is known already.
 * @param assessments of the plan's nodes, in their order
 * @param engine Identity of the numerical library
 */
export function explain(
  plan: Plan,
  assessments: readonly Assessment[],
  last: RunRecord | undefined,
  engine: string,
): StageOutlook[] {
  const comparison = last && new Comparison(plan, assessments, last, engine);
  const without = plan.nodes.some(({ kind }, i) => kind.contract !== "plan" && hasStored(assessments[i]!))
    ? UNRECORDED
    : NEVER_RUN;
  return plan.nodes.map((node, i) => {
    const { waitsFor, identity, isForced, output: _, ...outlook } = assessments[i]!;
    if (outlook.status === "stored") return { ...outlook, why: [] };
    if (isForced) return { ...outlook, why: [FORCED] };
    if (node.unknown !== undefined) return { ...outlook, why: node.unknown.files.map(absent) };
    const causes = comparison?.causes(node, identity, outlook.items) ?? [without];
    const waits = waitsFor.map((instance): Reason => ({
      reason: "waits",
      message: `waits for "${instance}"`,
      instance,
    }));
    return { ...outlook, why: [...causes, ...itemReasons(outlook.items), ...waits] };
  });
}

const FORCED: Reason = { reason: "forced", message: "made anew, as asked for" };
const NEVER_RUN: Reason = { reason: "new", message: "never run" };
/** The store holds results, but none of them is known to be this pipeline's. */
const UNRECORDED: Reason = { reason: "new", message: "no earlier run is recorded" };

function absent({ path, warning: { at } }: AbsentFile): Reason {
  return { reason: "absent", message: `"${path}" is not there`, ...(at && places({ at })) };
}

function hasStored({ status, items }: Assessment): boolean {
  return status === "stored" || (items !== undefined && storedNow(items) > 0);
}

/** Without those that are still to come. */
function storedNow({ stored, coming }: ItemOutlook): number {
  return stored - (coming?.items ?? 0);
}

/** The record of a run says what is stored, not why something is not. */
const UNMADE = "the last run made no result of it: it failed, was interrupted, or was left out";

/** An entry of an input as the last run had it. */
interface Read {
  readonly instance: string;
  readonly output: Digest | null;
}

/** A plan beside the last run of its pipeline. */
class Comparison {
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #outputs: ReadonlyMap<string, Digest | undefined>;
  readonly #recordedStages: ReadonlySet<string>;
  readonly #changes = new Map<PlanNode, readonly Reason[]>();

  constructor(
    plan: Plan,
    assessments: readonly Assessment[],
    private readonly last: RunRecord,
    private readonly engine: string,
  ) {
    this.#nodes = new Map(plan.nodes.map((node) => [node.instance, node]));
    this.#outputs = new Map(assessments.map(({ stage, output }) => [stage, output]));
    this.#recordedStages = new Set([...last.stages.keys()].map(stageOf));
    for (const node of plan.nodes) { // inputs first: no call goes deep
      const [before, output] = [last.stages.get(node.instance), this.#outputs.get(node.instance)];
      if (before !== undefined && output !== before.output) this.#changesOf(node, before);
    }
  }

  /** Why a node's result is not that of the last run, or is not there; empty where that depends on what it waits for. */
  causes(node: PlanNode, identity: Digest | undefined, items: ItemOutlook | undefined): readonly Reason[] {
    const before = this.last.stages.get(node.instance);
    if (before === undefined) return [this.#isNew(node)];
    if (before.output === null) return [{ reason: "new", message: UNMADE }];
    const changes = this.#changesOf(node, before);
    if (changes.length > 0 || identity === undefined) return changes;
    if (identity !== before.identity) {
      return [{ reason: "version", message: "this version of weft computes it in another way" }];
    }
    if (items === undefined) return [{ reason: "gone", message: "its result is no longer stored" }];
    if (storedNow(items) === 0) return [{ reason: "gone", message: "its results are no longer stored" }];
    return []; // those that are missing are gone, or failed in the last run: that is not recorded
  }

  #isNew({ stage }: PlanNode): Reason {
    const what = this.#recordedStages.has(stage) ? "instance" : "stage";
    return { reason: "new", message: `never run: the last run had no such ${what}` };
  }

  /** What differs in a node and in what it reads, as far as that is known. */
  #changesOf(node: PlanNode, before: StageRecord): readonly Reason[] {
    const known = this.#changes.get(node);
    if (known !== undefined) return known;
    const own = this.#ownChanges(node, before);
    const isSameKind = before.kind === node.kind.name; // else all of its inputs are others
    const changes = onceEach(isSameKind ? [...own, ...this.#inputChanges(node, before)] : own);
    this.#changes.set(node, changes);
    return changes;
  }

  #ownChanges(node: PlanNode, before: StageRecord): Reason[] {
    const { kind, source } = node;
    if (before.kind !== kind.name) {
      return [changed("setting", "kind", before.kind, kind.name, placeOf(source, ["kind"]))];
    }
    const reasons = settingChanges(node, before.settings).map(({ setting, before, after, ...place }) =>
      changed("setting", setting, before, after, place)
    );
    if (before.version !== kind.version) {
      const message = `version of "${kind.name}" ${before.version} → ${kind.version}`;
      reasons.push({ reason: "version", message, before: before.version, after: kind.version });
    }
    const usesEngine = kind.contract === "items" && kind.place === "engine";
    if (usesEngine && this.last.engine !== this.engine) {
      const [old, now] = [this.last.engine, this.engine];
      const message = `engine ${shortened(old)} → ${shortened(now)}`;
      reasons.push({ reason: "engine", message, before: old, after: now });
    }
    return reasons;
  }

  #inputChanges(node: PlanNode, record: StageRecord): Reason[] {
    const { inputs, labels } = record;
    const read = digestsRead(record, this.last);
    const now = Object.entries(node.inputs).flatMap(([role, input]) => {
      const before = (inputs[role] ?? []).map((instance, i) => ({
        instance,
        output: read[role]?.[i] ?? null,
      }));
      return this.#roleChanges(node, role, input, before, labels?.[role]);
    });
    const gone = Object.entries(inputs).filter(([role]) => !Object.hasOwn(node.inputs, role));
    return [
      ...now,
      ...gone.map(([role, [first]]) =>
        changed("input", role, first, undefined, placeOf(node.source, [role]))
      ),
    ];
  }

  #roleChanges(
    node: PlanNode,
    role: string,
    { instances, labels, list }: PlanInput,
    before: readonly Read[],
    labelsBefore: readonly Labels[] = instances.map(() => ({})),
  ): Reason[] {
    const place = placeOf(node.source, [role]);
    if (list && instances.length !== before.length) {
      const old = new Map(before.map((read) => [read.instance, read]));
      const now = new Set(instances);
      const added = instances.filter((instance) => !old.has(instance));
      const removed = [...old.keys()].filter((instance) => !now.has(instance));
      const kept = instances.filter((instance) => old.has(instance));
      const told = (message: string, names: Pick<Reason, "before" | "after">): Reason => ({
        reason: "input",
        message: `${role} ${message}`,
        setting: role,
        ...names,
        ...places(place),
      });
      return [
        ...added.map((after) => told(`takes "${after}" too`, { after })),
        ...removed.map((before) => told(`takes "${before}" no more`, { before })),
        ...kept.flatMap((instance) => this.#pairChanges(instance, old.get(instance), role, place)),
      ];
    }
    const changes = instances.flatMap((instance, i) => this.#pairChanges(instance, before[i], role, place));
    if (changes.length > 0) return changes;
    if (canonicalJson(labelsBefore) === canonicalJson(labels)) return [];
    const message = `labels of "${role}" ${flow(labelsBefore)} → ${flow(labels)}`;
    return [{
      reason: "input",
      message,
      setting: role,
      before: labelsBefore,
      after: labels,
      ...places(place),
    }];
  }

  /** What is different in an entry of an input; nothing where its output is the same, or not known. */
  #pairChanges(instance: string, before: Read | undefined, role: string, place: ChangedPlace): Reason[] {
    const output = this.#outputs.get(instance);
    if (output === undefined || before?.output === output) return [];
    if (before?.instance !== instance) return [changed("input", role, before?.instance, instance, place)];
    return this.#outputChanges(instance);
  }

  /** Why a stage whose output is known comes out otherwise than in the last run. */
  #outputChanges(instance: string): Reason[] {
    const node = this.#nodes.get(instance)!;
    const subject = `${node.kind.name} "${instance}"`;
    const before = this.last.stages.get(instance);
    if (before === undefined) return [{ reason: "input", message: `${subject} is new`, instance }];
    const changes = this.#changesOf(node, before);
    if (changes.length === 0) {
      return [{ reason: "input", message: `${subject} changed: its content is another`, instance }];
    }
    return changes.map((change) =>
      change.instance !== undefined // it came from further up
        ? change
        : { ...change, reason: "input", message: `${subject} changed: ${change.message}`, instance }
    );
  }
}

function itemReasons(items: ItemOutlook | undefined): Reason[] {
  if (items === undefined || items.stored === 0) return [];
  return [{ reason: "items", message: itemsMessage(items) }];
}

function changed(
  reason: "setting" | "input",
  setting: string,
  before: Json | undefined,
  after: Json | undefined,
  place: ChangedPlace,
): Reason {
  return {
    reason,
    message: `${setting} ${flow(before)} → ${flow(after)}`,
    setting,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...places(place),
  };
}

function places({ at, from }: ChangedPlace): Pick<Reason, "at" | "from"> {
  const place = ({ path, line, column }: Span): Place => ({ path, line, column });
  return { at: place(at), ...(from && { from: place(from) }) };
}

/** Each reason once; where several instances of a stage give the same one, the stage stands for them. */
function onceEach(reasons: readonly Reason[]): Reason[] {
  const found = new Map<string, Reason>();
  for (const reason of reasons) {
    const { instance } = reason;
    const general = instance === undefined ? reason : { ...reason, instance: stageOf(instance) };
    const message = instance === undefined
      ? reason.message
      : reason.message.replace(`"${instance}"`, `"${stageOf(instance)}"`);
    const key = canonicalJson({ ...general, message });
    const first = found.get(key);
    if (first === undefined) found.set(key, reason);
    else if (first.instance !== instance) found.set(key, { ...general, message });
  }
  return [...found.values()];
}

function shortened(engine: string): string {
  return engine.replace(/([0-9a-f]{12})[0-9a-f]{52}/, "$1…");
}

/** A value as one would write it in the file, on one line; cut where it is very long. */
function flow(value: Json | undefined): string {
  const text = value === undefined ? "not given" : flowText(value);
  return text.length <= MAX_FLOW ? text : `${text.slice(0, MAX_FLOW - 1)}…`;
}
const MAX_FLOW = 200;

function flowText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flowText(inner)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  const isPlain = typeof value === "string" && /^[A-Za-z_][\w./=+-]*$/.test(value) && !isReserved(value);
  return isPlain ? value : JSON.stringify(value);
}

/** Whether YAML reads an unquoted word as something else than a text. */
function isReserved(word: string): boolean {
  return /^(true|false|null|yes|no|on|off)$/i.test(word);
}
