import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fakeKinds, planOf } from "../compiler/testing/fake_plan.ts";
import type { Plan } from "../compiler/plan.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { Store } from "../store/store.ts";
import { assess } from "./assess.ts";
import type { StageOutlook } from "./events.ts";
import { explain } from "./explain.ts";
import { keepingEarlier, parseRunRecord, type RunRecord, runRecord, stageRecords } from "./run_record.ts";
import { outputOf, StageLookup, type StageOutput } from "./stage_lookup.ts";

const PIPELINE = `
weft: 1
name: widths
params: { epochs: 3 }
stages:
  images: { kind: data, source: mnist }
  nets:
    kind: space
    data: images
    architecture: { kind: mlp, width: 8 }
  trained: { kind: training, space: nets, epochs: "\${{ params.epochs }}" }
  first: { kind: summary, models: trained, title: One }
  second: { kind: summary, models: trained, like: first }
`;
const MATRIX = `
weft: 1
name: widths
matrix: { epochs: [1, 2], source: [mnist, cifar-10] }
stages:
  images: { kind: data, source: "\${{ matrix.source }}" }
  nets: { kind: space, data: images, architecture: { kind: mlp, width: 8 } }
  trained: { kind: training, space: nets, epochs: "\${{ matrix.epochs }}" }
  each: { kind: summary, models: trained }
  all: { kind: summary, models: trained, gather: [epochs, source] }
`;

Deno.test("explain() says of each stage of a pipeline that never ran that it is new, and what it waits for", () =>
  withPast(async ({ outlook }) => {
    assertEquals(await outlook(PIPELINE), [
      "trained run: never run",
      'first maybe: never run; waits for "trained"',
      'second maybe: never run; waits for "trained"; waits for "first"',
    ]);
  }));

Deno.test("explain() has nothing to say of what is stored", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    assertEquals(await outlook(PIPELINE), []);
    assertEquals(
      await outlook(
        PIPELINE.replaceAll("trained", "models").replace("source: mnist", "limit: 100, source: mnist"),
      ),
      [],
    );
  }));

Deno.test("explain() names a changed setting with both values and its place, and what waits for it", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    assertEquals(await outlook(PIPELINE.replace("epochs: 3", "epochs: 4")), [
      "trained run: epochs 3 → 4 (a.yaml:11:51 from a.yaml:4:19)",
      'first maybe: waits for "trained"',
      'second maybe: waits for "trained"; waits for "first"',
    ]);
    assertEquals(await outlook(PIPELINE.replace(", title: One", "")), [
      "first run: title One → Summary (a.yaml:12:3)",
      'second maybe: waits for "first"',
    ]);
  }));

Deno.test("explain() follows a changed input up to the settings that changed it", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    const changed = PIPELINE.replace("width: 8", "width: 9").replace("source: mnist", "source: cifar-10");
    assertEquals(
      (await outlook(changed))[0],
      [
        'trained run: space "nets" changed: architecture.width 8 → 9 (a.yaml:10:39)',
        'data "images" changed: source mnist → cifar-10 (a.yaml:6:33)',
      ].join("; "),
    );
  }));

Deno.test("explain() follows an input that is stored, too", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE.replace("epochs: 3", "epochs: 4"));
    await ran(PIPELINE);
    const back = PIPELINE.replace("epochs: 3", "epochs: 4").replace(", title: One", ", title: Two");
    assertEquals(await outlook(back), [
      'first run: title One → Two (a.yaml:12:51); training "trained" changed: epochs 3 → 4 (a.yaml:11:51 from a.yaml:4:19)',
      'second maybe: training "trained" changed: epochs 3 → 4 (a.yaml:11:51 from a.yaml:4:19); waits for "first"',
    ]);
  }));

Deno.test("explain() tells what changed in a stage that waits, too", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    const text = PIPELINE.replace("epochs: 3", "epochs: 4").replace("title: One", "title: Two");
    assertEquals((await outlook(text)).slice(1), [
      'first maybe: title One → Two (a.yaml:12:51); waits for "trained"',
      'second maybe: waits for "trained"; waits for "first"',
    ]);
  }));

