import { assert, assertEquals } from "@std/assert";
import type { Plan } from "../compiler/plan.ts";
import type { JsonObject } from "../core/json.ts";
import { Store } from "../store/store.ts";
import { planOf } from "../compiler/testing/fake_plan.ts";
import {
  allOutputs,
  keepingEarlier,
  parseRunRecord,
  readRunRecord,
  runRecord,
  stageRecords,
} from "./run_record.ts";
import { outputOf, type Outputs, StageLookup } from "./stage_lookup.ts";
import { fakePlan, valuesKind, wholeKind } from "./testing/plans.ts";

const kind = wholeKind((of) => of);
const plan = fakePlan({
  numbers: { kind: valuesKind(), config: { values: [1] } },
  total: { kind, config: { scale: 2 }, inputs: { of: "numbers" } },
  figure: { kind, inputs: { of: "total" } },
});
const [, total, figure] = plan.nodes;

Deno.test("runRecord() tells settings, inputs, identity and output of each stage, and null for what is not there", async () => {
  const outputs = new Map([["numbers", outputOf(plan.nodes[0]!, [1])]]);
  const made = await recordOf(plan, outputs);
  const { engine, stages } = made as Record<string, JsonObject>;
  assertEquals(engine as unknown, "tensorflow-1");
  const { identity, ...rest } = stages!.total as JsonObject;
  assert(typeof identity === "string");
  assertEquals(rest, {
    kind: "whole",
    version: 1,
    settings: { scale: 2 },
    inputs: { of: ["numbers"] },
    output: null,
  });
  assertEquals((stages!.figure as JsonObject).identity, null);
  assertEquals((stages!.numbers as JsonObject).output, outputs.get("numbers")!.digest);
});

Deno.test("allOutputs() takes what ran from the run, and what the run left out from the store", async () => {
  const root = await Deno.makeTempDir();
  const store = await Store.open(root);
  const lookup = new StageLookup(store);
  const made = (node: typeof total, value: number) => ({
    node: node!,
    status: "ran" as const,
    output: outputOf(node!, value),
    seconds: 1,
  });
  const some = await allOutputs(plan, [made(total, 5)], lookup);
  assertEquals([...some.keys()], ["numbers", "total"]);
  const { identity } = await lookup.identify(figure!, some);
  await store.add({ identity, value: 7, objects: [], output: outputOf(figure!, 7).digest, seconds: 1 });
  const all = await allOutputs(plan, [made(total, 5)], lookup);
  assertEquals(all.get("figure")!.digest, outputOf(figure!, 7).digest);
  assertEquals(await all.get("figure")!.value(), 7);
  await store.close();
  await Deno.remove(root, { recursive: true });
});

Deno.test("runRecord() tells by what the entries of lists are told apart", async () => {
  const plan = planOf(`
weft: 1
name: widths
matrix: { epochs: [1, 2] }
stages:
  images: { kind: data, source: mnist }
  nets: { kind: space, data: images, architecture: { kind: mlp, width: 8 } }
  trained: { kind: training, space: nets, epochs: "\${{ matrix.epochs }}" }
  all: { kind: summary, models: trained, gather: [epochs] }
`);
  const record = parseRunRecord(JSON.stringify(await recordOf(plan, new Map())))!;
  assertEquals(record.stages.get("all"), {
    kind: "summary",
    version: 1,
    settings: {},
    inputs: { models: ["trained/epochs=1", "trained/epochs=2"] },
    labels: { models: [{ epochs: 1 }, { epochs: 2 }] },
    identity: null,
    output: null,
  });
  assertEquals("labels" in record.stages.get("nets")!, false);
});

