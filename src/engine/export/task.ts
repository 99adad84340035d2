/** What the engine process is asked for by that builds a network's graph: see forward_graph.ts. No kind of stage has this name. */
export const FORWARD_TASK = "forward-graph";
