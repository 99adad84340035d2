import type { Dataset } from "../../../artifacts/dataset.ts";
import type { ArchitectureSettings, MemberSettings } from "../../../artifacts/settings.ts";
import { decodeSafetensors } from "../../../artifacts/safetensors.ts";
import { UserError } from "../../../core/diagnostic.ts";
import { type Digest, sha256 } from "../../../core/digest.ts";
import { canonicalJson } from "../../../core/json.ts";
import { fillUniform } from "../../../core/random/arrays.ts";
import { stream } from "../../../core/random/keyed.ts";
import type { ObjectWriter, SavedState } from "../../../core/stage_kind.ts";
import type { Duration } from "../../../engine/course.ts";
import type { DataTensors } from "../../../engine/data_variables.ts";
import { Program } from "../../../engine/program.ts";
import { type ProgramKey, programKey } from "../../../engine/program_key.ts";
import { NativeTensor } from "../../../engine/tensorflow/tensor.ts";
import type { Pace } from "../../../engine/training.ts";
import { recordedEpochs } from "../recording.ts";
import { store, train } from "../run.ts";
import type { TrainConfig } from "../schema.ts";
import type { TrainOutcome, TrainWork } from "../stage.ts";

const TRAIN = 72, BATCH = 16, SIDE = 4, CLASSES = 3;
export const STEPS_PER_EPOCH = Math.floor(TRAIN / BATCH);

/** The optimizers and architectures that trainings are tried with. */
export const OPTIMIZERS = {
  adam: { name: "adam", learning_rate: 0.01 },
  sgd: { name: "sgd", learning_rate: 0.05, momentum: 0.9 },
} as const;
export const ARCHITECTURES: Readonly<Record<string, ArchitectureSettings>> = {
  mlp: { kind: "mlp", depth: 2, width: 8, activation: "relu" },
  cnn: {
    kind: "cnn",
    depth: 1,
    channels: 4,
    kernel: 3,
    stride: 1,
    padding: "same",
    pool: true,
    dense: 6,
    activation: "relu",
  },
  vit: { kind: "vit", patch: 2, dim: 8, depth: 1, heads: 2, mlp_ratio: 2, pooling: "class" },
};

export function settingsOf(
  architecture: ArchitectureSettings,
  optimizer: MemberSettings["training"]["optimizer"],
): MemberSettings {
  return {
    architecture,
    init: { scheme: "glorot_uniform", scale: 1 },
    training: { optimizer, batch_size: BATCH },
  };
}

export interface RunOptions extends Pick<TrainConfig, "record">, Duration {
  /** The test split. */
  readonly split?: string;
  /** Whether it is evaluated on a validation split, too. */
  readonly validation?: boolean;
  readonly pace?: Partial<Pace>;
  /** Instead of those that were saved so far. */
  readonly states?: readonly SavedState[];
  /** Told of each progress; aborts the signal by returning true. */
  readonly stopAt?: (done: number, note: string) => boolean;
}

/** How a run of an item went. */
export interface Ran {
  /** Undefined: it was interrupted. */
  readonly outcome: TrainOutcome | undefined;
  /** How many steps were trained. */
  readonly steps: number;
  readonly notes: readonly string[];
  readonly saved: readonly { readonly state: SavedState; readonly lasting: boolean }[];
}

/** Bytes by their digest, each read checked, as the store has them. */
export class MemoryObjects implements ObjectWriter {
  readonly bytes = new Map<Digest, Uint8Array>();

  // deno-lint-ignore require-await -- the contract is asynchronous
  async get(digest: Digest): Promise<Uint8Array> {
    const bytes = this.bytes.get(digest);
    if (bytes !== undefined && sha256(bytes) === digest) return bytes.slice();
    throw new UserError(`Cannot read object ${digest}: it is gone or damaged`);
  }

  put(bytes: Uint8Array): Promise<Digest> {
    const digest = sha256(bytes);
    this.bytes.set(digest, bytes.slice());
    return Promise.resolve(digest);
  }
}

/** One member on data that are made up, its programs, and what was saved of it: all that an engine process would hold. */
export class Workbench {
  readonly #programs = new Map<string, { readonly program: Program; readonly data: DataTensors }>();

  readonly objects = new MemoryObjects();
  /** Those that the scheduler would have kept, as JSON texts. */
  #states: { readonly text: string; readonly lasting: boolean }[] = [];

  constructor(readonly settings: MemberSettings) {}

