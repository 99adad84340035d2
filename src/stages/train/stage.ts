import type { Population, TrainedMember } from "../../artifacts/population.ts";
import { epochColumns, memberColumns, populationArtifact } from "../../artifacts/population.ts";
import type { Dataset } from "../../artifacts/dataset.ts";
import { withoutNeutralSettings } from "../../artifacts/neutral_settings.ts";
import type { Member, Sample } from "../../artifacts/sample.ts";
import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { sha256 } from "../../core/digest.ts";
import { resultRecord, stateRecord, type TrajectoryIdentity } from "../../core/identity.ts";
import { canonicalJson, type JsonObject } from "../../core/json.ts";
import { OTHER_COLUMNS } from "../../core/table.ts";
import type { Item, ItemsKind, TableColumns } from "../../core/stage_kind.ts";
import type { Duration } from "../../engine/course.ts";
import { usedCount } from "../../engine/examples.ts";
import { countParameters, modelOf } from "../../engine/models/model.ts";
import { type ProgramKey, programKey } from "../../engine/program_key.ts";
import { readsEpochs } from "../../engine/schedules.ts";
import { versionsOf } from "../../engine/versions.ts";
import { checkRecord, checkRecordedSize, recordedEpochs } from "./recording.ts";
import { type TrainConfig, trainSchema } from "./schema.ts";
import { checkStop } from "./stop.ts";
import { checkWarmup } from "./warmup.ts";

export interface TrainInputs {
  readonly sample: Sample;
}

/** What the engine process needs to train a member. */
export interface TrainWork extends Asked {
  readonly member: Member;
  readonly dataset: Dataset;
  readonly program: ProgramKey;
}

/** What is asked of the training of each member. */
interface Asked extends Duration {
  /** The epochs after which weights are recorded, ascending, whether it comes so far or not. */
  readonly recorded: readonly number[];
}

export type TrainOutcome = Pick<
  TrainedMember,
  "status" | "label_entropy" | "epochs" | "best_epoch" | "recorded" | "weights"
>;

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
    check: checkRecord,
    checkInputs: (config, inputs) => [
      ...checkWarmup(config, inputs),
      ...checkStop(config, inputs),
      ...checkRecordedSize(config, inputs),
    ],
    tables: (_config, inputs) => declaredTables(inputs["sample"]?.[0]?.output as Sample | undefined),
    list: (config, { sample: { dataset, members } }) => {
      const { epochs, stop } = config;
      const asked: Asked = { epochs, ...(stop && { stop }), recorded: recordedEpochs(config) };
      return members.map((member) => new TrainItem(dataset, member, asked, { engine, processor }));
    },
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
  if (sample === undefined) {
    return {
      members: [...memberColumns([], {}), OTHER_COLUMNS],
      epochs: [...epochColumns({}), OTHER_COLUMNS],
    };
  }
  const { members, dataset: { splits } } = sample;
  return { members: memberColumns(members, splits), epochs: epochColumns(splits) };
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
    private readonly asked: Asked,
    private readonly engine: Engine,
  ) {}

  get id() {
    return this.member.id;
  }

  get identity() {
    const { asked: { epochs, stop, recorded }, dataset: { splits: { test, validation } } } = this;
    return resultRecord({
      trajectory: this.#trajectory,
      epochs,
      evaluation: test.digest,
      ...(validation && { validation: validation.digest }),
      ...(stop && { stop: stop as unknown as JsonObject }),
      ...(recorded.length > 0 && { recorded }),
    });
  }

  get states() {
    return stateRecord({ trajectory: this.#trajectory, processor: this.engine.processor() });
  }

  get affinity() {
    const splits = Object.values(this.dataset.splits).map(({ digest }) => digest);
    return sha256(canonicalJson([this.#program, ...splits])); // a program holds its data
  }

  get cost() {
    return this.asked.epochs * predictedSecondsPerEpoch(this.dataset, this.member);
  }

  get work() {
    const { dataset, member, asked } = this;
    return { member, dataset, program: this.#program, ...asked };
  }

  get #program() {
    return programKey(this.dataset, this.member);
  }

  get #trajectory() {
    return trajectoryOf(this.dataset, this.member, this.asked.epochs, this.engine.engine);
  }
}

function trajectoryOf(
  dataset: Dataset,
  { settings, seed }: Member,
  epochs: number,
  engine: string,
): TrajectoryIdentity {
  return {
    settings: withoutNeutralSettings(settings),
    seed,
    data: dataset.splits.train.digest,
    image: dataset.shape,
    classes: dataset.classes.length,
    versions: versionsOf(settings),
    ...(readsEpochs(settings.training.schedule) && { epochs }),
    program: "graph",
    engine,
  };
}

function parametersOf(dataset: Dataset, { settings: { architecture } }: Member): number {
  return countParameters(modelOf(architecture).tensors(architecture, dataset.shape, dataset.classes.length));
}

/**
 * Seconds that a step takes however small, and more for each of its examples, for each multiplication of an example, and
 * for each score of its attention. Measured on one thread of an Intel Xeon with AVX-512, and right within a factor of
 * three: for order and time left alone.
 */
const SECONDS: Readonly<Record<ArchitectureKind, { step: number; example: number; multiplyAdd: number }>> = {
  mlp: { step: 8e-5, example: 0, multiplyAdd: 4.5e-11 },
  cnn: { step: 1e-4, example: 1e-5, multiplyAdd: 3.8e-11 },
  vit: { step: 2e-4, example: 6e-6, multiplyAdd: 7.5e-11 },
};
const SECONDS_PER_SCORE = 3e-9;

function predictedSecondsPerEpoch({ shape, classes, splits }: Dataset, { settings }: Member): number {
  const { architecture, training: { batch_size } } = settings;
  const { step, example, multiplyAdd } = SECONDS[architecture.kind];
  const { multiplyAdds, attentionScores } = modelOf(architecture);
  const perExample = example + multiplyAdds(architecture, shape, classes.length) * multiplyAdd +
    (attentionScores?.(architecture, shape) ?? 0) * SECONDS_PER_SCORE;
  const steps = Math.floor(usedCount(settings.training, splits.train.count) / batch_size);
  const evaluated = splits.test.count + (splits.validation?.count ?? 0);
  const forward = perExample / 3; // the gradients are the other two thirds
  return steps * (step + batch_size * perExample) + evaluated * forward;
}
