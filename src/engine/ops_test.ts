import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { ACTIVATIONS } from "../artifacts/settings.ts";
import { fillNormal } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { loadTfjs, traceInto } from "./backend.ts";
import { activate, countCorrect, crossEntropy, dense } from "./ops.ts";
import { evaluateOnce, openInstalledLibrary } from "./testing/library.ts";

const BATCH = 6, INPUTS = 5, CLASSES = 4;

await openInstalledLibrary();

for (const activation of ACTIVATIONS) {
  Deno.test(`gradients through ${activation} are those of tfjs's own cpu backend`, async () => {
    const point = randomPoint();
    const traced = await evaluateOnce((graph) =>
      traceInto(graph, [], () => lossAndGradients(activation, tensorsOf(point)))
    );
    const eager = eagerly(() => lossAndGradients(activation, tensorsOf(point)));
    for (const [i, values] of eager.entries()) assertClose(traced[i]!, values, 1e-6);
  });

  Deno.test(`gradients through ${activation} are the slopes of the loss`, async () => {
    const point = randomPoint();
    const [, ...gradients] = await evaluateOnce((graph) =>
      traceInto(graph, [], () => lossAndGradients(activation, tensorsOf(point)))
    );
    const step = 2 ** -8;
    for (const [k, gradient] of gradients.entries()) {
      const slopes = await evaluateOnce((graph) =>
        traceInto(graph, [], () =>
          Array.from(gradient, (_, i) => {
            const [above] = lossAndGradients(activation, tensorsOf(shifted(point, k, i, step)));
            const [below] = lossAndGradients(activation, tensorsOf(shifted(point, k, i, -step)));
            return loadTfjs().div(loadTfjs().sub(above!, below!), 2 * step);
          }))
      );
      for (const [i, [slope]] of slopes.entries()) assertAlmostEquals(slope!, gradient[i]!, 2e-4);
    }
  });
}

Deno.test("countCorrect() counts the rows whose largest logit is at the label", async () => {
  const count = () => {
    const tf = loadTfjs();
    return [countCorrect(tf.tensor2d([[1, 2], [3, 1], [0, 5]]), tf.tensor1d([1, 1, 1], "int32"))];
  };
  const [traced] = await evaluateOnce((graph) => traceInto(graph, [], count));
  assertEquals([...traced!], [2]);
  assertEquals([...eagerly(count)[0]!], [2]);
});

Deno.test("crossEntropy() of equal logits is the logarithm of the number of classes", async () => {
  const [loss] = await evaluateOnce((graph) =>
    traceInto(
      graph,
      [],
      () => [crossEntropy(loadTfjs().zeros([3, 10]), loadTfjs().tensor1d([0, 4, 9], "int32"))],
    )
  );
  assertAlmostEquals(loss![0]!, Math.log(10), 1e-6);
});

Deno.test("traceInto() refuses to read a traced value", async () => {
  let message = "";
  await evaluateOnce((graph) =>
    traceInto(graph, [], () => {
      const tf = loadTfjs();
      const sum = tf.add(tf.scalar(1), tf.scalar(2));
      try {
        sum.dataSync();
      } catch (error) {
        message = (error as Error).message;
      }
      return [sum];
    })
  );
  assert(message.includes("no data until the graph runs"), message);
});

/** x, kernel 1, bias 1, kernel 2, bias 2 as plain arrays with shapes. */
type Point = readonly { readonly values: Float32Array; readonly shape: number[] }[];

function randomPoint(): Point {
  const shapes = [[BATCH, INPUTS], [INPUTS, 3], [3], [3, CLASSES], [CLASSES]];
  return shapes.map((shape, i) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    fillNormal(values, stream("0000000000000007", `point/${i}`));
    return { values, shape };
  });
}

/** The point with element `i` of weight `k` (0: kernel 1) moved. */
function shifted(point: Point, k: number, i: number, by: number): Point {
  return point.map(({ values, shape }, at) => {
    if (at !== k + 1) return { values, shape };
    const moved = values.slice();
    moved[i] = moved[i]! + by;
    return { values: moved, shape };
  });
}

function tensorsOf(point: Point): Tensor[] {
  return point.map(({ values, shape }) => loadTfjs().tensor(values, shape));
}

function lossAndGradients(activation: typeof ACTIVATIONS[number], [x, ...weights]: Tensor[]): Tensor[] {
  const tf = loadTfjs();
  const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], "int32");
  const { value, grads } = tf.valueAndGrads((kernel1, bias1, kernel2, bias2) => {
    const hidden = activate(activation, dense(x as Tensor2D, kernel1 as Tensor2D, bias1 as Tensor1D));
    return crossEntropy(dense(hidden, kernel2 as Tensor2D, bias2 as Tensor1D), labels);
  })(weights);
  return [value, ...grads];
}

function eagerly(body: () => Tensor[]): Float32Array[] {
  return body().map((tensor) => Float32Array.from(tensor.dataSync()));
}

function assertClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assertEquals(actual.length, expected.length);
  for (const [i, value] of expected.entries()) assertAlmostEquals(actual[i]!, value, tolerance);
}
