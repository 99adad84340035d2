import { assertEquals, assertThrows } from "@std/assert";
import { upTo } from "./only.ts";
import { fakePlan, itemsKind, valuesKind, wholeKind } from "./testing/plans.ts";

Deno.test("upTo() keeps a stage with all that it needs, in the order of the plan", () => {
  const plan = fakePlan({
    numbers: { kind: valuesKind(), config: { values: [1] } },
    others: { kind: valuesKind(), config: { values: [2] } },
    doubled: { kind: itemsKind((work) => Promise.resolve(work)), inputs: { values: "numbers" } },
    total: { kind: wholeKind((of) => of), inputs: { of: "doubled" } },
    figure: { kind: wholeKind((of) => of), inputs: { of: "total" } },
  });
  assertEquals(upTo(plan, "total").nodes.map(({ instance }) => instance), ["numbers", "doubled", "total"]);
  assertThrows(() => upTo(plan, "totel"), RangeError, 'stage "totel"');
});
