import { assert, assertEquals } from "@std/assert";
import type { PlanReport } from "../mod.ts";
import { planJson, planText } from "./plan.ts";

const report: PlanReport = {
  pipeline: "widths",
  stages: [
    { stage: "draw", kind: "sampling", status: "stored", why: [] },
    {
      stage: "trained",
      kind: "train",
      status: "partial",
      items: { noun: "model", place: "engine", stored: 20, missing: 4, cost: 9, seconds: 12 },
      why: ["4 of 24 models are not stored"],
    },
    { stage: "weights", kind: "analyze", status: "maybe", why: [`waits for ${"trained, ".repeat(12)}`] },
  ],
};

Deno.test("planJson() has the fields that programs rely on", () => {
  const seconds = 12 / navigator.hardwareConcurrency;
  assertEquals(planJson(report), {
    pipeline: "widths",
    stages: [
      { name: "draw", kind: "sampling", status: "stored", why: [] },
      {
        name: "trained",
        kind: "train",
        status: "partial",
        models: { stored: 20, train: 4, unknown: 0 },
        why: ["4 of 24 models are not stored"],
      },
      { name: "weights", kind: "analyze", status: "maybe", why: report.stages[2]!.why },
    ],
    totals: { models: { stored: 20, train: 4, unknown: 0 }, seconds },
  });
});

Deno.test("planJson() predicts no time where nothing stored tells the pace, and none where nothing is missing", () => {
  const items = { noun: "model", place: "engine", stored: 0, missing: 4, cost: 9 } as const;
  const stage = { stage: "trained", kind: "train", status: "run", items, why: [] } as const;
  assertEquals(planJson({ pipeline: "p", stages: [stage] }).totals.seconds, null);
  const stored = { ...stage, items: { ...items, missing: 0 } };
  assertEquals(planJson({ pipeline: "p", stages: [stored] }).totals.seconds, 0);
});

Deno.test("planText() is a table of at most 100 columns with the totals below", () => {
  const lines = planText(report).split("\n");
  assertEquals(lines.slice(0, 3), [
    "stage    kind      status   stored  to train  why",
    "draw     sampling  stored",
    "trained  train     partial  20      4         4 of 24 models are not stored",
  ]);
  assert(lines.every((line) => line.length <= 100));
  assert(lines.at(-2)!.startsWith("widths: 3 stages, 1 stored; 24 models, 20 stored, 4 to train; about "));
});
