import { assert, assertEquals } from "@std/assert";
import { philox } from "../core/random/philox.ts";
import { loadTfjs, traceInto } from "./backend.ts";
import { dropoutFrom, dropoutNumbers } from "./dropout.ts";
import { drawOf } from "./testing/draws.ts";
import { evaluateOnce, openInstalledLibrary } from "./testing/library.ts";

const KEY = { k0: 0x9e3779b9, k1: 0x7f4a7c15 };
const STEP = 46_901;

await openInstalledLibrary();

Deno.test("dropoutFrom() drops by the words of Philox that key, step and layer name, in any shape", async () => {
  const rate = Math.fround(0.3);
  const shapes = [[5, 7], [3, 2, 2], [1, 1031]];
  const layers = await maskOnes(shapes, rate, STEP);
  for (const [layer, values] of layers.entries()) {
    const expected = Array.from(values, (_, i) => {
      const word = philox([Math.floor(i / 4), layer, STEP, 0], KEY)[i % 4]!;
      const uniform = (word & 0x7fffff) * 2 ** -23;
      return uniform < rate ? 0 : Math.fround(1 / (1 - 0.3));
    });
    assertEquals([...values], expected);
  }
});

Deno.test("dropoutFrom() draws other masks in another step", async () => {
  const [[one], [other]] = [await maskOnes([[40, 40]], 0.5, 1), await maskOnes([[40, 40]], 0.5, 2)];
  const equal = one!.filter((value, i) => value === other![i]).length / 1600;
  assert(Math.abs(equal - 0.5) < 0.06, `${equal} of them are equal`);
});

Deno.test("dropoutFrom() lets the gradient of what is kept through, multiplied alike", async () => {
  const [dropped, gradient] = await evaluateOnce((graph) => {
    const [rate, scale] = dropoutNumbers(0.5).map((number) => graph.scalar(number, "float32"));
    const drop = dropoutFrom(graph, { draw: drawOf(graph, KEY, STEP), rate: rate!, scale: scale! });
    return traceInto(graph, [], () => {
      const tf = loadTfjs();
      let dropped = tf.ones([30]);
      const { grad } = tf.valueAndGrad((x) => tf.sum(dropped = tf.keep(drop(x))))(tf.ones([30]));
      return [dropped, grad];
    });
  });
  assertEquals(gradient, dropped);
  assertEquals(new Set(dropped), new Set([0, 2]));
});

/** What dropout makes of ones in layers of the given shapes. */
function maskOnes(shapes: readonly number[][], rate: number, step: number): Promise<Float32Array[]> {
  return evaluateOnce((graph) => {
    const [share, scale] = dropoutNumbers(rate).map((number) => graph.scalar(number, "float32"));
    const drop = dropoutFrom(graph, { draw: drawOf(graph, KEY, step), rate: share!, scale: scale! });
    return traceInto(graph, [], () => shapes.map((shape) => drop(loadTfjs().ones(shape))));
  });
}
