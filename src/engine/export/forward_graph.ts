import { Buffer } from "node:buffer";
import type { Tensor2D } from "@tensorflow/tfjs";
import type { ImageShape } from "../../artifacts/dataset.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import { elementCount } from "../../core/shape.ts";
import { loadTfjs, traceInto } from "../backend.ts";
import type { Normalization } from "../data/transforms/normalize.ts";
import { requireLibrary } from "../library/locate.ts";
import { modelOf } from "../models/model.ts";
import { openLibrary } from "../runtime.ts";
import { DataType } from "../tensorflow/c_api.ts";
import { Graph, type Output } from "../tensorflow/graph.ts";
import { ANY, forAnyBatch } from "./any_batch.ts";

/** A network to be used elsewhere. */
export type ForwardWork = {
  readonly architecture: ArchitectureSettings;
  readonly image: ImageShape;
  readonly classes: number;
  readonly normalization: Normalization;
};

/** A forward pass as TensorFlow's GraphDef, for any number of images. Weights are placeholders. */
export type ForwardGraph = {
  /** A GraphDef in protocol buffer's bytes, as base64. */
  readonly graph: string;
  /** Names of operations: uint8 [batch, height, width, channels] in, float32 [batch, classes] out. */
  readonly images: string;
  readonly logits: string;
  readonly probabilities: string;
  /** Names of the placeholders, in the order of the model's tensors. */
  readonly parameters: readonly string[];
};

/** What the engine process does to export a network: builds its graph. Nothing runs. */
export async function buildForward(work: ForwardWork): Promise<ForwardGraph> {
  await openLibrary(await requireLibrary());
  loadTfjs();
  const graph = new Graph();
  try {
    return describe(graph, work);
  } finally {
    graph.free();
  }
}

function describe(graph: Graph, { architecture, image, classes, normalization }: ForwardWork): ForwardGraph {
  const model = modelOf(architecture);
  const images = graph.placeholder(DataType.uint8, [ANY, ...image]);
  const parameters = model.tensors(architecture, image, classes)
    .map(({ shape }) => graph.placeholder(DataType.float32, shape));
  const x = normalized(graph, images, image, normalization);
  const [logits, probabilities] = traceInto(graph, [x, ...parameters], (x, ...parameters) => {
    const logits = model.forward(architecture, parameters, x as Tensor2D, image);
    return [logits, loadTfjs().softmax(logits)];
  });
  const nameOf = (output: Output) => graph.nameOf(output.operation);
  return {
    graph: Buffer.from(forAnyBatch(graph.definition())).toString("base64"),
    images: nameOf(images),
    logits: nameOf(logits!),
    probabilities: nameOf(probabilities!),
    parameters: parameters.map(nameOf),
  };
}

/** Bytes as the network sees them: float32 [batch, height * width * channels]. */
function normalized(graph: Graph, images: Output, image: ImageShape, { mean, std }: Normalization): Output {
  const [bytes] = graph.add("Cast", [images], { DstT: { type: "dtype", value: DataType.float32 } });
  return traceInto(graph, [bytes!], (bytes) => {
    const tf = loadTfjs();
    const centered = tf.sub(bytes!, tf.tensor1d([...mean]));
    return [tf.reshape(tf.div(centered, tf.tensor1d([...std])), [ANY, elementCount(image)])];
  })[0]!;
}
