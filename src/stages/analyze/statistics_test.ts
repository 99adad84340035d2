import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Statistics, statistics } from "./statistics.ts";

const of = (...values: number[]) => Float64Array.from(values);

Deno.test("statistics() of 1, 2, 3, 4, 10 are those worked out by hand", () => {
  const result = statistics(of(4, 1, 10, 2, 3), 5);
  assertEquals(result.count, 5);
  assertEquals(result.mean, 4);
  assertEquals([result.min, result.max, result.q50, result.l1], [1, 10, 3, 20]);
  assertAlmostEquals(result.std!, Math.sqrt(10), 1e-12); // deviations -3, -2, -1, 0, 6
  assertAlmostEquals(result.skewness!, 36 / 10 ** 1.5, 1e-12); // m3 = (-27 - 8 - 1 + 216) / 5
  assertAlmostEquals(result.excess_kurtosis!, 278.8 / 100 - 3, 1e-12); // m4 = (81 + 16 + 1 + 1296) / 5
  assertAlmostEquals(result.q05!, 1.2, 1e-12);
  assertAlmostEquals(result.l2!, Math.sqrt(130), 1e-12);
  assertAlmostEquals(result.std_times_sqrt_fan_in!, Math.sqrt(50), 1e-12);
  assertEquals(result.reason, null);
});

Deno.test("statistics() counts as sparse what is smaller than 0.001 in size", () => {
  assertEquals(statistics(of(0, -0.0005, 0.001, -1), null).sparsity, 0.5);
});

Deno.test("statistics() of one value have no spread, and of equal values no shape", () => {
  const { std, skewness, excess_kurtosis, std_times_sqrt_fan_in, reason } = statistics(of(0.1), 4);
  assertEquals([std, skewness, excess_kurtosis, std_times_sqrt_fan_in], [null, null, null, null]);
  assertEquals(reason, "single_element");
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e38, max: 1e38 }), (value) => {
      const equal = statistics(new Float64Array(7).fill(value), 4);
      assertEquals([equal.mean, equal.std, equal.std_times_sqrt_fan_in], [value, 0, 0]);
      assertEquals([equal.skewness, equal.excess_kurtosis, equal.reason], [null, null, "zero_variance"]);
    }),
  );
});

Deno.test("statistics() of values that are not finite are null, and say so", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const result = statistics(of(1, bad, 2), 3);
    assertEquals(numbersOf(result), [3, 3]);
    assertEquals(result.reason, "not_finite");
  }
  assertEquals(statistics(of(), null).reason, "no_elements");
});

Deno.test("statistics() follow a shift and a scale of the values", () => {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 40 })
    .filter((list) => new Set(list).size > 1);
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
      (list, scale, shift) => {
        const before = statistics(of(...list), null);
        const after = statistics(of(...list.map((value) => value * scale + shift)), null);
        assertAlmostEquals(after.mean!, before.mean! * scale + shift, 1e-9);
        assertAlmostEquals(after.std!, before.std! * scale, 1e-9);
        assertAlmostEquals(after.q25!, before.q25! * scale + shift, 1e-9);
        assertAlmostEquals(after.skewness!, before.skewness!, 1e-9);
        assertAlmostEquals(after.excess_kurtosis!, before.excess_kurtosis!, 1e-9);
      },
    ),
  );
});

function numbersOf(result: Statistics): unknown[] {
  return Object.values(result).filter((value) => typeof value === "number");
}
