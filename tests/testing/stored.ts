/** Stores in which every result of a pipeline is, made without training: the outcomes are made up, all else is real. */
import { checkRead } from "../../src/commands/check.ts";
import type { PlanNode } from "../../src/compiler/plan.ts";
import type { Digest } from "../../src/core/digest.ts";
import type { Json } from "../../src/core/json.ts";
import type { ItemsKind, WholeKind } from "../../src/core/stage_kind.ts";
import { readPipeline } from "../../src/sources/read_pipeline.ts";
import {
  inputsOf,
  outputOf,
  type Outputs,
  type StageItem,
  StageLookup,
  type StageOutput,
} from "../../src/scheduler/stage_lookup.ts";
import { TrackedObjects } from "../../src/scheduler/tracked_objects.ts";
import type { TrainConfig } from "../../src/stages/train/schema.ts";
import type { TrainOutcome } from "../../src/stages/train/stage.ts";
import { Store } from "../../src/store/store.ts";

/** Items that are stored at once: they share the writing of their records. */
const AT_ONCE = 64;

/** Stores a result for every stage of a pipeline. @param outputs folder for the store */
export async function storeAll(path: string, outputs: string): Promise<void> {
  const read = await readPipeline(path, {});
  const plan = read.ok ? (await checkRead(read.value)).plan : undefined;
  if (plan === undefined) throw new Error(`Cannot store the results of "${path}": it has mistakes`);
  const store = await Store.open(`${outputs}/store`, { use: "run" });
  const lookup = new StageLookup(store);
  const known = new Map<string, StageOutput>();
  for (const node of plan.nodes) {
    known.set(node.instance, await lookup.output(node, known) ?? await make(node, known, lookup));
  }
  await store.close();
}

async function make(node: PlanNode, known: Outputs, lookup: StageLookup): Promise<StageOutput> {
  const { store } = lookup;
  const { identity, items } = await lookup.identify(node, known);
  const objects = new TrackedObjects(store.objects);
  const context = { objects, signal: new AbortController().signal };
  const inputs = await inputsOf(node, known);
  const outcomes = items && await makeItems(node, items, store);
  const value =
    (items === undefined
      ? await (await (node.kind as WholeKind).load())(node.config, inputs, context)
      : await (node.kind as ItemsKind).collect(
        node.config,
        inputs,
        items.map(({ item }) => item),
        outcomes!,
        context,
      )) as Json;
  const output = outputOf(node, value);
  const weights = outcomes?.map(({ weights }) => weights) ?? [];
  const parts = items?.map(({ identity }) => identity);
  await store.add({
    identity,
    value,
    objects: [...objects.written, ...weights],
    output: output.digest,
    seconds: 1,
    ...(parts && { parts }),
  });
  return output;
}

async function makeItems(
  { kind, config }: PlanNode,
  items: readonly StageItem[],
  store: Store,
): Promise<TrainOutcome[]> {
  if (kind.name !== "train") throw new Error(`Cannot make up the items of a stage of kind "${kind.name}"`);
  const { epochs } = config as unknown as TrainConfig;
  const outcomes: TrainOutcome[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const batch = items.slice(from, from + AT_ONCE).map(async ({ identity }) => {
      const weights = await store.objects.put(new TextEncoder().encode(`weights of ${identity}`));
      const outcome = madeUp(epochs, identity, weights);
      const value = outcome as unknown as Json;
      await store.add({ identity, value, objects: [weights], seconds: 1, of: "result/1" });
      return outcome;
    });
    outcomes.push(...await Promise.all(batch));
  }
  return outcomes;
}

/** Accuracies that differ from member to member. */
function madeUp(epochs: number, identity: Digest, weights: Digest): TrainOutcome {
  const skill = parseInt(identity.slice(0, 8), 16) / 2 ** 32;
  const rows = Array.from({ length: epochs }, (_, i) => {
    const accuracy = skill * (i + 1) / epochs;
    return {
      epoch: i + 1,
      train_loss: 2.3 * (1 - accuracy),
      train_accuracy: accuracy,
      test_loss: 2.3 * (1 - accuracy),
      test_accuracy: accuracy,
    };
  });
  const label_entropy = 2.3012; // of mnist
  return { status: "done", label_entropy, epochs: rows, best_epoch: null, recorded: [], weights };
}
