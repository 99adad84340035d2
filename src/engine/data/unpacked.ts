import { createHash } from "node:crypto";
import type { SourceDataset } from "../../artifacts/dataset.ts";
import { cacheDir, type Environment } from "../../core/cache_dir.ts";
import { digestOf } from "../../core/digest.ts";
import { replaceFile } from "../../core/files.ts";
import { elementCount } from "../../core/shape.ts";
import type { SourceArrays } from "./sources.ts";

/** What arrays are known by. */
export type KnownArrays = Pick<SourceDataset, "shape" | "splits">;

export interface UnpackedLimits {
  /** What is unpacked sooner is not kept. */
  readonly slowSeconds: number;
  /** Of all that is kept: what was used longest ago goes. */
  readonly mostBytes: number;
}

const LIMITS: UnpackedLimits = { slowSeconds: 0.5, mostBytes: 8 * 2 ** 30 };

/** The folder in the cache that unpacked arrays are kept in. It may be removed at any time. */
export function unpackedFolder(env: Environment = Deno.env): string {
  return `${cacheDir(env)}/unpacked`;
}

/**
 * Arrays of data sets whose files take long to unpack or decode, kept in the cache folder as they are in memory. What is
 * damaged there counts as missing, and where nothing can be kept, each time is as the first.
 */
export class UnpackedData {
  readonly #limits: UnpackedLimits;

  constructor(private readonly env: Environment = Deno.env, limits: Partial<UnpackedLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * The arrays that are kept, or those that `unpack` gives, which are kept then.
   * @param state of the files, where the arrays are known by less than their content
   * @throws What `unpack` throws
   */
  async open(
    known: KnownArrays,
    unpack: () => Promise<SourceArrays>,
    state?: string,
  ): Promise<SourceArrays> {
    const path = this.#pathOf(known, state);
    const bytes = await Deno.readFile(path).catch(() => undefined);
    const kept = bytes && arraysIn(bytes, known);
    if (kept) {
      await Deno.utime(path, new Date(), new Date()).catch(() => {}); // used now
      return kept;
    }
    const began = performance.now();
    const arrays = await unpack();
    await this.keep(known, arrays, (performance.now() - began) / 1000, state);
    return arrays;
  }

  /** @param seconds it took to unpack them */
  async keep(known: KnownArrays, arrays: SourceArrays, seconds: number, state?: string): Promise<void> {
    if (seconds < this.#limits.slowSeconds) return;
    try {
      await replaceFile(this.#pathOf(known, state), ...partsOf(arrays));
      await this.#removeOldest();
    } catch {
      // the disk is full or the folder cannot be written: told by what needs it
    }
  }

  #pathOf({ shape, splits: { train, test } }: KnownArrays, state?: string): string {
    const record = {
      record: "unpacked/1",
      shape,
      train: train.digest,
      test: test.digest,
      ...state !== undefined && { state },
    };
    return `${unpackedFolder(this.env)}/${digestOf(record)}`;
  }

  async #removeOldest(): Promise<void> {
    const folder = unpackedFolder(this.env);
    const paths = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
    const files = await Promise.all(
      paths.map(async (path) => {
        const { size, mtime } = await Deno.stat(path);
        return { path, size, used: mtime?.getTime() ?? 0 };
      }),
    );
    let total = 0;
    for (const { path, size } of files.sort((a, b) => b.used - a.used)) {
      total += size;
      if (total > this.#limits.mostBytes) await Deno.remove(path);
    }
  }
}

const SHA256_BYTES = 32;

/** The parts of a file: the SHA-256 of those behind it, images and labels for training, images and labels for testing. */
function arraysIn(bytes: Uint8Array, { shape, splits }: KnownArrays): SourceArrays | undefined {
  const counts = [splits.train.count, splits.test.count];
  const sizes = counts.flatMap((count) => [count * elementCount(shape), count]);
  const content = bytes.subarray(SHA256_BYTES);
  if (content.length !== sizes.reduce((sum, size) => sum + size)) return undefined;
  if (sumOf([content]).compare(bytes.subarray(0, SHA256_BYTES)) !== 0) return undefined;
  let end = 0;
  const [trainImages, trainLabels, testImages, testLabels] = sizes.map((size) =>
    content.subarray(end, end += size)
  );
  return {
    train: { images: trainImages!, labels: trainLabels! },
    test: { images: testImages!, labels: testLabels! },
  };
}

function partsOf({ train, test }: SourceArrays): Uint8Array[] {
  const arrays = [train.images, train.labels, test.images, test.labels];
  return [sumOf(arrays), ...arrays];
}

function sumOf(parts: readonly Uint8Array[]) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
