import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { inStartOrder } from "./order.ts";

Deno.test("inStartOrder() keeps equal affinities together, the dearest affinity first", () => {
  const items = [["a", 1], ["b", 3], ["a", 4], ["c", 9], ["b", 3]].map(([affinity, cost], i) => ({
    name: i,
    affinity: String(affinity),
    cost: Number(cost),
  }));
  const names = inStartOrder(items).map(({ items }) => items.map(({ name }) => name));
  assertEquals(names, [[3], [1, 4], [2, 0]]);
});

Deno.test("inStartOrder() gives back every item once, and each affinity once", () => {
  const item = fc.record({ affinity: fc.constantFrom("a", "b", undefined), cost: fc.nat() });
  fc.assert(fc.property(fc.array(item), (items) => {
    const groups = inStartOrder(items);
    const ordered = groups.flatMap(({ items }) => items);
    assertEquals(new Set(ordered), new Set(items));
    assertEquals(ordered.length, items.length);
    assertEquals(new Set(groups.map(({ affinity }) => affinity)).size, groups.length);
  }));
});
