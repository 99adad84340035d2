import { namesIn } from "./files.ts";
import { decodeLine, type StoredRecord } from "./records.ts";

/** A file of records, `records/<name>.jsonl`, that one writer appends to. */
export interface Segment {
  readonly name: string;
  readonly path: string;
}

/** A line that ends with a line feed. */
export interface SegmentLine {
  /** Of its first byte in the segment. */
  readonly offset: number;
  /** In bytes, with its line feed. */
  readonly length: number;
  /** Undefined where the line is damaged. */
  readonly record: StoredRecord | undefined;
  /** Its first bytes, which hold its check. */
  readonly head: string;
}

/** The segments in a folder, by name; none where it is not there. */
export function listSegments(folder: string): Segment[] {
  return namesIn(folder, ({ name, isFile }) => isFile && name.endsWith(SUFFIX))
    .map((file) => segmentIn(folder, file.slice(0, -SUFFIX.length)));
}

export function segmentIn(folder: string, name: string): Segment {
  return { name, path: `${folder}/${name}${SUFFIX}` };
}

/**
 * The lines of a segment from a byte on, which must begin a line. A last line without a line feed is what a killed
 * writer left, or what one is just writing: it is passed over. A segment that a clean-up has just removed has none.
 */
export function* readSegment({ path }: Segment, from = 0): Generator<SegmentLine> {
  using file = openIfThere(path);
  if (file === undefined) return;
  file.seekSync(from, Deno.SeekMode.Start);
  let offset = from;
  let rest = new Uint8Array(0);
  for (let left = file.statSync().size - from; left > 0;) {
    const piece = readPiece(file, rest, Math.min(left, PIECE));
    if (piece.length === rest.length) return; // it was cut off meanwhile
    left -= piece.length - rest.length;
    let start = 0;
    for (let end = endOfLine(piece, rest.length); end > 0; end = endOfLine(piece, start)) {
      const length = end - start;
      const line = piece.subarray(start, end);
      yield { offset, length, record: decodeLine(line), head: headOf(line) };
      offset += length;
      start = end;
    }
    rest = piece.slice(start);
  }
}

/** The record of the line at a place in a segment, or undefined where no whole line of this length stands there. */
export function readRecordAt(
  { path }: Segment,
  { offset, length }: Pick<SegmentLine, "offset" | "length">,
): StoredRecord | undefined {
  using file = openIfThere(path);
  file?.seekSync(offset, Deno.SeekMode.Start);
  const line = new Uint8Array(length);
  return file !== undefined && readFully(file, line) ? decodeLine(line) : undefined;
}

/** The first bytes of the line at a place in a segment; undefined where it is not there. */
export function readHeadAt({ path }: Segment, offset: number): string | undefined {
  using file = openIfThere(path);
  file?.seekSync(offset, Deno.SeekMode.Start);
  const head = new Uint8Array(HEAD);
  return file !== undefined && readFully(file, head) ? headOf(head) : undefined;
}

const SUFFIX = ".jsonl";
const LINE_FEED = 10;
const PIECE = 1 << 20;
/** Bytes of a line up to the end of its check. */
const HEAD = 26;
const decoder = new TextDecoder();

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function headOf(line: Uint8Array): string {
  return decoder.decode(line.subarray(0, HEAD));
}

/** `rest` and at most `count` bytes that follow it in the file. */
function readPiece(file: Deno.FsFile, rest: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const piece = new Uint8Array(rest.length + count);
  piece.set(rest);
  const read = file.readSync(piece.subarray(rest.length)) ?? 0;
  return piece.subarray(0, rest.length + read);
}

/** Index after the next line feed at or after `from`, or 0 where there is none. */
function endOfLine(bytes: Uint8Array, from: number): number {
  return bytes.indexOf(LINE_FEED, from) + 1;
}

function readFully(file: Deno.FsFile, bytes: Uint8Array): boolean {
  for (let done = 0; done < bytes.length;) {
    const read = file.readSync(bytes.subarray(done));
    if (read === null) return false;
    done += read;
  }
  return true;
}
