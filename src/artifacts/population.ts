import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { Column, Table } from "../core/table.ts";
import type { ArtifactType } from "../core/stage_kind.ts";
import type { Dataset } from "./dataset.ts";
import type { Member } from "./sample.ts";

/** Trained members: a manifest. Weights stay in the store and are opened one member at a time. */
export interface Population {
  readonly dataset: Dataset;
  readonly epochs: number;
  /** How many were to be trained; fewer members than this: some failed. */
  readonly planned: number;
  readonly members: readonly TrainedMember[];
}

export interface TrainedMember extends Member {
  readonly parameters: number;
  readonly status: "done" | "diverged";
  readonly epochs: readonly EpochRow[];
  /** A safetensors object: `init/<tensor>` and `final/<tensor>`, float32. Tensor names as `dense_1/kernel`. */
  readonly weights: Digest;
}

/** One epoch, counted from 1. Losses are mean cross-entropies in nats, accuracies shares of 1; null: not finite. */
export interface EpochRow {
  readonly epoch: number;
  /** Over the epoch's steps, each at the weights of its step. */
  readonly train_loss: number | null;
  readonly train_accuracy: number;
  /** With the weights after the epoch. */
  readonly test_loss: number | null;
  readonly test_accuracy: number;
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
  readonly of: (member: Pick<TrainedMember, "epochs">) => number | null;
}

/** All metrics that training records: columns of table `members`. */
export const METRICS: readonly Metric[] = [
  lastMetric("train_loss", "low", "Mean loss over the last epoch, nats"),
  lastMetric("train_accuracy", "high", "Accuracy over the last epoch"),
  lastMetric("test_loss", "low", "Loss of the final weights on the test split, nats"),
  lastMetric("test_accuracy", "high", "Accuracy of the final weights on the test split"),
  {
    column: {
      name: "best_test_accuracy",
      type: "quantitative",
      description: "Highest test accuracy after any epoch",
      better: "high",
    },
    of: ({ epochs }) => epochs.length === 0 ? null : Math.max(...epochs.map((row) => row.test_accuracy)),
  },
];

/** One row a member: its settings under their full paths, and how it ended. */
export function membersTable({ members }: Population): Table {
  const columns = memberColumns(members);
  const paths = settingTypes(members).map(([path]) => path);
  const rowOf = (member: TrainedMember) => {
    const settings = flatSettings(member.settings);
    return [
      member.id,
      member.case,
      member.seed,
      member.settings.architecture.kind,
      ...paths.map((path) => settings.get(path) ?? null),
      member.parameters,
      member.status,
      member.epochs.at(-1)?.epoch ?? 0,
      ...METRICS.map(({ of }) => of(member)),
    ];
  };
  const rows = { [Symbol.iterator]: () => members.values().map(rowOf) };
  return { columns, rows };
}

/**
 * The columns of table `members`. Before training they are those of all members of the sample; a setting that only members
 * have whose training failed is not in the table then.
 */
export function memberColumns(members: readonly Pick<Member, "settings">[]): Column[] {
  return [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "case", type: "nominal", description: "Case of the family it was drawn from" },
    { name: "seed", type: "nominal", description: "64-bit seed, hexadecimal" },
    { name: "architecture", type: "nominal", description: "Kind of architecture" },
    ...settingTypes(members).map(([name, type]): Column => ({ name, type, description: `Setting ${name}` })),
    { name: "parameters", type: "quantitative", description: "Number of trainable parameters" },
    { name: "status", type: "nominal", description: "done or diverged" },
    { name: "epochs", type: "quantitative", description: "Epochs trained" },
    ...METRICS.map(({ column }) => column),
  ];
}

/** One row a member and epoch. */
export function epochsTable({ members }: Population): Table {
  const rowsOf = ({ id, epochs }: TrainedMember) =>
    epochs.map((
      row,
    ) => [id, row.epoch, row.train_loss, row.train_accuracy, row.test_loss, row.test_accuracy]);
  const rows = { [Symbol.iterator]: () => members.values().flatMap(rowsOf) };
  return { columns: EPOCH_COLUMNS, rows };
}

export const EPOCH_COLUMNS: readonly Column[] = [
  { name: "member", type: "nominal", description: "Id of the member in its sample" },
  { name: "epoch", type: "quantitative", description: "Epochs trained" },
  { name: "train_loss", type: "quantitative", description: "Mean loss over the epoch's steps, nats" },
  { name: "train_accuracy", type: "quantitative", description: "Accuracy over the epoch's steps" },
  { name: "test_loss", type: "quantitative", description: "Loss on the test split after the epoch, nats" },
  { name: "test_accuracy", type: "quantitative", description: "Accuracy on the test split after the epoch" },
];

/** A settings tree as full paths and values: `architecture.depth` → 3. `architecture.kind` has a column of its own. */
export function flatSettings(settings: object, prefix = ""): Map<string, Json> {
  const flat = new Map<string, Json>();
  for (const [key, value] of Object.entries(settings)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (path === "architecture.kind") continue;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [inner, leaf] of flatSettings(value, path)) flat.set(inner, leaf);
    } else {
      flat.set(path, value as Json);
    }
  }
  return flat;
}

/** The value of a metric after the last epoch. */
function lastMetric(
  name: Exclude<keyof EpochRow, "epoch">,
  better: "high" | "low",
  description: string,
): Metric {
  return {
    column: { name, type: "quantitative", description, better },
    of: ({ epochs }) => epochs.at(-1)?.[name] ?? null,
  };
}

/** The full paths of all settings that any member has, sorted; quantitative where one has a number. */
function settingTypes(members: readonly Pick<Member, "settings">[]): [path: string, Column["type"]][] {
  const types = new Map<string, Column["type"]>();
  for (const { settings } of members) {
    for (const [path, value] of flatSettings(settings)) {
      if (typeof value === "number") types.set(path, "quantitative");
      else if (!types.has(path)) types.set(path, "nominal");
    }
  }
  return [...types].sort(([a], [b]) => a < b ? -1 : 1);
}
