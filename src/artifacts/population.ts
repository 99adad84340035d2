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
  // deno-lint-ignore require-await -- others read objects here
  tables: async (population) => ({ members: membersTable(population), epochs: epochsTable(population) }),
};

/** One row a member: its settings under their full paths, and how it ended. */
export function membersTable(population: Population): Table {
  const settings = population.members.map((member) => flatSettings(member.settings));
  const paths = [...new Set(settings.flatMap((flat) => [...flat.keys()]))].sort();
  const columns: Column[] = [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "case", type: "nominal", description: "Case of the family it was drawn from" },
    { name: "seed", type: "nominal", description: "64-bit seed, hexadecimal" },
    { name: "architecture", type: "nominal", description: "Kind of architecture" },
    ...paths.map((path): Column => ({
      name: path,
      type: settings.some((flat) => typeof flat.get(path) === "number") ? "quantitative" : "nominal",
      description: `Setting ${path}`,
    })),
    { name: "parameters", type: "quantitative", description: "Number of trainable parameters" },
    { name: "status", type: "nominal", description: "done or diverged" },
    { name: "epochs", type: "quantitative", description: "Epochs trained" },
    { name: "train_loss", type: "quantitative", description: "Mean loss over the last epoch, nats" },
    { name: "train_accuracy", type: "quantitative", description: "Accuracy over the last epoch" },
    {
      name: "test_loss",
      type: "quantitative",
      description: "Loss of the final weights on the test split, nats",
    },
    {
      name: "test_accuracy",
      type: "quantitative",
      description: "Accuracy of the final weights on the test split",
    },
    {
      name: "best_test_accuracy",
      type: "quantitative",
      description: "Highest test accuracy after any epoch",
    },
  ];
  const rows = population.members.map((member, i) => {
    const last = member.epochs.at(-1);
    return [
      member.id,
      member.case,
      member.seed,
      member.settings.architecture.kind,
      ...paths.map((path) => settings[i]!.get(path) ?? null),
      member.parameters,
      member.status,
      last?.epoch ?? 0,
      last?.train_loss ?? null,
      last?.train_accuracy ?? null,
      last?.test_loss ?? null,
      last?.test_accuracy ?? null,
      member.epochs.length > 0 ? Math.max(...member.epochs.map((row) => row.test_accuracy)) : null,
    ];
  });
  return { columns, rows };
}

/** One row a member and epoch. */
export function epochsTable(population: Population): Table {
  const columns: Column[] = [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "epoch", type: "quantitative", description: "Epochs trained" },
    { name: "train_loss", type: "quantitative", description: "Mean loss over the epoch's steps, nats" },
    { name: "train_accuracy", type: "quantitative", description: "Accuracy over the epoch's steps" },
    { name: "test_loss", type: "quantitative", description: "Loss on the test split after the epoch, nats" },
    {
      name: "test_accuracy",
      type: "quantitative",
      description: "Accuracy on the test split after the epoch",
    },
  ];
  const rows = population.members.flatMap(({ id, epochs }) =>
    epochs.map((row) => [id, row.epoch, row.train_loss, row.train_accuracy, row.test_loss, row.test_accuracy])
  );
  return { columns, rows };
}

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