Deno.test("parseRunRecord() reads what runRecord() made, however it is written, and nothing else", async () => {
  const made = await recordOf(plan, new Map([["numbers", outputOf(plan.nodes[0]!, [1])]]));
  const record = parseRunRecord(JSON.stringify(made, null, 2))!;
  assertEquals([record.pipeline, record.engine, [...record.stages.keys()]], [
    "fake",
    "tensorflow-1",
    ["numbers", "total", "figure"],
  ]);
  assertEquals({ ...record.stages.get("total")! }, { ...(made.stages as JsonObject).total as JsonObject });
  const text = JSON.stringify(made);
  const others = [
    "",
    "null",
    "[]",
    "{}",
    text.slice(0, -9),
    `${text}${text}`,
    text.replace('"scale":2', '"scale":3'),
    text.replace("run/1", "run/2"),
    text.replace('"version":1', '"version":"1"'),
    text.replace('"inputs":{"of":["numbers"]}', '"inputs":{"of":"numbers"}'),
    text.replace(/"digest":"\w{64}"/, '"more":1'),
  ];
  for (const other of others) {
    assert(other !== text);
    assertEquals(parseRunRecord(other), undefined, other);
  }
});

Deno.test("keepingEarlier() keeps the record of a result that is not there now, with what it had read", async () => {
  const [one, two, three] = [1, 2, 3].map((value) => outputOf(total!, value));
  const outputs = (total: typeof one, figure?: typeof one) =>
    new Map([
      ["numbers", outputOf(plan.nodes[0]!, [1])],
      ["total", total!],
      ...figure ? [["figure", figure] as const] : [],
    ]);
  const first = parseRunRecord(JSON.stringify(await recordOf(plan, outputs(one, two))))!;
  const now = parseRunRecord(JSON.stringify(await recordOf(plan, outputs(three))))!;
  assertEquals(now.stages.get("figure")!.output, null);
  const kept = keepingEarlier(now.stages, first);
  const read = { of: [one!.digest] };
  assertEquals(kept.get("figure"), { ...first.stages.get("figure")!, read });
  assertEquals([kept.get("total"), kept.get("numbers")], [
    now.stages.get("total"),
    now.stages.get("numbers"),
  ]);
  const record = parseRunRecord(JSON.stringify(runRecord("fake", kept, "tensorflow-1")))!;
  assertEquals(keepingEarlier(now.stages, record).get("figure"), kept.get("figure"));
  assertEquals(keepingEarlier(now.stages, undefined), new Map(now.stages));
});

Deno.test("readRunRecord() says what is of no use, and nothing of a pipeline that never ran", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/run.json`;
  const warnings: string[] = [];
  const read = (pipeline: string) => readRunRecord(path, pipeline, (message) => warnings.push(message));
  assertEquals(await read("fake"), undefined);
  await Deno.writeTextFile(path, JSON.stringify(await recordOf(plan, new Map())));
  assertEquals((await read("fake"))?.stages.size, 3);
  assertEquals(warnings, []);
  assertEquals(await read("widths"), undefined);
  await Deno.writeTextFile(path, "<<<<<<< HEAD");
  assertEquals(await read("fake"), undefined);
  await Deno.remove(path);
  await Deno.mkdir(path);
  assertEquals(await read("fake"), undefined);
  assertEquals(warnings.map((message) => message.replace(path, "run.json").replace(/\(.*\)/, "(...)")), [
    'Cannot compare with the last run: "run.json" is of the pipeline "fake"; the next run writes it anew',
    'Cannot compare with the last run: "run.json" is damaged, edited or of another version; the next run writes it anew',
    'Cannot compare with the last run: "run.json" cannot be read (...); the next run writes it anew',
  ]);
  await Deno.remove(folder, { recursive: true });
});

/** The record of a run with an empty store. */
async function recordOf(plan: Plan, outputs: Outputs): Promise<JsonObject> {
  const root = await Deno.makeTempDir();
  const store = await Store.open(root);
  const record = runRecord(
    plan.name,
    await stageRecords(plan, outputs, new StageLookup(store)),
    "tensorflow-1",
  );
  await store.close();
  await Deno.remove(root, { recursive: true });
  return record;
}
