import { assertEquals } from "@std/assert";
import { type RunOutcome, runSummary } from "./run_summary.ts";

Deno.test("runSummary() counts stages by how they ended, and the models of the engine alone", () => {
  const stage = (status: string, items?: unknown) => ({ status, items, seconds: 1 });
  const models = { noun: "model", place: "engine", stored: 20, ran: 3, failed: 1 };
  const stages = [
    stage("stored"),
    stage("partial", models),
    stage("ran", { ...models, place: "head" }),
    stage("ran", { ...models, stored: 9, shared: 9, ran: 0, failed: 0 }),
    stage("failed"),
    stage("skipped"),
    stage("interrupted", { ...models, stored: 0, ran: 2, failed: 0 }),
  ];
  assertEquals(runSummary({ ok: false, ended: "interrupted", stages, seconds: 9 } as RunOutcome), {
    ok: false,
    ended: "interrupted",
    stages: { ran: 3, stored: 1, failed: 1, skipped: 2 },
    models: { trained: 5, stored: 20, failed: 1 },
    seconds: 9,
  });
});
