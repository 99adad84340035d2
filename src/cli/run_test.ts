import { assertEquals } from "@std/assert";
import type { RunResult } from "../mod.ts";
import { summary } from "./run.ts";

Deno.test("summary() counts stages by how they ended, and the models of the engine alone", () => {
  const stage = (status: string, items?: unknown) => ({ status, items, seconds: 1 });
  const models = { noun: "model", place: "engine", stored: 20, ran: 3, failed: 1 };
  const stages = [
    stage("stored"),
    stage("partial", models),
    stage("ran", { ...models, place: "head" }),
    stage("failed"),
    stage("skipped"),
    stage("interrupted", { ...models, stored: 0, ran: 2, failed: 0 }),
  ];
  assertEquals(summary({ ok: false, interrupted: false, stages, seconds: 9 } as unknown as RunResult), {
    ok: false,
    stages: { ran: 2, stored: 1, failed: 1, skipped: 2 },
    models: { trained: 5, stored: 20, failed: 1 },
    seconds: 9,
  });
});