Deno.test("explain() tells an input that is another stage now, one more, and one that is gone", () =>
  withPast(async ({ ran, outlook }) => {
    const more = "  others: { kind: training, space: nets, epochs: 9 }\n";
    await ran(PIPELINE + more);
    assertEquals(await outlook((PIPELINE + more).replace("models: trained, t", "models: others, t")), [
      "first run: models trained → others (a.yaml:12:35)",
      'second maybe: waits for "first"',
    ]);
    assertEquals(
      await outlook((PIPELINE + more).replace("models: trained, t", "models: [trained, others], t")),
      [
        'first run: models takes "others" too (a.yaml:12:35)',
        'second maybe: waits for "first"',
      ],
    );
    assertEquals(await outlook((PIPELINE + more).replace(", like: first", "")), [
      "second run: like first → not given (a.yaml:13:3)",
    ]);
  }));

Deno.test("explain() tells labels that changed: outputs hold them", () =>
  withPast(async ({ ran, outlook }) => {
    const text = (name: string) =>
      `${PIPELINE}  ${name}: { kind: training, space: nets, epochs: 9 }\n  both: { kind: summary, models: [trained, ${name}] }\n`;
    await ran(text("others"));
    assertEquals(await outlook(text("again")), [
      'both run: labels of "models" [{ stage: trained }, { stage: others }] → [{ stage: trained }, { stage: again }] (a.yaml:15:34)',
    ]);
  }));

Deno.test("explain() tells stages and instances that are new, and what a new value of the matrix adds", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(MATRIX);
    const text = MATRIX.replace("epochs: [1, 2]", "epochs: [1, 2, 3]")
      .replace("source: [mnist, cifar-10]", "source: [mnist]");
    assertEquals(
      await outlook(`${text}  more: { kind: summary, models: trained, gather: [source, epochs] }\n`),
      [
        "trained/epochs=3,source=mnist run: never run: the last run had no such instance",
        'each/epochs=3,source=mnist maybe: never run: the last run had no such instance; waits for "trained/epochs=3,source=mnist"',
        'all maybe: models takes "trained/epochs=3,source=mnist" too (a.yaml:10:33); models takes "trained/epochs=1,source=cifar-10" no more (a.yaml:10:33); models takes "trained/epochs=2,source=cifar-10" no more (a.yaml:10:33); waits for "trained/epochs=3,source=mnist"',
        'more maybe: never run: the last run had no such stage; waits for "trained/epochs=3,source=mnist"',
      ].map((line) => line),
    );
  }));

Deno.test("explain() tells a change that all instances share once", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(MATRIX.replace("width: 8", "width: 9"));
    await ran(MATRIX);
    const text = MATRIX.replace("width: 8", "width: 9").replace(
      "all: { kind: summary",
      "all: { title: All, kind: summary",
    );
    assertEquals(
      (await outlook(text)).at(-1),
      [
        "all run: title Summary → All (a.yaml:10:17)",
        'space "nets" changed: architecture.width 8 → 9 (a.yaml:7:72)',
      ].join("; "),
    );
  }));

Deno.test("explain() tells another version of a kind, another engine, and a component that computes in another way", () =>
  withPast(async ({ ran, outlook, record }) => {
    const engineKinds = kindsWith("training", { place: "engine" });
    await ran(PIPELINE, engineKinds);
    const newer = kindsWith("summary", { version: 2 });
    assertEquals(await outlook(PIPELINE, newer), [
      'first run: version of "summary" 1 → 2',
      'second maybe: version of "summary" 1 → 2; waits for "first"',
    ]);
    const training = engineKinds.find(({ name }) => name === "training") as Extract<
      StageKind,
      { contract: "items" }
    >;
    const list: typeof training.list = (config, inputs) =>
      training.list(config, inputs).map((item) => ({ ...item, identity: { ...item.identity, loop: 2 } }));
    const other = kindsWith("training", { place: "engine", list });
    assertEquals(
      (await outlook(PIPELINE, other))[0],
      "trained run: this version of weft computes it in another way",
    );
    const plan = planOf(PIPELINE, {}, other);
    const engine = `libtensorflow-${"0123456789abcdef".repeat(4)}`;
    const [, , trained] = explain(
      plan,
      await assess(plan, new StageLookup(record.store())),
      record.last(),
      engine,
    );
    assertEquals(trained!.why.map(({ reason, message }) => [reason, message]), [
      ["engine", "engine tensorflow-1 → libtensorflow-0123456789ab…"],
    ]);
  }));

