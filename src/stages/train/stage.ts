import type { EpochRow, Population } from "../../artifacts/population.ts";
import { EPOCH_COLUMNS, memberColumns, populationArtifact } from "../../artifacts/population.ts";
import type { Dataset } from "../../artifacts/dataset.ts";
import type { Member, Sample } from "../../artifacts/sample.ts";
import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { type Digest, sha256 } from "../../core/digest.ts";
import { resultRecord, stateRecord, type TrajectoryIdentity } from "../../core/identity.ts";
import { canonicalJson, type JsonObject } from "../../core/json.ts";
import { OTHER_COLUMNS } from "../../core/table.ts";
import type { Item, ItemsKind, TableColumns } from "../../core/stage_kind.ts";
import { countParameters, modelOf } from "../../engine/models/model.ts";
import type { ProgramKey } from "../../engine/program.ts";
import { COMPONENT_VERSIONS } from "../../engine/versions.ts";
import { type TrainConfig, trainSchema } from "./schema.ts";

export interface TrainInputs {
  readonly sample: Sample;
}

/** What the engine process needs to train a member. */
export interface TrainWork {
  readonly member: Member;
  readonly dataset: Dataset;
  readonly program: ProgramKey;
  readonly epochs: number;
}

export interface TrainOutcome {
  readonly status: "done" | "diverged";
  readonly epochs: readonly EpochRow[];
  readonly weights: Digest;
}

/**
 * @param engine identity of the numerical library: its floats differ from those of other builds
 * @param processor class of the processors that train here, asked when states are looked for: see core/processor.ts
 */
export function trainKind(
  engine: string,
  processor: () => string,
): ItemsKind<TrainConfig, TrainInputs, TrainWork, TrainOutcome, Population> {
  return {
    name: "train",
    version: 1,
    description: trainSchema.description,
    contract: "items",
    place: "engine",
    noun: "model",
    schema: trainSchema,
    inputs: { sample: { artifact: "sample" } },
    output: populationArtifact,
    tables: (_config, inputs) => declaredTables(inputs["sample"]?.[0]?.output as Sample | undefined),
    list: ({ epochs }, { sample }) =>
      sample.members.map((member) => new TrainItem(sample.dataset, member, epochs, { engine, processor })),
    load: async () => (await import("./run.ts")).runMember,
    // deno-lint-ignore require-await -- other kinds write objects here
    collect: async ({ epochs }, { sample: { dataset, members } }, _items, outcomes) => ({
      dataset,
      epochs,
      planned: members.length,
      members: members.flatMap((member, i) => {
        const outcome = outcomes[i];
        return outcome ? [{ ...member, parameters: parametersOf(dataset, member), ...outcome }] : [];
      }),
    }),
  };
}

function declaredTables(sample: Sample | undefined): TableColumns {
  const members = sample === undefined
    ? [...memberColumns([]), OTHER_COLUMNS]
    : memberColumns(sample.members);
  return { members, epochs: EPOCH_COLUMNS };
}

/** What a class of machine and its numerical library are: parts of identities. */
interface Engine {
  readonly engine: string;
  readonly processor: () => string;
}

/** Says what it is asked for only then: there may be 100,000, and a plan that finds all stored asks for identities alone. */
class TrainItem implements Item<TrainWork> {
  constructor(
    private readonly dataset: Dataset,
    private readonly member: Member,
    private readonly epochs: number,
    private readonly engine: Engine,
  ) {}

  get id() {
    return this.member.id;
  }

  get identity() {
    const { epochs, dataset: { splits } } = this;
    return resultRecord({ trajectory: this.#trajectory, epochs, evaluation: splits.test.digest });
  }

  get states() {
    return stateRecord({ trajectory: this.#trajectory, processor: this.engine.processor() });
  }

  get affinity() {
    const { train, test } = this.dataset.splits;
    const program = programKey(this.dataset, this.member);
    return sha256(canonicalJson([program, train.digest, test.digest])); // a program holds its data
  }

  get cost() {
    return this.epochs * predictedSecondsPerEpoch(this.dataset, this.member);
  }

  get work() {
    const { dataset, member, epochs } = this;
    return { member, dataset, program: programKey(dataset, member), epochs };
  }

  get #trajectory() {
    return trajectoryOf(this.dataset, this.member, this.engine.engine);
  }
}

function trajectoryOf(dataset: Dataset, { settings, seed }: Member, engine: string): TrajectoryIdentity {
  const { init, loop, models, optimizers } = COMPONENT_VERSIONS;
  return {
    settings: settings as unknown as JsonObject,
    seed,
    data: dataset.splits.train.digest,
    versions: {
      init,
      loop,
      model: models[settings.architecture.kind],
      optimizer: optimizers[settings.training.optimizer.name],
    },
    program: "graph",
    engine,
  };
}

function programKey(dataset: Dataset, { settings }: Member): ProgramKey {
  return {
    architecture: settings.architecture,
    optimizer: settings.training.optimizer.name,
    batchSize: settings.training.batch_size,
    image: dataset.shape,
    classes: dataset.classes.length,
    trainCount: dataset.splits.train.count,
    testCount: dataset.splits.test.count,
  };
}

function parametersOf(dataset: Dataset, { settings: { architecture } }: Member): number {
  return countParameters(modelOf(architecture).tensors(architecture, dataset.shape, dataset.classes.length));
}

/**
 * Seconds that a step takes however small, and more for each of its examples and for each multiplication of an example.
 * Measured on one thread of an Intel Xeon with AVX-512, and right within a factor of three: for order and time left alone.
 */
const SECONDS: Readonly<Record<ArchitectureKind, { step: number; example: number; multiplyAdd: number }>> = {
  mlp: { step: 9e-5, example: 0, multiplyAdd: 4.5e-11 },
  cnn: { step: 1e-4, example: 1.5e-5, multiplyAdd: 5.5e-11 },
  vit: { step: 4e-4, example: 4e-5, multiplyAdd: 8e-11 },
};

function predictedSecondsPerEpoch({ shape, classes, splits }: Dataset, { settings }: Member): number {
  const { architecture, training: { batch_size } } = settings;
  const { step, example, multiplyAdd } = SECONDS[architecture.kind];
  const multiplyAdds = modelOf(architecture).multiplyAdds(architecture, shape, classes.length);
  const secondsPerStep = step + batch_size * (example + multiplyAdds * multiplyAdd);
  return Math.floor(splits.train.count / batch_size) * secondsPerStep;
}
