import { assert, assertAlmostEquals } from "@std/assert";
import { loadTfjs, traceInto } from "../../src/engine/backend.ts";
import { dropoutFrom, dropoutNumbers } from "../../src/engine/dropout.ts";
import { evaluateOnce, openInstalledLibrary } from "../../src/engine/testing/library.ts";
import { drawOf } from "../../src/engine/testing/draws.ts";
import { readReference } from "./reading.ts";

interface Reference {
  /** What becomes of ones. */
  readonly cases: readonly {
    readonly rate: number;
    readonly kept: number;
    readonly share_dropped: number;
    readonly mean: number;
    readonly std: number;
  }[];
}

const COUNT = 200_000;
const { cases } = await readReference<Reference>("dropout");
await openInstalledLibrary();

for (const { rate, kept, share_dropped, mean, std } of cases) {
  Deno.test(`dropoutFrom() at a rate of ${rate} drops the share that PyTorch drops, and scales the others alike`, async () => {
    const values = await dropped(rate);
    assert(values.every((value) => value === 0 || Math.abs(value - kept) < 1e-6 * kept));
    const share = values.filter((value) => value === 0).length / COUNT;
    const deviation = Math.sqrt(rate * (1 - rate) / COUNT);
    assertAlmostEquals(share, rate, 4 * deviation);
    assertAlmostEquals(share, share_dropped, 4 * deviation);
    const average = values.reduce((sum, value) => sum + value, 0) / COUNT;
    assertAlmostEquals(average, mean, 4 * deviation * kept);
    const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / COUNT;
    assertAlmostEquals(Math.sqrt(spread) / std, 1, 0.02);
  });
}

/** What dropout makes of ones. */
async function dropped(share: number): Promise<Float32Array> {
  const [values] = await evaluateOnce((graph) => {
    const [rate, scale] = dropoutNumbers(share).map((number) => graph.scalar(number, "float32"));
    const drop = dropoutFrom(graph, { draw: drawOf(graph, { k0: 1, k1: 2 }, 7), rate: rate!, scale: scale! });
    return traceInto(graph, [], () => [drop(loadTfjs().ones([COUNT / 100, 100]))]);
  });
  return values!;
}
