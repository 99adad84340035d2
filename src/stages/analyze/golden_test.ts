import { assert, assertEquals } from "@std/assert";
import { decodeSafetensors } from "../../artifacts/safetensors.ts";
import { type Distribution, distributions, NORMALIZATIONS } from "./distribution.ts";
import { type Statistics, statistics } from "./statistics.ts";
import { fanInOf } from "./tensors.ts";

const FOLDER = new URL("../../../tests/golden/", import.meta.url);
const NETWORKS = [
  "mlp_hand_4_3_2",
  "mlp_edge_3_1_1_4_2",
  "mlp_sine_60_30",
  "mlp_120_32_24_10_spiked",
  "mlp_784_20_10_glorot",
  "mlp_784_50_50_10_student_t",
];

/** As in tests/golden/README.md. */
interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly statistics: Readonly<Record<string, unknown>> & {
    readonly quantiles: Readonly<Record<string, number>>;
  };
  readonly distributions: Readonly<Record<string, Distribution>>;
}

const QUANTILES: readonly [inFile: string, name: keyof Statistics][] = [
  ["0", "min"],
  ["0.01", "q01"],
  ["0.05", "q05"],
  ["0.25", "q25"],
  ["0.5", "q50"],
  ["0.75", "q75"],
  ["0.95", "q95"],
  ["0.99", "q99"],
  ["1", "max"],
];

for (const network of NETWORKS) {
  Deno.test(`statistics() and distributions() of ${network} are the reference's`, async () => {
    const { tensors } = decodeSafetensors(await Deno.readFile(new URL(`${network}.safetensors`, FOLDER)));
    const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const expected = JSON.parse(await Deno.readTextFile(new URL(`${network}.json`, FOLDER)));
    assertEquals(expected.tensors.length, tensors.length);
    for (const tensor of expected.tensors as ExpectedTensor[]) {
      const { shape, data } = byName.get(tensor.name)!;
      assertEquals(shape, tensor.shape);
      const values = new Float64Array(data);
      const found = statistics(values, tensor.name.endsWith("/kernel") ? fanInOf(shape) : null);
      compareStatistics(found, tensor, tensor.name);
      const foundDistributions = distributions(values, found);
      for (const key of NORMALIZATIONS) {
        compareDistribution(foundDistributions[key], tensor.distributions[key]!, `${tensor.name} ${key}`);
      }
    }
  });
}

function compareStatistics(found: Statistics, { statistics: expected }: ExpectedTensor, where: string): void {
  const { quantiles, count, reason, fan_in, ...numbers } = expected;
  assertEquals([found.count, found.reason, found.fan_in], [count, reason, fan_in] as unknown[], where);
  for (const [name, value] of Object.entries(numbers)) {
    assertClose(
      found[name as keyof Statistics] as number | null,
      value as number | null,
      1e-6,
      `${where} ${name}`,
    );
  }
  assertEquals(Object.keys(quantiles).sort(), QUANTILES.map(([inFile]) => inFile));
  for (const [inFile, name] of QUANTILES) {
    assertClose(found[name] as number, quantiles[inFile]!, 1e-6, `${where} ${name}`);
  }
}

function compareDistribution(found: Distribution, expected: Distribution, where: string): void {
  assertEquals([found.reason, found.kde_reason], [expected.reason, expected.kde_reason ?? null], where);
  const { counts, below, above } = expected.histogram ?? {};
  assertEquals(
    found.histogram,
    expected.histogram && { counts, below, above } as Distribution["histogram"],
    where,
  );
  assertEquals(found.kde === null, expected.kde === null, where);
  if (found.kde === null || expected.kde === null) return;
  assertClose(found.kde.bandwidth, expected.kde.bandwidth, 1e-6, where);
  assertEquals(found.kde.density.length, expected.kde.density.length);
  found.kde.density.forEach((density, i) =>
    assertClose(density, expected.kde!.density[i]!, 1e-4, `${where} ${i}`)
  );
}

function assertClose(found: number | null, expected: number | null, relative: number, where: string): void {
  if (found === null || expected === null) return assertEquals(found, expected, where);
  assert(
    Math.abs(found - expected) <= 1e-9 + relative * Math.abs(expected),
    `${where}: ${found}, not ${expected}`,
  );
}
