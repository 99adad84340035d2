import type { Population, TrainedMember } from "../artifacts/population.ts";
import { flatSettings } from "../artifacts/setting_columns.ts";
import type { InitScheme, MemberSettings } from "../artifacts/settings.ts";
import type { Json } from "../core/json.ts";
import type { Column, Table } from "../core/table.ts";
import { type Checkpoint, checkpointPath, checkpointsOf } from "./checkpoints.ts";

/**
 * A row for each checkpoint of each member, in the order of the weights' matrix. The first columns are those of the Small
 * CNN Zoo, in its order: the checkpoint's path as the index, the metrics, the settings under the Zoo's names; then what
 * weft knows besides. Weights before the first epoch were not evaluated: their metrics are missing.
 * @see Unterthiner and others, Predicting neural network accuracy from weights (2020)
 */
export function metricsTable(population: Population): Table {
  const paths = settingPaths(population);
  const describe = { type: "nominal", description: "" } as const;
  const names = ["", ...METRICS, ...Object.keys(ZOO), "modeldir", "step", "laststep", ...OWN, ...paths];
  const columns = names.map((name): Column => ({ name, ...describe }));
  const rowsOf = (member: TrainedMember) =>
    checkpointsOf(member).map((checkpoint) => rowOf(population, member, checkpoint, paths));
  return { columns, rows: { [Symbol.iterator]: () => population.members.values().flatMap(rowsOf) } };
}

const METRICS = ["test_accuracy", "test_loss", "train_accuracy", "train_loss"] as const;
const OWN = ["member", "case", "seed", "status", "parameters"] as const;

function rowOf(
  population: Population,
  member: TrainedMember,
  checkpoint: Checkpoint,
  paths: readonly string[],
): Json[] {
  const row = member.epochs[checkpoint.epoch - 1];
  const settings = flatSettings(member.settings);
  return [
    checkpointPath(member, checkpoint),
    ...METRICS.map((name) => row?.[name] ?? null),
    ...Object.values(ZOO).map((of) => of(member.settings, population, member) ?? null),
    `members/${member.id}`,
    checkpoint.epoch,
    checkpoint.isFinal,
    ...OWN.map((name) => name === "member" ? member.id : member[name]),
    ...paths.map((path) => settings.get(path) ?? null),
  ];
}

type ZooColumn = (
  settings: MemberSettings,
  population: Population,
  member: TrainedMember,
) => Json | undefined;

/** The Zoo's settings by its names. One that a network lacks is missing. */
const ZOO: Readonly<Record<string, ZooColumn>> = {
  "config.activation": ({ architecture }) => "activation" in architecture ? architecture.activation : "gelu",
  "config.b_init": () => "zeros",
  "config.dataset": (_, { dataset }) => dataset.source,
  "config.dnn_architecture": ({ architecture }) => architecture.kind,
  "config.dropout": ({ training }) => training.dropout ?? 0,
  "config.epochs": (_, { epochs }) => epochs,
  "config.epochs_between_checkpoints": (_, __, { recorded }) => evenStep(recorded),
  "config.init_std": ({ init }) => init.std,
  "config.l2reg": ({ training }) => l2Factor(training),
  "config.learning_rate": ({ training }) => training.optimizer.learning_rate,
  "config.num_layers": ({ architecture }) => layersOf(architecture).length,
  "config.num_units": ({ architecture }) => commonValue(layersOf(architecture)),
  "config.optimizer": ({ training }) => training.optimizer.name,
  "config.random_seed": (_, __, { seed }) => seed,
  "config.train_fraction": ({ training }) => training.fraction ?? 1,
  "config.w_init": ({ init }) => W_INIT[init.scheme] ?? init.scheme,
};

/** The names of Keras, where they differ. */
const W_INIT: Readonly<Partial<Record<InitScheme, string>>> = {
  normal: "RandomNormal",
  truncated_normal: "TruncatedNormal",
  uniform: "RandomUniform",
  constant: "Constant",
  zeros: "Zeros",
};

/** Keras adds l2 Σw² to the loss, whose gradient is 2 l2 w; that of a weight decay is λ w. Decoupled decay is none. */
function l2Factor({ optimizer }: MemberSettings["training"]): number | undefined {
  return optimizer.name === "adamw" ? undefined : (optimizer.weight_decay ?? 0) / 2;
}

/** Units of each hidden layer: channels of convolutions, the dimension of blocks. */
function layersOf(architecture: MemberSettings["architecture"]): readonly number[] {
  switch (architecture.kind) {
    case "mlp":
      return architecture.widths ?? repeated(architecture.width!, architecture.depth!);
    case "cnn":
      return architecture.convolutions?.map(({ channels }) => channels) ??
        repeated(architecture.channels!, architecture.depth!);
    case "vit":
      return repeated(architecture.dim ?? architecture.heads * architecture.head_dim!, architecture.depth);
    default:
      return architecture satisfies never;
  }
}

function repeated(value: number, count: number): number[] {
  return new Array(count).fill(value);
}

function commonValue(values: readonly number[]): number | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

/** The distance of recorded epochs, where it is the same for all, from the start on. */
function evenStep(recorded: readonly number[]): number | undefined {
  return commonValue(recorded.map((epoch, i) => epoch - (recorded[i - 1] ?? 0)));
}

function settingPaths({ members }: Population): string[] {
  const all = new Set<string>();
  for (const { settings } of members) for (const path of flatSettings(settings).keys()) all.add(path);
  return [...all].sort();
}
