import { assertEquals } from "@std/assert";
import type { PlanReport } from "../mod.ts";
import { planJson } from "./plan.ts";

const at = { path: "widths.yaml", line: 12, column: 31 };
const report: PlanReport = {
  pipeline: "widths",
  stages: [
    { stage: "draw", kind: "sampling", status: "stored", why: [] },
    {
      stage: "trained",
      kind: "train",
      status: "partial",
      items: { noun: "model", place: "engine", stored: 20, missing: 4, cost: 9, seconds: 12 },
      why: [
        { reason: "setting", message: "epochs 3 → 4", setting: "epochs", before: 3, after: 4, at },
        { reason: "items", message: "4 of 24 models are not stored" },
      ],
    },
    {
      stage: "weights",
      kind: "analyze",
      status: "maybe",
      why: [{ reason: "waits", message: 'waits for "trained"', instance: "trained" }],
    },
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
        why: [
          { reason: "setting", message: "epochs 3 → 4", setting: "epochs", before: 3, after: 4, at },
          { reason: "items", message: "4 of 24 models are not stored" },
        ],
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
