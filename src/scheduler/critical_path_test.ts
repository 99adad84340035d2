import { assertEquals } from "@std/assert";
import { criticalPaths } from "./critical_path.ts";
import type { StageOutlook } from "./events.ts";
import { fakeItem, fakePlan, itemsKind, valuesKind, wholeKind } from "./testing/plans.ts";

const costs = itemsKind((work) => Promise.resolve(work), {
  list: (_config, { values }: { values: number[] }) =>
    values.map((cost, i) => fakeItem(`${i}`, cost, { cost })),
});

Deno.test("criticalPaths() adds the longest way through those that read a stage", () => {
  const plan = fakePlan({
    numbers: { kind: valuesKind(), config: { values: [60, 40] } },
    trained: { kind: costs, inputs: { values: "numbers" } },
    quality: { kind: wholeKind((of) => of), inputs: { of: "trained" } },
    figure: { kind: wholeKind((of) => of), inputs: { of: "quality" } },
    other: { kind: wholeKind((of) => of), inputs: { of: "trained" } },
  });
  assertEquals(Object.fromEntries(criticalPaths(plan, [], 2)), {
    figure: 0.5,
    other: 0.5,
    quality: 1,
    trained: 51,
    numbers: 51,
  });
});

Deno.test("criticalPaths() divides by the concurrency of a stage where that is less", () => {
  const plan = fakePlan({
    numbers: { kind: valuesKind(), config: { values: [60, 40] } },
    trained: { kind: costs, inputs: { values: "numbers" }, limits: { concurrency: 1 } },
  });
  assertEquals(criticalPaths(plan, [], 4).get("trained"), 100);
});

Deno.test("criticalPaths() counts what is missing, and nothing of what is stored", () => {
  const plan = fakePlan({
    numbers: { kind: valuesKind(), config: { values: [60, 40] } },
    trained: { kind: costs, inputs: { values: "numbers" } },
    figure: { kind: wholeKind((of) => of), inputs: { of: "trained" } },
  });
  const items = { noun: "item", place: "head", stored: 1, missing: 1, cost: 40 } as const;
  const outlook = (stage: string, more: Partial<StageOutlook>): StageOutlook => ({
    stage,
    kind: "any",
    status: "run",
    why: [],
    ...more,
  });
  const some = [outlook("trained", { status: "partial", items })];
  assertEquals(criticalPaths(plan, some, 1).get("trained"), 41);
  const stored = [outlook("trained", { status: "stored" }), outlook("figure", { status: "stored" })];
  assertEquals(criticalPaths(plan, stored, 1).get("trained"), 0);
});
