import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { distributions, histogram, type Normalization } from "./distribution.ts";
import { statistics } from "./statistics.ts";

const of = (...values: number[]) => Float64Array.from(values);
const distributionsOf = (values: Float64Array, fanIn: number | null) =>
  distributions(values, statistics(values, fanIn));

Deno.test("histogram() puts a value on an edge into the bin to its right, and the last edge into the last bin", () => {
  const { counts, below, above } = histogram(of(-1, -0.5, 0, 0.5, 1, 1.0000001, -1.0000001), -1, 1, 4);
  assertEquals(counts, [1, 1, 1, 2]);
  assertEquals([below, above], [1, 1]);
});

Deno.test("histogram() keeps the smallest number below zero out of the bin that starts at zero", () => {
  assertEquals(histogram(of(-Number.MIN_VALUE), -4, 4, 64).counts.indexOf(1), 31);
});

Deno.test("histogram() counts as a comparison with every edge does", () => {
  const value = fc.oneof(
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.integer({ min: -40, max: 40 }).map((i) => i / 8),
  );
  fc.assert(fc.property(fc.array(value, { maxLength: 50 }), (list) => {
    const { counts, below, above } = histogram(of(...list), -4, 4, 64);
    for (let i = 0; i < 64; i++) {
      const [left, right] = [-4 + i / 8, -4 + (i + 1) / 8];
      const inside = list.filter((one) => one >= left && (one < right || (i === 63 && one === right)));
      assertEquals(counts[i], inside.length);
    }
    assertEquals(counts.reduce((sum, count) => sum + count, below + above), list.length);
  }));
});

Deno.test("distributions() give reasons for what does not exist", () => {
  assertEquals(reasonsOf(of(0.5), 3), {
    z_score: ["single_element", "single_element"],
    max_abs: [null, "single_element"],
    fan_in: [null, "single_element"],
  });
  assertEquals(reasonsOf(of(0, 0), null), {
    z_score: ["zero_variance", "zero_variance"],
    max_abs: ["all_zero", "all_zero"],
    fan_in: ["no_fan_in", "no_fan_in"],
  });
  assertEquals(reasonsOf(of(1, NaN), 3), {
    z_score: ["not_finite", "not_finite"],
    max_abs: ["not_finite", "not_finite"],
    fan_in: ["not_finite", "not_finite"],
  });
  assertEquals(reasonsOf(of(1, 2), 3), {
    z_score: [null, null],
    max_abs: [null, null],
    fan_in: [null, null],
  });
});

Deno.test("distributions() have null for a part exactly where it has a reason", () => {
  const values = fc.array(fc.constantFrom(0, 0.5, -0.5, 1, NaN), { maxLength: 4 });
  fc.assert(fc.property(values, fc.constantFrom(null, 3), (list, fanIn) => {
    for (const one of Object.values(distributionsOf(of(...list), fanIn))) {
      assertEquals(one.histogram === null, one.reason !== null);
      assertEquals(one.kde === null, one.kde_reason !== null);
    }
  }));
});

Deno.test("distributions() of z-scores and of max-abs values do not change with the scale of the weights", () => {
  const values = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i * i));
  const plain = distributionsOf(values, 4);
  const scaled = distributionsOf(values.map((value) => value * 1024), 4);
  assertEquals(scaled.z_score.histogram, plain.z_score.histogram);
  assertEquals(scaled.max_abs.histogram, plain.max_abs.histogram);
  assertAlmostEquals(scaled.z_score.kde!.bandwidth, plain.z_score.kde!.bandwidth, 1e-12);
});

function reasonsOf(values: Float64Array, fanIn: number | null): Record<Normalization, [unknown, unknown]> {
  const { z_score, max_abs, fan_in } = distributionsOf(values, fanIn);
  return {
    z_score: [z_score.reason, z_score.kde_reason],
    max_abs: [max_abs.reason, max_abs.kde_reason],
    fan_in: [fan_in.reason, fan_in.kde_reason],
  };
}