Deno.test("explain() tells results that are gone, items that are missing, and items that are only to be put together", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE, fakeKinds, ({ instance }) => instance !== "first");
    assertEquals(await outlook(PIPELINE), [
      "first run: its result is no longer stored",
      'second maybe: waits for "first"',
    ]);
  }, async ({ ran, outlook }) => {
    await ran(PIPELINE, fakeKinds, ({ instance, item }) => instance !== "trained" || item === "2");
    assertEquals((await outlook(PIPELINE))[0], "trained partial: 1 of 2 models is not stored");
    assertEquals(
      (await outlook(PIPELINE.replace("epochs: 3", "epochs: 4")))[0]?.split(" (")[0],
      "trained run: epochs 3 → 4",
    );
  }, async ({ ran, outlook }) => {
    await ran(PIPELINE, fakeKinds, ({ instance, item }) => instance !== "trained" || item !== undefined);
    assertEquals(
      (await outlook(PIPELINE))[0],
      "trained run: all 2 models are stored; only the stage's own output is made",
    );
  }, async ({ ran, outlook }) => {
    await ran(PIPELINE, fakeKinds, ({ instance }) => instance !== "trained");
    assertEquals((await outlook(PIPELINE))[0], "trained run: its results are no longer stored");
  }));

Deno.test("explain() tells a stage that the last run did not finish", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE, fakeKinds, ({ instance }) => instance !== "second", "second");
    assertEquals(await outlook(PIPELINE), [
      "second run: the last run made no result of it: it failed, was interrupted, or was left out",
    ]);
  }));

Deno.test("explain() still knows what changed in stages that the last run left out, or did not finish", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    const changed = PIPELINE.replace("epochs: 3", "epochs: 4").replace("title: One", "title: Two");
    const isTrained = ({ instance }: { instance: string }) => instance === "trained";
    for (const _ of ["left out", "left out again"]) {
      await ran(changed, fakeKinds, isTrained, "first", "second");
      assertEquals(await outlook(changed), [
        'first run: title One → Two (a.yaml:12:51); training "trained" changed: its content is another',
        'second maybe: training "trained" changed: its content is another; waits for "first"',
      ]);
    }
    assertEquals(await outlook(PIPELINE), []);
  }));

Deno.test("explain() tells a stage of another kind by that alone", () =>
  withPast(async ({ ran, outlook }) => {
    await ran(PIPELINE);
    const text = PIPELINE.replace("like: first", "like: other").replace(
      "first: { kind: summary, models: trained, title: One }",
      "first: { kind: training, space: nets, epochs: 7 }\n  other: { kind: summary, models: trained }",
    );
    assertEquals((await outlook(text))[0], "first run: kind summary → training (a.yaml:12:18)");
  }));

Deno.test("explain() has a reason for every stage that is not stored, none for others, and none after a run", async () => {
  const setting = fc.record({
    source: fc.constantFrom("mnist", "cifar-10"),
    width: fc.constantFrom("8", "9", "{ choice: [8, 9] }"),
    epochs: fc.constantFrom("[1]", "[1, 2]", "[2, 3]"),
    title: fc.constantFrom("", ", title: Other"),
    models: fc.constantFrom("trained", "[trained]", "[trained, again]"),
  });
  const textOf = ({ source, width, epochs, title, models }: Record<string, string>) => `
weft: 1
name: widths
matrix: { epochs: ${epochs} }
stages:
  images: { kind: data, source: ${source} }
  nets: { kind: space, data: images, architecture: { kind: mlp, width: ${width} } }
  trained: { kind: training, space: nets, epochs: "\${{ matrix.epochs }}" }
  again: { kind: training, space: nets, epochs: "\${{ matrix.epochs }}", rate: 0.5 }
  each: { kind: summary, models: ${models}${title} }
  all: { kind: summary, models: ${models}, gather: [epochs] }
`;
  await fc.assert(
    fc.asyncProperty(setting, setting, (before, after) =>
      withPast(async ({ ran, outlook, record }) => {
        await ran(textOf(before));
        const plan = planOf(textOf(after));
        const outlooks = explain(
          plan,
          await assess(plan, new StageLookup(record.store())),
          record.last(),
          "tensorflow-1",
        );
        for (const { status, why, stage } of outlooks) {
          assertEquals(why.length === 0, status === "stored", stage);
          assert(status !== "maybe" || why.some(({ reason }) => reason === "waits"), stage);
        }
        await ran(textOf(after));
        assertEquals(await outlook(textOf(after)), []);
      })),
    { numRuns: 40 },
  );
});

