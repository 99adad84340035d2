import { syncFolder, writeAll } from "../../core/files.ts";
import { explained } from "../errors.ts";
import { Objects } from "../objects.ts";
import { newSegmentName } from "../segment_writer.ts";
import { segmentIn } from "../segments.ts";
import type { FileEntry, Inventory, RecordEntry } from "./inventory.ts";
import { neededObjects } from "./needed.ts";

/** What a sweep is about to do: told before each step. */
export type SweepStep = "write records" | "place records" | "remove records" | "remove objects" | "done";

/**
 * Removes all that the records to keep do not need. The caller alone has the store. A kill at any moment leaves all that
 * is kept: the new segment is whole, and durable, before an old one goes.
 * @throws {StoreError} If the file system refuses
 */
export async function sweep(
  root: string,
  inventory: Inventory,
  keep: ReadonlySet<RecordEntry>,
  telling: (step: SweepStep) => void = () => {},
): Promise<void> {
  await explained(`clean up the store "${root}"`, async () => {
    if (!isCompact(inventory, keep)) await rewriteRecords(root, inventory, keep, telling);
    telling("remove objects");
    for (const { path } of uselessFiles(root, inventory, keep)) removeIfThere(path);
    telling("done");
  });
}

/** Files that are neither segments nor objects of the records to keep. */
export function uselessFiles(root: string, inventory: Inventory, keep: Iterable<RecordEntry>): FileEntry[] {
  const needed = neededObjects(keep);
  const files = new Objects(root);
  const objects = [...inventory.objects].filter(([digest]) => !needed.has(digest));
  return [
    ...objects.map(([digest, bytes]) => ({ path: files.path(digest), bytes })),
    ...inventory.temporary,
    ...inventory.claims,
  ];
}

/** Whether one segment holds the records to keep and nothing else. */
function isCompact({ segments, records }: Inventory, keep: ReadonlySet<RecordEntry>): boolean {
  if (keep.size === 0) return segments.length === 0;
  return segments.length === 1 && records.length === keep.size &&
    segments.every(({ damaged, torn }) => damaged.length + torn === 0);
}

async function rewriteRecords(
  root: string,
  { segments, records }: Inventory,
  keep: ReadonlySet<RecordEntry>,
  telling: (step: SweepStep) => void,
): Promise<void> {
  const folder = `${root}/records`;
  if (keep.size > 0) {
    telling("write records");
    const temporary = await copyLines(root, records.filter((record) => keep.has(record)));
    telling("place records");
    await Deno.rename(temporary, segmentIn(folder, newSegmentName(segments.at(-1)?.name)).path);
    await syncFolder(folder);
  }
  telling("remove records");
  for (const { path } of segments) removeIfThere(path);
  await syncFolder(folder);
}

/** Lines stay as they are, their order too: of two results under one identity the first is read. @returns The new file */
async function copyLines(root: string, records: readonly RecordEntry[]): Promise<string> {
  await Deno.mkdir(`${root}/tmp`, { recursive: true });
  const path = `${root}/tmp/${crypto.randomUUID()}`;
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const [segment, lines] of Map.groupBy(records, ({ segment }) => segment)) {
    using source = await Deno.open(segment.path);
    for (const { offset, length } of stretches(lines)) {
      for await (const bytes of piecesOf(source, offset, length)) await writeAll(file, bytes);
    }
  }
  await file.sync();
  return path;
}

/** Lines that follow each other are one stretch. */
function stretches(lines: readonly RecordEntry[]): { readonly offset: number; readonly length: number }[] {
  const all: { readonly offset: number; length: number }[] = [];
  for (const { place } of lines) {
    const last = all.at(-1);
    if (last !== undefined && last.offset + last.length === place.offset) last.length += place.length;
    else all.push({ ...place });
  }
  return all;
}

const PIECE = 1 << 20;

async function* piecesOf(file: Deno.FsFile, offset: number, length: number): AsyncGenerator<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const piece = new Uint8Array(Math.min(PIECE, length));
  for (let left = length; left > 0;) {
    const read = await file.read(piece.subarray(0, Math.min(piece.length, left)));
    if (read === null) throw new Deno.errors.UnexpectedEof("a segment has become shorter");
    yield piece.subarray(0, read);
    left -= read;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
