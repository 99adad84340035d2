import type { SplitArrays } from "../../artifacts/dataset.ts";
import { damagedAt } from "./damaged.ts";

/** One file of records. */
export interface Batch {
  /** Names it in messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads batches of the CIFAR-10 binary version: each record is a label byte, then the image channel by channel, each
 * channel row by row.
 * @param shape of an image; the images that come out have the channels of each pixel side by side
 * @param records how many each batch must have
 * @throws {UserError} If a batch has another size, or a label is no class
 * @see Krizhevsky, The CIFAR-10 dataset, "Binary version"
 */
export function decodeCifar(
  batches: readonly Batch[],
  [height, width, channels]: readonly [number, number, number],
  classes: number,
  records: number,
): SplitArrays {
  const area = height * width;
  const images = new Uint8Array(batches.length * records * area * channels);
  const labels = new Uint8Array(batches.length * records);
  for (const [i, batch] of batches.entries()) {
    checkBatch(batch, 1 + area * channels, records, classes);
    for (let record = 0; record < records; record++) {
      const example = i * records + record;
      const from = record * (1 + area * channels);
      labels[example] = batch.bytes[from]!;
      interleave(batch.bytes, from + 1, images, example * area * channels, area, channels);
    }
  }
  return { images, labels };
}

/** Channel by channel to pixel by pixel. */
function interleave(
  planes: Uint8Array,
  from: number,
  pixels: Uint8Array,
  to: number,
  area: number,
  channels: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < area; pixel++) {
      pixels[to + pixel * channels + channel] = planes[from + channel * area + pixel]!;
    }
  }
}

function checkBatch({ path, bytes }: Batch, recordBytes: number, records: number, classes: number): void {
  if (bytes.length !== records * recordBytes) {
    const wanted = `${records} records of ${recordBytes} bytes each are ${records * recordBytes}`;
    throw damagedAt(path, Math.min(bytes.length, records * recordBytes), `${wanted}, it has ${bytes.length}`);
  }
  for (let at = 0; at < bytes.length; at += recordBytes) {
    if (bytes[at]! < classes) continue;
    throw damagedAt(
      path,
      at,
      `label ${bytes[at]} of record ${at / recordBytes} is not in 0 to ${classes - 1}`,
    );
  }
}