interface Past {
  /** Stores results of all stages, as a run would, and keeps its record. */
  readonly ran: (
    text: string,
    kinds?: readonly StageKind[],
    isStored?: (what: { readonly instance: string; readonly item?: string }) => boolean,
    ...unfinished: string[]
  ) => Promise<void>;
  /** A line for each stage that is not stored. */
  readonly outlook: (text: string, kinds?: readonly StageKind[]) => Promise<string[]>;
  readonly record: { readonly last: () => RunRecord | undefined; readonly store: () => Store };
}

/** Runs each test with an empty store of its own. */
async function withPast(...tests: ((past: Past) => Promise<void>)[]): Promise<void> {
  for (const test of tests) {
    const root = await Deno.makeTempDir();
    const store = await Store.open(root);
    let last: RunRecord | undefined;
    const ran: Past["ran"] = async (text, kinds, isStored = () => true, ...unfinished) => {
      const plan = planOf(text, {}, kinds);
      const outputs = await fakeOutputs(plan, store, isStored);
      for (const instance of unfinished) outputs.delete(instance);
      const stages = keepingEarlier(await stageRecords(plan, outputs, new StageLookup(store)), last);
      const record = runRecord(plan.name, stages, "tensorflow-1");
      last = parseRunRecord(JSON.stringify(record));
      assert(last !== undefined);
    };
    const outlook: Past["outlook"] = async (text, kinds) => {
      const plan = planOf(text, {}, kinds);
      const outlooks = explain(plan, await assess(plan, new StageLookup(store)), last, "tensorflow-1");
      return outlooks.filter(({ status }) => status !== "stored").map(line);
    };
    try {
      await test({ ran, outlook, record: { last: () => last, store: () => store } });
    } finally {
      await store.close();
      await Deno.remove(root, { recursive: true });
    }
  }
}

/** Outputs that differ exactly where identities do. */
async function fakeOutputs(
  plan: Plan,
  store: Store,
  isStored: (what: { readonly instance: string; readonly item?: string }) => boolean,
): Promise<Map<string, StageOutput>> {
  const outputs = new Map<string, StageOutput>();
  const lookup = new StageLookup(store);
  for (const node of plan.nodes) {
    const { instance, kind } = node;
    if (kind.contract === "plan") {
      outputs.set(instance, (await lookup.output(node, outputs))!);
      continue;
    }
    const { identity, items = [] } = await lookup.identify(node, outputs);
    for (const { item, identity } of items) {
      if (!isStored({ instance, item: item.id })) continue;
      await store.add({ identity, value: item.id, objects: [], seconds: 1 });
    }
    const value = { made: identity };
    const output = outputOf(node, value);
    if (isStored({ instance })) {
      await store.add({ identity, value, objects: [], output: output.digest, seconds: 1 });
    }
    outputs.set(instance, output);
  }
  return outputs;
}

function line({ stage, status, why }: StageOutlook): string {
  const place = ({ path, line, column }: { path: string; line: number; column: number }) =>
    `${path}:${line}:${column}`;
  const reasons = why.map(({ message, at, from }) =>
    `${message}${at ? ` (${place(at)}${from ? ` from ${place(from)}` : ""})` : ""}`
  );
  return `${stage} ${status}: ${reasons.join("; ")}`;
}

function kindsWith(name: string, change: Record<string, unknown>): StageKind[] {
  return fakeKinds.map((kind) => kind.name === name ? { ...kind, ...change } as StageKind : kind);
}
