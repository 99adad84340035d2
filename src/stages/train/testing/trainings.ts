import type { Dataset } from "../../../artifacts/dataset.ts";
import type { ArchitectureSettings, MemberSettings } from "../../../artifacts/settings.ts";
import { UserError } from "../../../core/diagnostic.ts";
import { type Digest, sha256 } from "../../../core/digest.ts";
import { canonicalJson } from "../../../core/json.ts";
import { fillUniform } from "../../../core/random/arrays.ts";
import { stream } from "../../../core/random/keyed.ts";
import type { ObjectWriter, SavedState } from "../../../core/stage_kind.ts";
import { type DataTensors, Program, type ProgramKey } from "../../../engine/program.ts";
import { NativeTensor } from "../../../engine/tensorflow/tensor.ts";
import type { Pace } from "../../../engine/training.ts";
import { store, train } from "../run.ts";
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

export interface RunOptions {
  readonly epochs: number;
  readonly split?: string;
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
  /** As JSON texts. */
  readonly #states: string[] = [];

  constructor(private readonly settings: MemberSettings) {}

  /** Trains the member once, as the scheduler has it trained: from the saved states, saving those that come. */
  async run({ epochs, split = "test", pace = {}, states, stopAt }: RunOptions): Promise<Ran> {
    const { program } = await this.#open(split);
    const controller = new AbortController();
    const ran = { steps: 0, notes: [] as string[], saved: [] as Ran["saved"][number][] };
    const given = states ?? this.#states.map((text): SavedState => JSON.parse(text));
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
        this.#states.push(canonicalJson(state));
        return Promise.resolve();
      },
    };
    const counting = countSteps(program, (steps) => ran.steps += steps);
    try {
      const trained = await train(counting, this.#work(epochs, split), context, pace);
      return { ...ran, outcome: await store(trained, context) };
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

  #work(epochs: number, split: string): TrainWork {
    const testCount = split === "test" ? 40 : 23;
    const classCounts = [1, 1, 1];
    const dataset: Dataset = {
      source: "made up",
      shape: [SIDE, SIDE, 1],
      classes: ["a", "b", "c"],
      splits: {
        train: { count: TRAIN, digest: sha256("train"), classCounts },
        test: { count: testCount, digest: sha256(split), classCounts },
      },
    };
    const { architecture, training } = this.settings;
    const program: ProgramKey = {
      architecture,
      optimizer: training.optimizer.name,
      batchSize: training.batch_size,
      image: dataset.shape,
      classes: CLASSES,
      trainCount: TRAIN,
      testCount,
    };
    const member = { id: "1", index: 1, replicate: 1, case: null, seed: "00000000000000a5" };
    return { member: { ...member, settings: this.settings }, dataset, program, epochs };
  }

  async #open(split: string) {
    const known = this.#programs.get(split);
    if (known) return known;
    const { program: key } = this.#work(1, split);
    const data = dataOf(split, key);
    const opened = { program: await Program.open(key, data), data };
    this.#programs.set(split, opened);
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

function dataOf(split: string, { trainCount, testCount }: ProgramKey): DataTensors {
  const examples = (name: string, count: number): [NativeTensor, NativeTensor] => {
    const images = new Float32Array(count * SIDE * SIDE);
    fillUniform(images, 0, 1, stream("00000000000000a5", name));
    const labels = Int32Array.from({ length: count }, (_, i) => brightestStripe(images, i));
    return [
      NativeTensor.from(images, "float32", [count, SIDE * SIDE]),
      NativeTensor.from(labels, "int32", [count]),
    ];
  };
  const [trainImages, trainLabels] = examples("train", trainCount);
  const [testImages, testLabels] = examples(split, testCount);
  return { trainImages, trainLabels, testImages, testLabels };
}

/** A rule that can be learned. */
function brightestStripe(images: Float32Array, example: number): number {
  const sums = Array<number>(CLASSES).fill(0);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const stripe = pixel % CLASSES;
    sums[stripe] = sums[stripe]! + images[example * SIDE * SIDE + pixel]!;
  }
  return sums.indexOf(Math.max(...sums));
}
