import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { INIT_SCHEMES, type InitSettings } from "../artifacts/settings.ts";
import { initialWeights } from "./init.ts";
import { mlp } from "./models/mlp.ts";
import { vit } from "./models/vit.ts";

const SEED = "0000000000000001";
const tensors = mlp.tensors({ kind: "mlp", depth: 1, width: 300, activation: "relu" }, [20, 20, 1], 10);
const [FAN_IN, FAN_OUT] = [400, 300]; // of the first kernel

/** Standard deviation that each scheme promises for the first kernel; null: all zero. */
const PROMISED: Record<
  typeof INIT_SCHEMES[number],
  { settings?: Partial<InitSettings>; std: number | null }
> = {
  zeros: { std: null },
  normal: { settings: { std: 0.02 }, std: 0.02 },
  truncated_normal: { settings: { std: 0.02 }, std: 0.02 * 0.8796256610342398 },
  uniform: { settings: { limit: 0.3 }, std: 0.3 / Math.sqrt(3) },
  glorot_normal: { std: Math.sqrt(2 / (FAN_IN + FAN_OUT)) },
  glorot_uniform: { std: Math.sqrt(2 / (FAN_IN + FAN_OUT)) },
  he_normal: { std: Math.sqrt(2 / FAN_IN) },
  he_uniform: { std: Math.sqrt(2 / FAN_IN) },
  lecun_normal: { std: Math.sqrt(1 / FAN_IN) },
};

for (const scheme of INIT_SCHEMES) {
  Deno.test(`initialWeights() by ${scheme} has the spread that its paper gives, and zero biases`, () => {
    const { settings, std } = PROMISED[scheme];
    const [kernel, bias] = initialWeights(tensors, { scheme, scale: 1, ...settings }, SEED);
    assert(bias!.every((value) => value === 0));
    if (std === null) return assert(kernel!.every((value) => value === 0));
    const { mean, deviation } = moments(kernel!);
    assertAlmostEquals(mean, 0, 4 * std / Math.sqrt(kernel!.length));
    assertAlmostEquals(deviation / std, 1, 0.01);
  });
}

Deno.test("initialWeights() starts scales at one, and embeddings with a deviation of 0.02, whatever the scheme", () => {
  const settings = {
    kind: "vit",
    patch: 1,
    dim: 64,
    depth: 1,
    heads: 2,
    mlp_ratio: 1,
    pooling: "class",
  } as const;
  const specs = vit.tensors(settings, [20, 20, 1], 10);
  const weights = initialWeights(specs, { scheme: "zeros", scale: 3 }, SEED);
  const start = (name: string) => weights[specs.findIndex((spec) => spec.name === name)]!;
  assert(["norm/scale", "block_1/norm_1/scale"].every((name) => start(name).every((value) => value === 1)));
  assert(["norm/bias", "patch_embedding/kernel"].every((name) => start(name).every((value) => value === 0)));
  assertAlmostEquals(moments(start("position")).deviation / 0.02, 1, 0.02);
  assertAlmostEquals(moments(start("class_token")).deviation / 0.02, 1, 0.3);
});

Deno.test("initialWeights() multiplies every value by the scale", () => {
  const [one] = initialWeights(tensors, { scheme: "normal", std: 1, scale: 1 }, SEED);
  const [half] = initialWeights(tensors, { scheme: "normal", std: 1, scale: 0.5 }, SEED);
  assertEquals([...half!], Array.from(one!, (value) => value / 2));
});

Deno.test("initialWeights() draws other weights for another seed, and other ones for each tensor", () => {
  const weights = initialWeights(tensors, { scheme: "he_normal", scale: 1 }, SEED);
  const others = initialWeights(tensors, { scheme: "he_normal", scale: 1 }, "0000000000000002");
  assert(weights[0]![0] !== others[0]![0]);
  assert(weights[0]![0]! / weights[0]![1]! !== weights[2]![0]! / weights[2]![1]!);
});

Deno.test("initialWeights() refuses normal without a standard deviation", () => {
  assertThrows(
    () => initialWeights(tensors, { scheme: "normal", scale: 1 }, SEED),
    TypeError,
    '"std" is not given',
  );
});

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
