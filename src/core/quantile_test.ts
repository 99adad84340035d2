import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { quantileOfSorted } from "./quantile.ts";

Deno.test("quantileOfSorted() interpolates linearly at q (n - 1)", () => {
  assertEquals(quantileOfSorted([10, 20, 40], 0.5), 20);
  assertEquals(quantileOfSorted([10, 20, 40], 0.75), 30);
  assertAlmostEquals(quantileOfSorted([10, 20, 40], 0.1), 12, 1e-12);
  assertEquals(quantileOfSorted([7], 0.3), 7);
});

Deno.test("quantileOfSorted() rises with q, from the least value to the largest", () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(values, share, share, (unsorted, p, q) => {
    const sorted = unsorted.toSorted((a, b) => a - b);
    assertEquals(quantileOfSorted(sorted, 0), sorted[0]);
    assertEquals(quantileOfSorted(sorted, 1), sorted.at(-1));
    const [less, more] = [Math.min(p, q), Math.max(p, q)];
    assert(quantileOfSorted(sorted, less) <= quantileOfSorted(sorted, more) + 1e-9);
  }));
});
