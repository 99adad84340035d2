import { assertEquals, assertThrows } from "@std/assert";
import { encodeSafetensors } from "../../artifacts/safetensors.ts";
import { fanInOf, readTensors } from "./tensors.ts";

const tensor = (name: string, shape: number[]) => ({
  name,
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});
const atBothTimes = (...tensors: [name: string, shape: number[]][]) =>
  encodeSafetensors(
    ["init/", "final/"].flatMap((prefix) => tensors.map(([name, shape]) => tensor(prefix + name, shape))),
  );

Deno.test("readTensors() says of each tensor its layer, position, role and fan-in", () => {
  const bytes = atBothTimes(
    ["conv_1/kernel", [3, 3, 2, 4]],
    ["dense_1/kernel", [8, 5]],
    ["dense_1/bias", [5]],
    ["dense_2/kernel", [5, 2]],
    ["dense_2/bias", [2]],
  );
  const found = readTensors(bytes).map((
    { name, layer, position, role, fanIn },
  ) => [name, layer, position, role, fanIn]);
  assertEquals(found, [
    ["conv_1/kernel", 1, "first", "kernel", 18],
    ["dense_1/kernel", 2, "hidden", "kernel", 8],
    ["dense_1/bias", 2, "hidden", "bias", null],
    ["dense_2/kernel", 3, "last", "kernel", 5],
    ["dense_2/bias", 3, "last", "bias", null],
  ]);
});

Deno.test("readTensors() takes a class token and positions for embeddings, each a layer", () => {
  const bytes = atBothTimes(
    ["patch_embedding/kernel", [49, 8]],
    ["class_token", [8]],
    ["position", [17, 8]],
    ["block_1/norm_1/scale", [8]],
    ["dense_1/kernel", [8, 10]],
  );
  assertEquals(
    readTensors(bytes).map(({ name, layer, role, fanIn }) => [name, layer, role, fanIn]).slice(1, 4),
    [
      ["class_token", 2, "embedding", null],
      ["position", 3, "embedding", null],
      ["block_1/norm_1/scale", 4, "scale", null],
    ],
  );
});

Deno.test("readTensors() calls the only layer of a network the last one", () => {
  assertEquals(readTensors(atBothTimes(["dense_1/kernel", [4, 2]])).map(({ position }) => position), [
    "last",
  ]);
});

Deno.test("readTensors() reads the weights at both ends, and none of those recorded on the way", () => {
  const names = ["init", "epoch_1", "epoch_10", "final"].map((time) => `${time}/dense_1/kernel`);
  const values = names.map((name, i) => ({ name, shape: [1, 2], data: new Float32Array([i, -i]) }));
  const [only, ...others] = readTensors(encodeSafetensors(values));
  assertEquals([only!.name, only!.layer, others], ["dense_1/kernel", 1, []]);
  assertEquals([[...only!.init], [...only!.final]], [[0, -0], [3, -3]]);
});

Deno.test("readTensors() refuses weights of which a tensor is there at one time only", () => {
  const only = (...names: string[]) => encodeSafetensors(names.map((name) => tensor(name, [2])));
  assertThrows(() => readTensors(only("init/a/bias")), Error, "1 tensors at the start, 0 at the end");
  assertThrows(() => readTensors(only("init/a/bias", "final/b/bias")), Error, 'No tensor "final/a/bias"');
});

Deno.test("fanInOf() is null for all but dense and convolution kernels", () => {
  assertEquals([[7], [7, 3], [7, 3, 2], [5, 4, 3, 2]].map(fanInOf), [null, 7, null, 60]);
});
