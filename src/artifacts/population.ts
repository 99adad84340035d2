import type { Digest } from "../core/digest.ts";
import type { Column, Table } from "../core/table.ts";
import type { ArtifactType } from "../core/stage_kind.ts";
import type { Dataset } from "./dataset.ts";
import type { Member } from "./sample.ts";
import { settingCells, settingColumns } from "./setting_columns.ts";

/** Trained members: a manifest. Weights stay in the store and are opened one member at a time. */
export interface Population {
  readonly dataset: Dataset;
  /** How many each member trains at most. */
  readonly epochs: number;
  /** How many were to be trained; fewer members than this: some failed. */
  readonly planned: number;
  readonly members: readonly TrainedMember[];
}

export interface TrainedMember extends Member {
  readonly parameters: number;
  readonly status: TrainingStatus;
  /** Of the labels that it trained on, in nats: the loss of the best guess that does not look at the image. */
  readonly label_entropy: number;
  /** All that were run. */
  readonly epochs: readonly EpochRow[];
  /** The epoch whose weights are the final ones, where early stopping restored it; null: they are those after the last one. */
  readonly best_epoch: number | null;
  /** The epochs after which its weights are recorded, ascending. */
  readonly recorded: readonly number[];
  /**
   * A safetensors object: `init/<tensor>`, `epoch_<epoch>/<tensor>` of those that are recorded and `final/<tensor>`,
   * float32. Tensor names as `dense_1/kernel`.
   */
  readonly weights: Digest;
}

/**
 * How a training ended: after all its epochs; with a loss that is not finite, on the training split or, at its last
 * weights, on another; or before all its epochs, by a rule for early stopping.
 */
export type TrainingStatus = "done" | "diverged" | "stopped_early";

/** One epoch, counted from 1. Losses are mean cross-entropies in nats, accuracies shares of 1; null: not finite. */
export interface EpochRow {
  readonly epoch: number;
  /** Over the epoch's steps, each at the weights of its step: the loss that is trained on. */
  readonly train_loss: number | null;
  readonly train_accuracy: number;
  /** With the weights after the epoch. */
  readonly test_loss: number | null;
  readonly test_accuracy: number;
  /** If and only if the data set has a validation split. */
  readonly validation_loss?: number | null;
  readonly validation_accuracy?: number;
}

export const populationArtifact: ArtifactType<Population> = {
  name: "population",
  tables: (population) => ({
    members: () => Promise.resolve(membersTable(population)),
    epochs: () => Promise.resolve(epochsTable(population)),
  }),
};

/** A number that tells how well a trained member turned out; null: it has none, or one that is not finite. */
export interface Metric {
  readonly column: Column & Required<Pick<Column, "better">>;
  /** The split that it is of, where a data set may lack it. */
  readonly split?: "validation";
  readonly of: (member: Pick<TrainedMember, "epochs" | "best_epoch">) => number | null;
}

/** All metrics that training records of some data set: columns of table `members`. */
export const METRICS: readonly Metric[] = [
  finalMetric("train_loss", "low", "Mean loss over the epoch of the final weights, nats"),
  finalMetric("train_accuracy", "high", "Accuracy over the epoch of the final weights"),
  finalMetric("test_loss", "low", "Loss of the final weights on the test split, nats"),
  finalMetric("test_accuracy", "high", "Accuracy of the final weights on the test split"),
  {
    column: {
      name: "best_test_accuracy",
      type: "quantitative",
      description: "Highest test accuracy after any epoch",
      better: "high",
    },
    of: ({ epochs }) =>
      epochs.reduce<number | null>((best, row) => Math.max(best ?? 0, row.test_accuracy), null),
  },
  {
    ...finalMetric("validation_loss", "low", "Loss of the final weights on the validation split, nats"),
    split: "validation",
  },
  {
    ...finalMetric("validation_accuracy", "high", "Accuracy of the final weights on the validation split"),
    split: "validation",
  },
];

