import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { ItemOutlook, Reason, StageOutlook } from "../mod.ts";
import { planText } from "./plan_table.ts";

const at = { path: "widths.yaml", line: 12, column: 31 };
const epochs: Reason = {
  reason: "setting",
  message: "epochs 3 → 4",
  setting: "epochs",
  before: 3,
  after: 4,
  at,
};

Deno.test("planText() is a table with what runs, why below it, and the totals", () => {
  const text = tableOf([
    { stage: "draw", kind: "sampling", status: "stored", why: [] },
    {
      stage: "trained",
      kind: "train",
      status: "partial",
      items: models(20, 4),
      why: [epochs, missing(20, 4)],
    },
    { stage: "weights", kind: "analyze", status: "maybe", why: [waits("trained")] },
    { stage: "figure", kind: "plot", status: "maybe", why: [epochs, waits("trained"), waits("weights")] },
  ], { seconds: 70 });
  assertEquals(text, [
    "stage    kind      status           stored  to train",
    "draw     sampling  stored",
    "trained  train     will run             20         4",
    "    epochs 3 → 4 (widths.yaml:12:31); 4 of 24 models are not stored",
    "weights  analyze   runs if changed",
    "    waits for trained",
    "figure   plot      will run",
    "    epochs 3 → 4 (widths.yaml:12:31); waits for trained, weights",
    "",
    "widths: 4 stages, 1 stored; 24 models, 20 stored, 4 to train; about 1:10 on this machine",
    "",
  ]);
});

Deno.test("planText() tells what is unknown while a file is absent, and counts its models apart", () => {
  const absent: Reason = { reason: "absent", message: '"data/train.npz" is not there', at };
  const text = tableOf([
    { stage: "images", kind: "dataset", status: "maybe", why: [absent] },
    {
      stage: "trained",
      kind: "train",
      status: "maybe",
      items: { ...models(0, 0), unknown: 24 },
      why: [absent],
    },
    { stage: "others", kind: "train", status: "stored", items: models(3, 0), why: [] },
  ]);
  assertEquals(text, [
    "stage    kind     status   stored  to train",
    "images   dataset  unknown",
    '    "data/train.npz" is not there (widths.yaml:12:31)',
    "trained  train    unknown       ?         ?",
    '    "data/train.npz" is not there (widths.yaml:12:31)',
    "others   train    stored        3         0",
    "",
    "widths: 3 stages, 1 stored; 27 models, 3 stored, 0 to train, 24 unknown",
    "",
  ]);
});

Deno.test("planText() shows where a value comes from, and a param that was set by its name alone", () => {
  const from = { path: "--set epochs", line: 1, column: 1 };
  const file = { path: "more.yaml", line: 2, column: 9 };
  const [, , why, , other] = tableOf([
    { stage: "a", kind: "train", status: "run", why: [{ ...epochs, from }] },
    { stage: "b", kind: "train", status: "run", why: [{ ...epochs, from: file }] },
  ]);
  assertEquals([why, other], [
    "    epochs 3 → 4 (widths.yaml:12:31, from --set epochs)",
    "    epochs 3 → 4 (widths.yaml:12:31, from more.yaml:2:9)",
  ]);
});

Deno.test("planText() folds instances that are alike, with their models together, each seen to read its own", () => {
  const stages = ["mnist", "svhn"].flatMap((data, i): StageOutlook[] => [
    {
      stage: `trained/data=${data}`,
      kind: "train",
      status: "partial",
      items: models(5, 1 + i),
      why: [draw(`draw/data=${data}`), missing(5, 1 + i)],
    },
    {
      stage: `quality/data=${data},rate=1`,
      kind: "group",
      status: "maybe",
      why: [waits(`trained/data=${data}`), waits("trained/data=all")],
    },
  ]);
  const both: StageOutlook = {
    stage: "both",
    kind: "plot",
    status: "maybe",
    why: [waits("trained/data=mnist"), waits("trained/data=svhn"), waits("quality/data=mnist,rate=1")],
  };
  assertEquals(tableOf([...stages, both]).slice(0, -1), [
    "stage        kind   status           stored  to train",
    "trained × 2  train  will run             10         3",
    '    sampling "draw" changed: count 6 → 7 (widths.yaml:12:31); 3 of 13 models are not stored',
    "quality × 2  group  runs if changed",
    "    waits for trained (2 instances)",
    "both         plot   runs if changed",
    "    waits for trained (2 instances), quality/data=mnist,rate=1",
    "",
    "widths: 3 stages in 5 instances, 0 stored; 13 models, 10 stored, 3 to train",
  ]);
  assertEquals(tableOf(stages, { expand: true }).slice(1, 5), [
    "trained/data=mnist         train  will run              5         1",
    '    sampling "draw/data=mnist" changed: count 6 → 7 (widths.yaml:12:31)'.concat(
      "; 1 of 6 models is not stored",
    ),
    "quality/data=mnist,rate=1  group  runs if changed",
    "    waits for trained (2 instances)",
  ]);
});

Deno.test("planText() counts models that several stages list once, and says which stage makes them", () => {
  const instance = (stage: string, items: Partial<ItemOutlook>): StageOutlook => ({
    stage,
    kind: "train",
    status: "run",
    items: { ...models(0, 2), ...items },
    why: [{ reason: "new", message: "never run" }, ...(items.coming ? [missing(0, 0)] : [])],
  });
  const from = (...stages: string[]): Partial<ItemOutlook> => ({
    stored: 2,
    missing: 0,
    shared: 2,
    coming: { items: 2, from: stages },
  });
  const text = tableOf([
    instance("first/n=1", {}),
    instance("first/n=2", {}),
    instance("again/n=1", from("first/n=1")),
    instance("again/n=2", from("first/n=2")),
  ]);
  assertEquals(text.slice(1, 5), [
    "first × 2  train  will run       0         4",
    "    never run",
    "again × 2  train  will run       4         0",
    '    never run; all 4 models come from "first"',
  ]);
  assertMatch(text.at(-2)!, /4 models, 0 stored, 4 to train/);
});

