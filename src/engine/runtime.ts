import type { Dataset, SplitArrays } from "../artifacts/dataset.ts";
import { UserError } from "../core/diagnostic.ts";
import { canonicalJson } from "../core/json.ts";
import { elementCount } from "../core/shape.ts";
import { loadTfjs } from "./backend.ts";
import { openDataset } from "./data/open.ts";
import { type LibraryFiles, requireLibrary } from "./library/locate.ts";
import { type DataTensors, Program, type ProgramKey } from "./program.ts";
import { DataType, openTensorflow } from "./tensorflow/c_api.ts";
import { Graph } from "./tensorflow/graph.ts";
import { Session } from "./tensorflow/session.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";

/** What the engine process holds: the library, the data of each data set once, and programs that wait to be used again. */
export class Runtime {
  private readonly data = new Map<string, Promise<DataTensors>>();
  /** A program holds its data: two data sets may have equal shapes and counts. */
  private readonly idle: { readonly program: Program; readonly data: DataTensors }[] = [];

  private constructor(private readonly library: Promise<void>) {}

  /** Begins to open the library; data sets are decoded meanwhile. What is wrong with the library, dataOf() tells. */
  static open(): Runtime {
    const library = requireLibrary().then(openLibrary);
    library.catch(() => {}); // until dataOf() asks
    loadTfjs();
    return new Runtime(library);
  }

  /**
   * The arrays of a data set as tensors, made at the first call and kept.
   * @throws {UserError} If there is no library or it cannot be opened, or if the data set is missing or damaged
   */
  dataOf(dataset: Dataset): Promise<DataTensors> {
    const key = dataset.splits.train.digest + dataset.splits.test.digest;
    let tensors = this.data.get(key);
    if (!tensors) {
      tensors = loadData(dataset, this.library);
      this.data.set(key, tensors);
      tensors.catch(() => this.data.delete(key));
    }
    return tensors;
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
    const program = waiting >= 0 ? this.idle.splice(waiting, 1)[0]!.program : await Program.open(key, data);
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
    for (const tensors of this.data.values()) {
      for (const tensor of Object.values(await tensors)) tensor.free();
    }
    this.data.clear();
  }
}

async function openLibrary(located: LibraryFiles): Promise<void> {
  try {
    await openTensorflow(located);
  } catch (error) {
    throw new UserError(
      `Cannot open libtensorflow at "${located.cc}": ${(error as Error).message}`,
      "run `weft doctor --deep`; `weft setup` installs the pinned library anew",
    );
  }
}

async function loadData(dataset: Dataset, library: Promise<void>): Promise<DataTensors> {
  const [{ train, test }] = await Promise.all([openDataset(dataset), library]);
  return {
    trainImages: await scaledImages(dataset, train),
    trainLabels: NativeTensor.from(Int32Array.from(train.labels), "int32", [train.labels.length]),
    testImages: await scaledImages(dataset, test),
    testLabels: NativeTensor.from(Int32Array.from(test.labels), "int32", [test.labels.length]),
  };
}

/** uint8 to float32 in [0, 1] by TensorFlow, which is many times faster at it. */
async function scaledImages({ shape }: Dataset, { images, labels }: SplitArrays): Promise<NativeTensor> {
  const pixels = elementCount(shape);
  const bytes = NativeTensor.from(images, "uint8", [labels.length, pixels]);
  const graph = new Graph();
  const given = graph.placeholder(DataType.uint8, [labels.length, pixels]);
  const [floats] = graph.add("Cast", [given], { DstT: { type: "dtype", value: DataType.float32 } });
  const [scaled] = graph.add("RealDiv", [floats!, graph.scalar(255, "float32")]);
  const session = new Session(graph);
  try {
    return (await session.run([[given, bytes]], [scaled!]))[0]!;
  } finally {
    session.close();
    graph.free();
    bytes.free();
  }
}
