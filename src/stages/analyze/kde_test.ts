import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Grid, kde } from "./kde.ts";

const GRID: Grid = { start: -4, stop: 4, points: 201 };

Deno.test("kde() equals the sum of all kernels at every point, for bandwidths far below and above the step", () => {
  const value = fc.double({ min: -6, max: 6, noNaN: true });
  const scale = fc.constantFrom(1e-6, 1e-3, 0.01, 0.03, 0.1, 1, 10, 1000);
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), scale, value, (list, factor, shift) => {
      const values = Float64Array.from(list, (one) => one * factor + shift);
      fc.pre(Math.max(...values) - Math.min(...values) > 1e-9);
      const { bandwidth, density } = kde(values, GRID);
      for (let i = 0; i < GRID.points; i++) {
        const x = GRID.start + i * (GRID.stop - GRID.start) / (GRID.points - 1);
        const expected = direct(values, x, bandwidth);
        assertAlmostEquals(density[i]!, expected, 1e-12 / bandwidth + 1e-8 * expected);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("kde() uses Scott's bandwidth, with n - 1 in the standard deviation", () => {
  const { bandwidth } = kde(Float64Array.of(-1, 1), GRID);
  assertAlmostEquals(bandwidth, Math.SQRT2 * 2 ** -0.2, 1e-14);
});

Deno.test("kde() of values inside the grid has mass 1 and is symmetric where they are", () => {
  const values = Float64Array.of(-0.7, -0.3, -0.1, 0.1, 0.3, 0.7);
  const { density } = kde(values, GRID);
  assertAlmostEquals(density.reduce((sum, one) => sum + one, 0) * 8 / 200, 1, 1e-6);
  density.forEach((one, i) => assertAlmostEquals(one, density.at(-1 - i)!, 1e-12));
});

Deno.test("kde() adds nothing from values far outside of the grid", () => {
  const { density } = kde(Float64Array.of(1e6, 1e6 + 1, -1e6, -1e6 - 1, 2e6), GRID);
  assertEquals(density.length, 201);
  assert(density.every((one) => one >= 0 && one < 1e-5));
});

function direct(values: Float64Array, x: number, h: number): number {
  const sum = values.reduce((all, value) => all + Math.exp(-0.5 * ((x - value) / h) ** 2), 0);
  return sum / (values.length * h * Math.sqrt(2 * Math.PI));
}
