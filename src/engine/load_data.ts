import type { Dataset, SplitArrays } from "../artifacts/dataset.ts";
import { elementCount } from "../core/shape.ts";
import { openDataset } from "./data/open.ts";
import { type Normalization, normalizeInto } from "./data/transforms/normalize.ts";
import type { DataTensors } from "./program.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";

/**
 * The arrays of a data set as tensors, which whoever asked for them frees. They are decoded while the library opens.
 * @throws {UserError} If the data set is missing or damaged, or if the library cannot be opened
 */
export async function loadData(dataset: Dataset, library: Promise<void>): Promise<DataTensors> {
  const [{ train, test, validation, normalization }] = await Promise.all([openDataset(dataset), library]);
  const images = (split: SplitArrays) => imageTensor(split, elementCount(dataset.shape), normalization);
  return {
    trainImages: images(train),
    trainLabels: labelTensor(train),
    testImages: images(test),
    testLabels: labelTensor(test),
    ...(validation && { validationImages: images(validation), validationLabels: labelTensor(validation) }),
  };
}

/** float32 [count, pixels], written where TensorFlow reads it. */
function imageTensor(
  { images, labels }: SplitArrays,
  pixels: number,
  normalization: Normalization,
): NativeTensor {
  return NativeTensor.written("float32", [labels.length, pixels], ({ buffer, byteOffset }) => {
    normalizeInto(new Float32Array(buffer, byteOffset, images.length), images, normalization);
  });
}

function labelTensor({ labels }: SplitArrays): NativeTensor {
  return NativeTensor.from(Int32Array.from(labels), "int32", [labels.length]);
}
