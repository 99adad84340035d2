/** The stages of a pipeline and what each reads. */
export interface PipelineGraph {
  readonly name: string;
  /** In topological order. */
  readonly stages: readonly GraphStage[];
  readonly edges: readonly GraphEdge[];
}

/** A stage with all of its instances or, in a graph that was not folded, one instance. */
export interface GraphStage {
  readonly name: string;
  readonly kind: string;
  readonly instances: number;
  /** Axes of the matrix that tell its instances apart; none where the graph is not folded. */
  readonly axes: readonly string[];
  /** Axes that it takes together: its inputs have them, it has not. */
  readonly gather: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** The setting of `to` that names `from`. */
  readonly input: string;
}

/** What of a plan its graph is made of: see compiler/plan.ts. */
export interface GraphSource {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly SourceNode[];
}
export interface SourceNode {
  readonly instance: string;
  readonly stage: string;
  readonly kind: { readonly name: string };
  readonly inputs: Readonly<Record<string, { readonly instances: readonly string[] }>>;
  /** Values on the axes of the matrix that the stage has, by axis. */
  readonly coordinates: Readonly<Record<string, unknown>>;
  readonly gather: readonly string[];
}

/** The graph of stages or, with `expand`, of their instances. */
export function pipelineGraph(plan: GraphSource, { expand }: { readonly expand: boolean }): PipelineGraph {
  const byInstance = new Map(plan.nodes.map((node) => [node.instance, node]));
  const nameOf = (node: SourceNode) => expand ? node.instance : node.stage;
  const stages = new Map<string, GraphStage>();
  const edges = new Map<string, GraphEdge>();
  for (const node of plan.nodes) {
    const to = nameOf(node);
    const inputs = Object.entries(node.inputs).flatMap(([input, { instances }]) =>
      instances.map((instance) => ({ input, read: byInstance.get(instance)! }))
    );
    stages.set(to, {
      name: to,
      kind: node.kind.name,
      instances: (stages.get(to)?.instances ?? 0) + 1,
      axes: expand ? [] : Object.keys(node.coordinates),
      gather: node.gather,
    });
    for (const { input, read } of inputs) {
      const edge = { from: nameOf(read), to, input };
      edges.set(JSON.stringify(edge), edge);
    }
  }
  return { name: plan.name, stages: [...stages.values()], edges: [...edges.values()] };
}

/** The names of the stages that each stage reads, without repetition, in the order of its inputs. */
export function readsOf({ stages, edges }: PipelineGraph): ReadonlyMap<string, readonly string[]> {
  const reads = new Map(stages.map(({ name }) => [name, new Set<string>()]));
  for (const { from, to } of edges) reads.get(to)!.add(from);
  return new Map([...reads].map(([name, read]) => [name, [...read]]));
}

/** Its kind, how many instances it has over which axes, and what it gathers: "plot × 6 (data, model)", "gathers seed". */
export function stageNotes({ kind, instances, axes, gather }: GraphStage): string[] {
  const over = axes.length > 0 ? ` (${axes.join(", ")})` : "";
  return [
    instances > 1 || axes.length > 0 ? `${kind} × ${instances}${over}` : kind,
    ...(gather.length > 0 ? [`gathers ${gather.join(", ")}`] : []),
  ];
}
