import type { Dataset } from "../artifacts/dataset.ts";
import { UserError } from "../core/diagnostic.ts";
import { canonicalJson } from "../core/json.ts";
import { loadTfjs } from "./backend.ts";
import { KeptData } from "./kept_data.ts";
import { type LibraryFiles, requireLibrary } from "./library/locate.ts";
import { loadData } from "./load_data.ts";
import type { DataTensors } from "./data_variables.ts";
import { Program } from "./program.ts";
import type { ProgramKey } from "./program_key.ts";
import { openTensorflow } from "./tensorflow/c_api.ts";

/** What the engine process holds: the library, data sets, each of them once, and programs that wait to be used again. */
export class Runtime {
  private readonly data: KeptData<DataTensors>;
  /** A program holds its data: two data sets may have equal shapes and counts. */
  private readonly idle: { readonly program: Program; readonly data: DataTensors }[] = [];

  private constructor(library: Promise<void>) {
    this.data = new KeptData((dataset) => loadData(dataset, library), (data) => this.letGo(data));
  }

  /** Begins to open the library; data sets are decoded meanwhile. What is wrong with the library, withData() tells. */
  static open(): Runtime {
    const library = requireLibrary().then((located) => {
      const opening = openLibrary(located);
      loadTfjs(); // while another thread opens the library
      return opening;
    });
    library.catch(() => {}); // until withData() asks
    return new Runtime(library);
  }

  /**
   * Lends the arrays of a data set as tensors. They are made once for all who use them at the same time or soon after.
   * @throws {UserError} If there is no library or it cannot be opened, or if the data set is missing or damaged
   */
  withData<Value>(dataset: Dataset, use: (data: DataTensors) => Promise<Value>): Promise<Value> {
    return this.data.lend(dataset, use);
  }

  /** Lends a program for the key and the data: one that waits, or a new one. At most `kept` programs wait. */
  async withProgram<Value>(
    key: ProgramKey,
    data: DataTensors,
    use: (program: Program) => Promise<Value>,
    kept = 2,
  ): Promise<Value> {
    const same = canonicalJson(key);
    const waiting = this.idle.findIndex((idle) =>
      idle.data === data && canonicalJson(idle.program.key) === same
    );
    const program = waiting >= 0 ? this.idle.splice(waiting, 1)[0]!.program : Program.open(key, data);
    try {
      const value = await use(program);
      this.idle.push({ program, data });
      return value;
    } catch (error) {
      program.close();
      throw error;
    } finally {
      while (this.idle.length > kept) this.idle.shift()!.program.close();
    }
  }

  /** Frees all native memory that this runtime holds. Nothing may be using it. */
  async close(): Promise<void> {
    for (const { program } of this.idle.splice(0)) program.close();
    await this.data.close();
  }

  /** Frees the tensors of a data set, and the programs that hold them. */
  private letGo(data: DataTensors): void {
    for (const held of this.idle.filter((idle) => idle.data === data)) {
      this.idle.splice(this.idle.indexOf(held), 1);
      held.program.close();
    }
    for (const tensor of Object.values(data)) tensor.free();
  }
}

/** @throws {UserError} If it cannot be opened */
export async function openLibrary(located: LibraryFiles): Promise<void> {
  try {
    await openTensorflow(located);
  } catch (error) {
    throw new UserError(
      `Cannot open libtensorflow at "${located.cc}": ${(error as Error).message}`,
      "run `weft doctor --deep`; `weft setup` installs the pinned library anew",
    );
  }
}
