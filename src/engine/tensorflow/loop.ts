import { Graph, type NativeFunction, type Output } from "./graph.ts";

/**
 * While the first input is less than the second: `build` makes the inputs of the next round from those of one. The loop is
 * lowered into the graph, where oneDNN's rewriting reaches it.
 * @returns the inputs of the round that did not come
 */
export function addLoop(
  graph: Graph,
  name: string,
  inputs: readonly Output[],
  build: (body: Graph, values: readonly Output[]) => readonly Output[],
): Output[] {
  const goesOn = toFunction(`${name}_goes_on`, inputs, (body, [now, end]) => body.add("Less", [now!, end!]));
  const round = toFunction(name, inputs, build);
  graph.use(goesOn);
  graph.use(round);
  return graph.add("While", inputs, {
    cond: { type: "function", value: goesOn.name },
    body: { type: "function", value: round.name },
    parallel_iterations: { type: "int", value: 1 },
    _lower_using_switch_merge: { type: "bool", value: true },
  });
}

/** A function of TensorFlow whose arguments are like `inputs`. */
function toFunction(
  name: string,
  inputs: readonly Output[],
  build: (body: Graph, values: readonly Output[]) => readonly Output[],
): NativeFunction {
  const body = new Graph();
  try {
    const values = inputs.map(({ dtype, shape }) => body.placeholder(dtype, shape));
    return body.toFunction(name, values, build(body, values));
  } finally {
    body.free();
  }
}
