import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cosPi, exp, log, normalQuantile, power } from "./elementary.ts";

Deno.test("log() agrees with Math.log to 4e-16 over all magnitudes", () => {
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), near1, (x, y) => {
      assertClose(log(x), Math.log(x), 4e-16);
      assertClose(log(y), Math.log(y), 4e-16);
    }),
    { numRuns: 5000 },
  );
  assertEquals(log(1), 0);
});

Deno.test("log() and exp() refuse arguments without a normal result", () => {
  for (const x of [0, -1, NaN, Infinity]) assertThrows(() => log(x), RangeError);
  for (const x of [709, -709, NaN, Infinity]) assertThrows(() => exp(x), RangeError);
});

Deno.test("exp() agrees with Math.exp to 5e-16 from -708 to 708", () => {
  fc.assert(
    fc.property(fc.double({ min: -708, max: 708, noNaN: true }), (x) => {
      assertClose(exp(x), Math.exp(x), 5e-16);
      assertClose(exp(x / 708), Math.exp(x / 708), 5e-16);
    }),
    { numRuns: 5000 },
  );
  assertEquals(exp(0), 1);
});

Deno.test("normalQuantile() gives known quantiles in the centre, the tail and the far tail", () => {
  const known: [number, number][] = [
    [0.25, -0.6744897501960817],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798408],
  ];
  for (const [p, z] of known) assertClose(normalQuantile(p), z, 2e-15);
  assertClose(normalQuantile(1e-300), -37.0471, 1e-6);
  assertEquals(normalQuantile(0.5), 0);
});

Deno.test("normalQuantile() inverts the distribution function", () => {
  for (let i = -400; i <= 400; i++) {
    const z = i / 100;
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    assertClose(normalQuantile(distribution(z, density)), z, 4e-15, 1e-15 / density); // rounding of the series
  }
});

Deno.test("normalQuantile() is odd about one half", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (i) => {
    const p = (i - 0.5) * 2 ** -32; // 1 - p is exact
    assertEquals(normalQuantile(1 - p), -normalQuantile(p));
  }));
});

Deno.test("cosPi() agrees with Math.cos to 3e-16, and is exact where the cosine is", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => {
      // Math.PI * x is rounded: the slope says how far the cosine of that is off.
      const tolerance = 3e-16 + 4e-16 * Math.PI * x * Math.sin(Math.PI * x);
      assert(Math.abs(cosPi(x) - Math.cos(Math.PI * x)) <= tolerance, `cosPi(${x}) = ${cosPi(x)}`);
      if (1 - (1 - x) === x) assertEquals(cosPi(1 - x) + cosPi(x), 0);
    }),
    { numRuns: 5000 },
  );
  assertEquals([0, 0.5, 1].map(cosPi), [1, 0, -1]);
  assertClose(cosPi(1 / 3), 0.5, 3e-16);
  assertClose(cosPi(0.25), Math.SQRT1_2, 3e-16);
});

Deno.test("cosPi() refuses what is not in [0, 1]", () => {
  for (const x of [-1e-9, 1 + 1e-9, NaN]) assertThrows(() => cosPi(x), RangeError);
});

Deno.test("power() multiplies as often as the exponent says", () => {
  fc.assert(fc.property(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.nat(40), (base, n) => {
    assertClose(power(base, n), Array<number>(n).fill(base).reduce((a, b) => a * b, 1), 1e-14);
  }));
  assertEquals(power(3, 4), 81);
  assertEquals(power(0, 0), 1);
});

const near1 = fc.double({ min: 0.5, max: 2, noNaN: true });

function assertClose(actual: number, expected: number, relative: number, absolute = 0) {
  assert(
    Math.abs(actual - expected) <= Math.max(relative * Math.abs(expected), absolute),
    `${actual} is not ${expected}`,
  );
}

/** Phi(z) = 1/2 + phi(z) (z + z³/3 + z⁵/(3 5) + ...): Marsaglia, Evaluating the normal distribution (2004). */
function distribution(z: number, density: number): number {
  let sum = 0;
  for (let term = z, n = 3; sum + term !== sum; term *= z * z / n, n += 2) sum += term;
  return 0.5 + density * sum;
}
