import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { inStartOrder } from "./order.ts";

Deno.test("inStartOrder() keeps equal affinities together, the dearest affinity first", () => {
  const items = [["a", 1], ["b", 3], ["a", 4], ["c", 9], ["b", 3]].map(([affinity, cost], i) => ({
    name: i,
    affinity: String(affinity),
    cost: Number(cost),
  }));
  assertEquals(inStartOrder(items).map(({ name }) => name), [3, 1, 4, 2, 0]);
});

Deno.test("inStartOrder() gives back every item once and never returns to an affinity", () => {
  const item = fc.record({ affinity: fc.constantFrom("a", "b", "c"), cost: fc.nat() });
  fc.assert(fc.property(fc.array(item), (items) => {
    const ordered = inStartOrder(items);
    assertEquals(new Set(ordered), new Set(items));
    assertEquals(ordered.length, items.length);
    const changes = ordered.filter(({ affinity }, i) => affinity !== ordered[i - 1]?.affinity).length;
    assertEquals(changes, new Set(items.map(({ affinity }) => affinity)).size);
  }));
});
