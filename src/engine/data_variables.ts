import { elementCount } from "../core/shape.ts";
import type { EvaluatedSplit } from "./evaluation.ts";
import type { ProgramKey } from "./program_key.ts";
import { DataType } from "./tensorflow/c_api.ts";
import type { Graph, Output } from "./tensorflow/graph.ts";
import type { NativeTensor } from "./tensorflow/tensor.ts";
import { Variable } from "./tensorflow/variable.ts";

/** The data of a program: made once, shared by all sessions, owned by who made it. */
export interface DataTensors {
  /** uint8 [count, height * width * channels] */
  readonly trainImages: NativeTensor;
  /** int32 [count] */
  readonly trainLabels: NativeTensor;
  readonly testImages: NativeTensor;
  readonly testLabels: NativeTensor;
  /** Of a data set with a validation split. */
  readonly validationImages?: NativeTensor;
  readonly validationLabels?: NativeTensor;
  /** Of a standardized data set, float32 [height * width * channels]: a byte x is seen as (x - mean) * scale. */
  readonly mean?: NativeTensor;
  readonly scale?: NativeTensor;
}

export type Split = "train" | EvaluatedSplit;

/** The same as variables of a session, and how steps read them. */
export class DataVariables {
  private readonly variables: { readonly [Name in keyof DataTensors]: Variable };

  constructor(graph: Graph, key: ProgramKey) {
    const pixels = elementCount(key.image);
    const images = (name: string, count: number) => new Variable(graph, name, "uint8", [count, pixels]);
    const labels = (name: string, count: number) => new Variable(graph, name, "int32", [count]);
    this.variables = {
      trainImages: images("train_images", key.trainCount),
      trainLabels: labels("train_labels", key.trainCount),
      testImages: images("test_images", key.testCount),
      testLabels: labels("test_labels", key.testCount),
      ...key.validationCount !== undefined && {
        validationImages: images("validation_images", key.validationCount),
        validationLabels: labels("validation_labels", key.validationCount),
      },
      ...key.standardized && {
        mean: new Variable(graph, "mean", "float32", [pixels]),
        scale: new Variable(graph, "scale", "float32", [pixels]),
      },
    };
  }

  /** What each variable is to hold. */
  assignments(data: DataTensors): (readonly [Variable, NativeTensor])[] {
    const entries = Object.entries(this.variables) as [keyof DataTensors, Variable][];
    return entries.map(([name, variable]) => [variable, data[name]!]);
  }

  get trainLabels(): Variable {
    return this.variables.trainLabels;
  }

  /** Images as models take them, float32 [count, height * width * channels]. @param indices int32 [count] */
  images(graph: Graph, split: Split, indices: Output): Output {
    const bytes = this.variables[`${split}Images`]!.rows(graph, indices);
    const { mean, scale } = this.variables;
    if (mean === undefined) return inUnit(graph, bytes);
    const [floats] = graph.add("Cast", [bytes], { DstT: { type: "dtype", value: DataType.float32 } });
    const centered = graph.add("Sub", [floats!, mean.read(graph)]);
    return graph.add("Mul", [...centered, scale!.read(graph)])[0]!;
  }

  /** @param indices int32 [...] @returns int32 [...] */
  labels(graph: Graph, split: Split, indices: Output): Output {
    return this.variables[`${split}Labels`]!.rows(graph, indices);
  }
}

/** Bytes as float32 in [0, 1], by one operation: Cast and Mul would go over the values twice. */
function inUnit(graph: Graph, bytes: Output): Output {
  const [quantized] = graph.add("Bitcast", [bytes], { type: { type: "dtype", value: DataType.quint8 } });
  const range = [graph.scalar(0, "float32"), graph.scalar(1, "float32")];
  return graph.add("Dequantize", [quantized!, ...range], {
    mode: { type: "string", value: "MIN_FIRST" },
  })[0]!;
}