Deno.test("planText() lists instances that differ, and says once what those that run have in common", () => {
  const instance = (n: number, status: StageOutlook["status"], ...why: Reason[]): StageOutlook => ({
    stage: `trained/n=${n}`,
    kind: "train",
    status,
    items: models(1, status === "stored" ? 0 : 2),
    why,
  });
  const text = tableOf([
    instance(1, "stored"),
    instance(2, "partial", epochs, missing(1, 2)),
    instance(3, "stored"),
    instance(4, "partial", epochs, missing(1, 2)),
    instance(5, "run", { reason: "new", message: "never run" }),
  ]);
  assertEquals(text.slice(1, 7), [
    "trained × 2 of 5  train  stored         2         0",
    "trained/n=2       train  will run       1         2",
    "trained/n=4       train  will run       1         2",
    "    epochs 3 → 4 (widths.yaml:12:31); 4 of 6 models are not stored",
    "trained/n=5       train  will run       1         2",
    "    never run",
  ]);
});

Deno.test("planText() lists no more than twelve instances that run for the same reasons, unless it is to expand", () => {
  const stages = Array.from({ length: 26 }, (_, i): StageOutlook => {
    const is = i < 13 ? { status: "stored", why: [] } as const : { status: "run", why: [epochs] } as const;
    return { stage: `trained/n=${i}`, kind: "group", ...is };
  });
  assertEquals(tableOf(stages).slice(1, 4), [
    "trained × 13 of 26  group  stored",
    "trained × 13 of 26  group  will run",
    "    epochs 3 → 4 (widths.yaml:12:31)",
  ]);
  assertEquals(tableOf(stages.slice(1)).filter((line) => line.startsWith("trained")).length, 2);
  assertEquals(tableOf(stages.slice(0, -1)).filter((line) => line.startsWith("trained")).length, 13);
  assertEquals(tableOf(stages, { expand: true }).filter((line) => line.startsWith("trained")).length, 26);
});

Deno.test("planText() names several instances by what they have in common, if no other instance has it", () => {
  const instance = (name: string, ...why: Reason[]): StageOutlook => ({
    stage: `trained/${name}`,
    kind: "group",
    status: why.length === 0 ? "stored" : "run",
    why,
  });
  const stages = ["data=a,n=1", "data=a,n=2", "data=b,n=1"].map((name) => instance(name));
  const added = ["data=a,n=3", "data=b,n=3"].map((name) => instance(name, epochs));
  assertEquals(
    tableOf([...stages, ...added]).slice(1, 4),
    [
      "trained × 3 of 5  group  stored",
      "trained/n=3 × 2   group  will run",
      "    epochs 3 → 4 (widths.yaml:12:31)",
    ].map((line) => line.replace(/^(trained.{12}) /, "$1")),
  );
  assertEquals(tableOf([...stages, instance("data=b,n=3"), ...added]).slice(2, 4), [
    "trained/data=a,n=3  group  will run",
    "trained/data=b,n=3  group  will run",
  ]);
});

Deno.test("planText() keeps to 100 columns, and every word of names and reasons is there", () => {
  const word = fc.stringMatching(/^[a-z0-9.]{1,130}$/);
  const stage = fc.record({
    stage: fc.tuple(word, word).map(([stage, value]) => `${stage}/data=${value}`),
    kind: fc.constantFrom("train", "sampling"),
    status: fc.constantFrom("run" as const, "partial" as const, "maybe" as const),
    items: fc.constant(models(1234567, 1234567)),
    why: fc.array(
      fc.array(word, { minLength: 1, maxLength: 20 })
        .map((words): Reason => ({ reason: "new", message: words.join(" ") })),
      { maxLength: 3 },
    ),
  });
  fc.assert(fc.property(fc.array(stage, { minLength: 1, maxLength: 4 }), fc.boolean(), (stages, expand) => {
    const lines = tableOf(stages, { expand });
    for (const line of lines) assert(line.length <= 100, line);
    const shown = lines.join("").replace(/\s|;/g, "");
    for (const { message } of stages.flatMap(({ why }) => why)) {
      assert(shown.includes(message.replaceAll(" ", "")), message);
    }
    for (const { stage } of stages) assert(shown.includes(stage.split("/")[0]!), stage);
  }));
});

function tableOf(
  stages: readonly StageOutlook[],
  { expand = false, seconds = null }: { expand?: boolean; seconds?: number | null } = {},
): string[] {
  return planText({ pipeline: "widths", stages }, { expand, seconds }).split("\n");
}

function models(stored: number, missing: number): ItemOutlook {
  return { noun: "model", place: "engine", stored, missing, cost: 1 };
}

function missing(stored: number, missing: number): Reason {
  const message = `${missing} of ${stored + missing} models ${missing === 1 ? "is" : "are"} not stored`;
  return { reason: "items", message };
}

function waits(instance: string): Reason {
  return { reason: "waits", message: `waits for "${instance}"`, instance };
}

function draw(instance: string): Reason {
  const message = `sampling "${instance}" changed: count 6 → 7`;
  return { reason: "input", message, instance, setting: "count", before: 6, after: 7, at };
}
