import { engineEnvironment } from "../environment.ts";
import { requireLibrary } from "../library/locate.ts";
import { openTensorflow } from "../tensorflow/c_api.ts";
import { Graph, type Output } from "../tensorflow/graph.ts";
import { Session } from "../tensorflow/session.ts";

/** Opens the installed library for a test, in the environment that the engine process has. */
export async function openInstalledLibrary(): Promise<void> {
  for (const [name, value] of Object.entries(engineEnvironment())) Deno.env.set(name, value);
  await openTensorflow(await requireLibrary());
}

/** Builds a graph, runs it once without inputs, and returns the float32 values of its outputs. */
export async function evaluateOnce(build: (graph: Graph) => readonly Output[]): Promise<Float32Array[]> {
  const graph = new Graph();
  const outputs = build(graph);
  const session = new Session(graph);
  try {
    return (await session.run([], outputs)).map((tensor) => tensor.takeFloat32());
  } finally {
    session.close();
    graph.free();
  }
}
