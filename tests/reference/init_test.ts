import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { INIT_SCHEMES, type InitSettings } from "../../src/artifacts/settings.ts";
import { initialWeights } from "../../src/engine/init.ts";
import type { TensorSpec } from "../../src/engine/models/model.ts";
import { readReference } from "./reading.ts";

interface Reference {
  readonly fans: readonly [fanIn: number, fanOut: number];
  readonly levels: readonly number[];
  readonly schemes: readonly {
    readonly init: Omit<InitSettings, "scale">;
    readonly std: number;
    readonly extremes: readonly [least: number, most: number];
    /** At `levels`. */
    readonly quantiles: readonly number[];
  }[];
  /** Moments 1 to 4 of the trace of square orthogonal kernels. */
  readonly trace: { readonly side: number; readonly moments: readonly number[] };
}

/** Schemes whose values have a bound, which both come near. */
const BOUNDED: readonly string[] = ["truncated_normal", "uniform", "glorot_uniform", "he_uniform"];
const { fans, levels, schemes, trace } = await readReference<Reference>("init");

Deno.test("the reference of init schemes has all of them", () => {
  assertEquals(schemes.map(({ init }) => init.scheme).sort(), [...INIT_SCHEMES].sort());
});

for (const { init, std, extremes, quantiles } of schemes) {
  Deno.test(`initialWeights() by ${init.scheme} spreads values as PyTorch does`, () => {
    const [fanIn, fanOut] = fans;
    const values = kernel([fanIn, fanOut], { ...init, scale: 1 }, "0000000000000001");
    if (std === 0) return assert(values.every((value) => value === Math.fround(extremes[0])));
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    assertAlmostEquals(deviation / std, 1, 0.01);
    for (const [i, level] of levels.entries()) {
      const below = values.filter((value) => value < quantiles[i]!).length / values.length;
      assertAlmostEquals(below, level, 4.5 * Math.sqrt(level * (1 - level) / values.length));
    }
    if (!BOUNDED.includes(init.scheme)) return;
    for (const [of, bound] of [[Math.min, extremes[0]], [Math.max, extremes[1]]] as const) {
      assertAlmostEquals(values.reduce((a, b) => of(a, b)) / bound, 1, 1e-3);
    }
  });
}

Deno.test("traces of orthogonal kernels have the moments that PyTorch's have", () => {
  const { side, moments } = trace;
  const [scheme, count] = [{ scheme: "orthogonal", scale: 1 } as const, 4000];
  const traces = Array.from({ length: count }, (_, i) => {
    const values = kernel([side, side], scheme, i.toString(16).padStart(16, "0"));
    return values.reduce((sum, value, k) => k % (side + 1) === 0 ? sum + value : sum, 0);
  });
  for (const [i, moment] of moments.entries()) {
    const powers = traces.map((trace) => trace ** (i + 1));
    const mean = powers.reduce((sum, power) => sum + power, 0) / count;
    const variance = powers.reduce((sum, power) => sum + (power - mean) ** 2, 0) / count;
    assertAlmostEquals(mean, moment, 4 * Math.sqrt(variance / count));
  }
});

function kernel(shape: readonly [number, number], init: InitSettings, seed: string): Float32Array {
  const spec: TensorSpec = { name: "kernel", shape, role: "kernel", fanIn: shape[0], fanOut: shape[1] };
  return initialWeights([spec], init, seed)[0]!;
}
