/** Networks for TensorFlow: the engine process builds the graph of each architecture, once. */
import type { Dataset } from "../artifacts/dataset.ts";
import type { Tensor } from "../artifacts/safetensors.ts";
import type { ArchitectureSettings } from "../artifacts/settings.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import type { Normalization } from "../engine/data/transforms/normalize.ts";
import type { ForwardGraph, ForwardWork } from "../engine/export/forward_graph.ts";
import { savedModel } from "../engine/export/saved_model.ts";
import { FORWARD_TASK } from "../engine/export/task.ts";
import type { EngineHost } from "../scheduler/engine_process/host.ts";

export class Networks {
  readonly #graphs = new Map<string, Promise<ForwardGraph>>();

  /** @param engine whose process starts when it is first needed */
  constructor(private readonly engine: EngineHost) {}

  /**
   * A network with its weights as a SavedModel.
   * @param tensors in the order of the model's
   */
  async savedModel(
    architecture: ArchitectureSettings,
    { shape, classes }: Pick<Dataset, "shape" | "classes">,
    normalization: Normalization,
    tensors: readonly Tensor[],
  ): Promise<Uint8Array> {
    const graph = await this.#graph({ architecture, image: shape, classes: classes.length, normalization });
    return savedModel(graph, shape, classes.length, tensors);
  }

  #graph(work: ForwardWork): Promise<ForwardGraph> {
    const key = canonicalJson(work);
    const graph = this.#graphs.get(key) ?? this.#build(work);
    this.#graphs.set(key, graph);
    return graph;
  }

  async #build(work: ForwardWork): Promise<ForwardGraph> {
    const item = {
      kind: FORWARD_TASK,
      work: work as unknown as Json,
      states: [],
      progress: () => {},
      save: () => Promise.reject(new Error("A graph keeps no state")),
    };
    return (await this.engine.run(item)).outcome as unknown as ForwardGraph;
  }
}