  /** Trains the member once, as the scheduler has it trained: from the saved states, saving those that come. */
  async run({ pace = {}, states, stopAt, ...options }: RunOptions): Promise<Ran> {
    const { program } = this.#open(options);
    const controller = new AbortController();
    const ran = { steps: 0, notes: [] as string[], saved: [] as Ran["saved"][number][] };
    const given = states ?? this.#states.map(({ text }): SavedState => JSON.parse(text));
    const context = {
      objects: this.objects,
      signal: controller.signal,
      states: given,
      progress: (done: number, note: string) => {
        ran.notes.push(note);
        if (stopAt?.(done, note)) controller.abort(INTERRUPTED);
      },
      save: (state: SavedState, { lasting = false } = {}) => {
        ran.saved.push({ state, lasting });
        if (!lasting) this.#dropPassing();
        this.#states.push({ text: canonicalJson(state), lasting });
        return Promise.resolve();
      },
    };
    const counting = countSteps(program, (steps) => ran.steps += steps);
    try {
      const trained = await train(counting, this.#work(options), context, pace);
      const outcome = await store(trained, context);
      if (ran.saved.length > 0) this.#dropPassing();
      return { ...ran, outcome };
    } catch (error) {
      if (error !== INTERRUPTED) throw error;
      return { ...ran, outcome: undefined };
    }
  }

  close(): void {
    for (const { program, data } of this.#programs.values()) {
      program.close();
      for (const tensor of Object.values(data)) tensor.free();
    }
  }

  /** The tensors of a result by name. */
  async weightsOf({ outcome }: Ran): Promise<ReadonlyMap<string, Float32Array>> {
    const { tensors } = decodeSafetensors(await this.objects.get(outcome!.weights));
    return new Map(tensors.map(({ name, data }) => [name, data]));
  }

  #dropPassing(): void {
    this.#states = this.#states.filter(({ lasting }) => lasting);
  }

  #work({ epochs, record, stop, split = "test", validation = false }: RunOptions): TrainWork {
    const testCount = split === "test" ? 40 : 23;
    const dataset: Dataset = {
      source: "made up",
      shape: [SIDE, SIDE, 1],
      classes: ["a", "b", "c"],
      splits: {
        train: { count: TRAIN, digest: sha256("train") },
        test: { count: testCount, digest: sha256(split) },
        ...validation && { validation: { count: 31, digest: sha256("validation") } },
      },
    };
    const program = programKey(dataset, this);
    const member = { id: "1", index: 1, replicate: 1, case: null, seed: "00000000000000a5" };
    return {
      member: { ...member, settings: this.settings },
      dataset,
      program,
      epochs,
      ...stop && { stop },
      recorded: recordedEpochs({ epochs, ...record && { record } }),
    };
  }

  #open(options: RunOptions) {
    const { split = "test", validation = false } = options;
    const name = canonicalJson([split, validation]);
    const known = this.#programs.get(name);
    if (known) return known;
    const { program: key } = this.#work(options);
    const data = dataOf(split, key);
    const opened = { program: Program.open(key, data), data };
    this.#programs.set(name, opened);
    return opened;
  }
}

const INTERRUPTED = new Error("interrupted by the test");

/** The program, telling how many steps it trains. */
function countSteps(program: Program, count: (steps: number) => void): Program {
  return new Proxy(program, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: number[]) => {
        if (name === "train") count(args[1]! - args[0]!);
        return value.apply(target, args);
      };
    },
  });
}

/** Closes the workbench at the end. */
export async function withWorkbench<Value>(
  settings: MemberSettings,
  use: (bench: Workbench) => Promise<Value>,
): Promise<Value> {
  const bench = new Workbench(settings);
  try {
    return await use(bench);
  } finally {
    bench.close();
  }
}

/** Trained from the beginning, in a program and a store of its own. */
export function fresh(settings: MemberSettings, options: RunOptions): Promise<Ran> {
  return withWorkbench(settings, (bench) => bench.run(options));
}

function dataOf(split: string, { trainCount, testCount, validationCount }: ProgramKey): DataTensors {
  const examples = (name: string, count: number): [NativeTensor, NativeTensor] => {
    const values = new Float32Array(count * SIDE * SIDE);
    fillUniform(values, 0, 255, stream("00000000000000a5", name));
    const images = Uint8Array.from(values, Math.round);
    const labels = Int32Array.from({ length: count }, (_, i) => brightestStripe(images, i));
    return [
      NativeTensor.from(images, "uint8", [count, SIDE * SIDE]),
      NativeTensor.from(labels, "int32", [count]),
    ];
  };
  const [trainImages, trainLabels] = examples("train", trainCount);
  const [testImages, testLabels] = examples(split, testCount);
  if (validationCount === undefined) return { trainImages, trainLabels, testImages, testLabels };
  const [validationImages, validationLabels] = examples("validation", validationCount);
  return { trainImages, trainLabels, testImages, testLabels, validationImages, validationLabels };
}

/** A rule that can be learned. */
function brightestStripe(images: Uint8Array, example: number): number {
  const sums = Array<number>(CLASSES).fill(0);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const stripe = pixel % CLASSES;
    sums[stripe] = sums[stripe]! + images[example * SIDE * SIDE + pixel]!;
  }
  return sums.indexOf(Math.max(...sums));
}
