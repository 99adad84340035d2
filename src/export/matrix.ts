import type { Population } from "../artifacts/population.ts";
import type { Tensor } from "../artifacts/safetensors.ts";
import { writeAll } from "../core/files.ts";
import type { Table } from "../core/table.ts";
import { tableCsv } from "../report/table_text.ts";
import { checkpointsOf } from "./checkpoints.ts";

/**
 * All checkpoints as rows of one matrix, `weights.npy`, and `layout.csv`, which says which columns are which tensor: as
 * the Small CNN Zoo has them. Only of members that have the same tensors; of others there is neither.
 */
export class Matrix {
  #file: Deno.FsFile | undefined;
  #layout: string | undefined;

  private constructor(private readonly folder: string, private readonly rows: number) {}

  static of(folder: string, { members }: Population): Matrix {
    return new Matrix(folder, members.reduce((sum, member) => sum + checkpointsOf(member).length, 0));
  }

  /** Adds a row. The members whose tensors differ from those before end it. */
  async add(tensors: readonly Tensor[]): Promise<void> {
    const layout = [...tableCsv(layoutTable(tensors))].join("");
    if (this.#layout === undefined) {
      this.#layout = layout;
      this.#file = await Deno.create(`${this.folder}/weights.npy`);
      await writeAll(this.#file, npyHeader(this.rows, sizeOf(tensors)));
    }
    if (layout !== this.#layout) await this.#drop();
    if (this.#file) await writeAll(this.#file, matrixRow(tensors));
  }

  /** Writes the layout, where there is a matrix. */
  async end(): Promise<void> {
    if (this.#file === undefined) return;
    this.close();
    await Deno.writeTextFile(`${this.folder}/layout.csv`, this.#layout!);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #drop(): Promise<void> {
    if (this.#file === undefined) return;
    this.close();
    await Deno.remove(`${this.folder}/weights.npy`);
  }
}

/**
 * The start of a NumPy file of float32, row-major; the rows follow.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0
 */
function npyHeader(rows: number, columns: number): Uint8Array {
  const described = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const size = Math.ceil((10 + described.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + size).fill(0x20);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, size & 255, size >> 8]);
  bytes.set(new TextEncoder().encode(described), 10);
  bytes[bytes.length - 1] = 0x0a;
  return bytes;
}

/** The tensors of a checkpoint, flattened one after the other. */
function matrixRow(tensors: readonly Tensor[]): Uint8Array {
  const row = new Float32Array(sizeOf(tensors));
  let at = 0;
  for (const { data } of tensors) {
    row.set(data, at);
    at += data.length;
  }
  return new Uint8Array(row.buffer);
}

/** Under the names of the Zoo; the end is not included. */
function layoutTable(tensors: readonly Tensor[]): Table {
  let start = 0;
  const rows = tensors.map(({ name, shape, data: { length } }) => {
    const end = start + length;
    const row = [name, start, end, length, `(${shape.join(", ")})`];
    start = end;
    return row;
  });
  const names = ["varname", "start_idx", "end_idx", "size", "shape"];
  return { columns: names.map((name) => ({ name, type: "nominal", description: "" })), rows };
}

function sizeOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { data }) => sum + data.length, 0);
}
