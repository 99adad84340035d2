import type { Dataset, SplitArrays } from "../artifacts/dataset.ts";
import { elementCount } from "../core/shape.ts";
import { openDataset } from "./data/open.ts";
import type { Normalization } from "./data/transforms/normalize.ts";
import type { DataTensors } from "./data_variables.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";

/**
 * The arrays of a data set as tensors, which whoever asked for them frees. They are decoded while the library opens.
 * @throws {UserError} If the data set is missing or damaged, or if the library cannot be opened
 */
export async function loadData(dataset: Dataset, library: Promise<void>): Promise<DataTensors> {
  const [{ train, test, validation, normalization }] = await Promise.all([openDataset(dataset), library]);
  const pixels = elementCount(dataset.shape);
  return {
    trainImages: imageTensor(train, pixels),
    trainLabels: labelTensor(train),
    testImages: imageTensor(test, pixels),
    testLabels: labelTensor(test),
    ...(validation && {
      validationImages: imageTensor(validation, pixels),
      validationLabels: labelTensor(validation),
    }),
    ...(dataset.derived?.transforms.normalize && standardization(normalization, pixels)),
  };
}

function imageTensor({ images, labels }: SplitArrays, pixels: number): NativeTensor {
  return NativeTensor.from(images, "uint8", [labels.length, pixels]);
}

function labelTensor({ labels }: SplitArrays): NativeTensor {
  return NativeTensor.from(Int32Array.from(labels), "int32", [labels.length]);
}

/** Channels lie innermost, so that their numbers repeat from pixel to pixel. */
function standardization(
  { mean, std }: Normalization,
  pixels: number,
): Required<Pick<DataTensors, "mean" | "scale">> {
  const repeated = (values: readonly number[]) =>
    NativeTensor.from(
      Float32Array.from({ length: pixels }, (_, i) => values[i % values.length]!),
      "float32",
      [pixels],
    );
  return { mean: repeated(mean), scale: repeated(std.map((value) => 1 / value)) };
}
