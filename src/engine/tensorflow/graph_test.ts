import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openInstalledLibrary } from "../testing/library.ts";
import { DataType, TensorflowError, tensorflowVersion } from "./c_api.ts";
import { Graph, type Output } from "./graph.ts";
import { Session } from "./session.ts";
import { alive, NativeTensor } from "./tensor.ts";

await openInstalledLibrary();

Deno.test("tensorflowVersion() is the version that the numbers in docs and tests were made with", () => {
  assertEquals(tensorflowVersion(), "2.21.0");
});

Deno.test("Graph.add() infers shapes, and takes lists as the op declares them", async () => {
  const graph = new Graph();
  const [one, two] = [graph.scalar(1, "float32"), graph.scalar(2, "float32")];
  const [packed] = graph.add("Pack", [one, two, two], {
    N: { type: "int", value: 3 },
    axis: { type: "int", value: 0 },
  });
  assertEquals(packed!.shape, [3]);
  assertEquals([...await valuesOf(graph, packed!)], [1, 2, 2]);
});

Deno.test("Graph.value() makes equal operations once; constants are equal by type, shape and values", () => {
  const graph = new Graph();
  const constant = (values: number[], shape: readonly number[]) => {
    const tensor = NativeTensor.from(Float32Array.from(values), "float32", shape);
    const { operation } = graph.constant(tensor, DataType.float32);
    tensor.free();
    return graph.nameOf(operation);
  };
  assertEquals(constant([1, 2], [2]), constant([1, 2], [2]));
  assertEquals(new Set([constant([1, 2], [2]), constant([1, 2], [1, 2]), constant([1, 3], [2])]).size, 3);
  const [one, two] = [graph.scalar(1, "float32"), graph.scalar(2, "float32")];
  const nameOf = ([value]: readonly Output[]) => graph.nameOf(value!.operation);
  const sum = nameOf(graph.value("AddV2", [one, two]));
  assertEquals(nameOf(graph.value("AddV2", [one, two])), sum);
  const others = [
    graph.value("AddV2", [two, one]),
    graph.value("Sub", [one, two]),
    graph.add("AddV2", [one, two]),
  ];
  assertEquals(new Set([sum, ...others.map(nameOf)]).size, 4);
  const cast = (type: number) => nameOf(graph.value("Cast", [one], { DstT: { type: "dtype", value: type } }));
  assertEquals(cast(DataType.int32), cast(DataType.int32));
  assertEquals(cast(DataType.int32) === cast(DataType.uint8), false);
  graph.free();
});

Deno.test("Graph.add() refuses an unknown op, wrong inputs and wrong attributes with TensorFlow's words", () => {
  const graph = new Graph();
  const one = graph.scalar(1, "float32");
  assertThrows(() => graph.add("Adddd", [one, one]), TensorflowError, "Adddd");
  assertThrows(
    () => graph.add("AddV2", [one, one, one]),
    RangeError,
    "3 inputs are given, its arguments take 2",
  );
  assertThrows(() => graph.add("AddV2", [one, graph.scalar(1, "int32")]), TensorflowError);
  graph.free();
});

Deno.test("Session.run() throws what an operation reports, and the session goes on", async () => {
  const graph = new Graph();
  const index = graph.placeholder(DataType.int32, []);
  const [row] = graph.add("GatherV2", [
    graph.add("Pack", [graph.scalar(5, "float32")])[0]!,
    index,
    graph.scalar(0, "int32"),
  ]);
  const session = new Session(graph);
  const at = (i: number) => NativeTensor.from(new Int32Array([i]), "int32", []);
  const [far, first] = [at(7), at(0)];
  await assertRejects(() => session.run([[index, far]], [row!]), TensorflowError, "not in [0, 1)");
  const [value] = await session.run([[index, first]], [row!]);
  assertEquals([...value!.float32()], [5]);
  for (const tensor of [far, first, value!]) tensor.free();
  session.close();
  graph.free();
});

Deno.test("NativeTensor keeps shape and values, refuses a wrong length, and counts what is alive", () => {
  const before = alive.count;
  const tensor = NativeTensor.from(new Float32Array([1, 2, 3, 4, 5, 6]), "float32", [2, 3]);
  assertEquals(tensor.shape, [2, 3]);
  assertEquals([...tensor.float32()], [1, 2, 3, 4, 5, 6]);
  assertEquals(alive.count, before + 1);
  tensor.free();
  tensor.free();
  assertEquals(alive.count, before);
  assertThrows(() => tensor.pointer, Error, "has been freed");
  assertThrows(
    () => NativeTensor.from(new Float32Array(5), "float32", [2, 3]),
    RangeError,
    "5 values in 20 bytes",
  );
});

async function valuesOf(graph: Graph, output: Output): Promise<Float32Array> {
  const session = new Session(graph);
  const [tensor] = await session.run([], [output]);
  const values = tensor!.float32();
  tensor!.free();
  session.close();
  graph.free();
  return values;
}
