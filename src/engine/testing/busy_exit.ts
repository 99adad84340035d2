/** Ends by `exitAtOnce(3)` while TensorFlow is at work on another thread. */
import { exitAtOnce } from "../tensorflow/c_api.ts";
import { Graph, type Output } from "../tensorflow/graph.ts";
import { addLoop } from "../tensorflow/loop.ts";
import { Session } from "../tensorflow/session.ts";
import { openInstalledLibrary } from "./library.ts";

await openInstalledLibrary();
const graph = new Graph();
const inputs = [graph.scalar(0, "float32"), graph.scalar(1, "float32"), matrix(graph)];
const [, , product] = addLoop(graph, "for_ever", inputs, (body, [none, one, product]) => {
  const [next] = body.add("MatMul", [product!, matrix(body)]);
  return [none!, one!, next!];
});
new Session(graph).run([], [product!]);
setTimeout(() => exitAtOnce(3), 100);

/** 256 x 256: multiplied by code that oneDNN generates. */
function matrix(graph: Graph): Output {
  return graph.add("Fill", [graph.integers([256, 256]), graph.scalar(0, "float32")])[0]!;
}