/** The row of the epoch that a member's final weights are of; undefined where none was run. */
export function finalRow(
  { epochs, best_epoch }: Pick<TrainedMember, "epochs" | "best_epoch">,
): EpochRow | undefined {
  return epochs[(best_epoch ?? epochs.length) - 1];
}

/** One row a member: its settings under their full paths, and how it ended. */
export function membersTable({ members, dataset: { splits } }: Population): Table {
  const columns = memberColumns(members, splits);
  const metrics = metricsOf(splits);
  const settings = settingColumns(members);
  const rowOf = (member: TrainedMember) => {
    return [
      member.id,
      member.case,
      member.seed,
      member.settings.architecture.kind,
      ...settingCells(member.settings, settings),
      member.parameters,
      member.status,
      member.epochs.at(-1)?.epoch ?? 0,
      member.best_epoch,
      member.label_entropy,
      ...metrics.map(({ of }) => of(member)),
    ];
  };
  const rows = { [Symbol.iterator]: () => members.values().map(rowOf) };
  return { columns, rows };
}

/**
 * The columns of table `members`. Before training they are those of all members of the sample; a setting that only members
 * have whose training failed is not in the table then.
 */
export function memberColumns(members: readonly Pick<Member, "settings">[], splits: Splits): Column[] {
  return [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "case", type: "nominal", description: "Case of the family it was drawn from" },
    { name: "seed", type: "nominal", description: "64-bit seed, hexadecimal" },
    { name: "architecture", type: "nominal", description: "Kind of architecture" },
    ...settingColumns(members),
    { name: "parameters", type: "quantitative", description: "Number of trainable parameters" },
    { name: "status", type: "nominal", description: "done, diverged or stopped_early" },
    { name: "epochs", type: "quantitative", description: "Epochs trained" },
    {
      name: "best_epoch",
      type: "quantitative",
      description: "Epoch of the final weights where early stopping restored its best one, else null",
    },
    {
      name: "label_entropy",
      type: "quantitative",
      description: "Entropy of the labels trained on, nats: the loss of the best guess without the image",
    },
    ...metricsOf(splits).map(({ column }) => column),
  ];
}

/** One row a member and epoch. */
export function epochsTable({ members, dataset: { splits } }: Population): Table {
  const columns = epochColumns(splits);
  const fields = columns.slice(1).map(({ name }) => name as keyof EpochRow);
  const rowsOf = ({ id, epochs }: TrainedMember) =>
    epochs.map((row) => [id, ...fields.map((field) => row[field] ?? null)]);
  const rows = { [Symbol.iterator]: () => members.values().flatMap(rowsOf) };
  return { columns, rows };
}

export function epochColumns({ validation }: Splits): Column[] {
  return [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "epoch", type: "quantitative", description: "Epochs trained" },
    { name: "train_loss", type: "quantitative", description: "Mean loss over the epoch's steps, nats" },
    { name: "train_accuracy", type: "quantitative", description: "Accuracy over the epoch's steps" },
    ...evaluationColumns("test"),
    ...(validation ? evaluationColumns("validation") : []),
  ];
}

/** Whether there is a validation split decides which columns there are. */
interface Splits {
  readonly validation?: unknown;
}

/** The metrics that training records of a data set with these splits. */
export function metricsOf({ validation }: Splits): readonly Metric[] {
  return METRICS.filter(({ split }) => split === undefined || validation !== undefined);
}

function evaluationColumns(split: "test" | "validation"): Column[] {
  const after = `on the ${split} split after the epoch`;
  return [
    { name: `${split}_loss`, type: "quantitative", description: `Loss ${after}, nats` },
    { name: `${split}_accuracy`, type: "quantitative", description: `Accuracy ${after}` },
  ];
}

/** The value of a metric in the row of the final weights. */
function finalMetric(
  name: Exclude<keyof EpochRow, "epoch">,
  better: "high" | "low",
  description: string,
): Metric {
  return {
    column: { name, type: "quantitative", description, better },
    of: (member) => finalRow(member)?.[name] ?? null,
  };
}
