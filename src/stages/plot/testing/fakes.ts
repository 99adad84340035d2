import type { Analysis } from "../../../artifacts/analysis.ts";
import type { Groups } from "../../../artifacts/groups.ts";
import type { EpochRow, Population, TrainedMember } from "../../../artifacts/population.ts";
import { type Digest, sha256 } from "../../../core/digest.ts";
import { canonicalJson, type Json } from "../../../core/json.ts";
import type { ObjectWriter } from "../../../core/stage_kind.ts";
import type { Column, Table } from "../../../core/table.ts";

/** Numbers in [0, 1) that look random and are the same each time (Lehmer's generator). */
export function lehmer(seed: number): () => number {
  let state = seed % 2147483646 + 1;
  return () => (state = state * 48271 % 2147483647) / 2147483647;
}

/** Objects in memory. */
export function fakeObjects(): ObjectWriter {
  const objects = new Map<string, Uint8Array>();
  return {
    // deno-lint-ignore require-await -- the store's own is asynchronous
    put: async (bytes) => {
      const digest = sha256(bytes);
      objects.set(digest, bytes);
      return digest;
    },
    // deno-lint-ignore require-await -- the store's own is asynchronous
    get: async (digest) => objects.get(digest)!,
  };
}

const LABELS = ["diverged", "non", "low", "mid", "high"];

/** Learning curves of 24 models: 2 never learn, the others get better from one to the next. */
export function fakePopulation({ count = 24, epochs = 10, planned = 24 } = {}): Population {
  return {
    dataset: {
      source: "mnist-10k",
      shape: [28, 28, 1],
      classes: ["0", "1"],
      splits: { train: fakeSplit(), test: fakeSplit() },
    },
    epochs,
    planned,
    members: Array.from({ length: count }, (_, index) => fakeMember(index, epochs)),
  };
}

function fakeSplit() {
  return { count: 2, digest: "0".repeat(64) as Digest };
}

function fakeMember(index: number, epochs: number): TrainedMember {
  return {
    id: String(index),
    index,
    replicate: 0,
    case: null,
    seed: index.toString(16).padStart(16, "0"),
    settings: {
      architecture: { kind: "mlp", depth: 2, width: 5, activation: "relu" },
      init: { scheme: "he_normal", scale: 1 },
      training: { optimizer: { name: "adam", learning_rate: 0.001 }, batch_size: 64 },
    },
    parameters: 100,
    status: "done",
    label_entropy: Math.log(2),
    best_epoch: null,
    recorded: [],
    epochs: index < 2 ? plateau(index, epochs) : curve(index, epochs),
    weights: "0".repeat(64) as Digest,
  };
}

function plateau(index: number, epochs: number): EpochRow[] {
  const next = lehmer(index);
  return Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    train_loss: 2.302 + 0.001 * next(),
    train_accuracy: 0.11,
    test_loss: 2.302,
    test_accuracy: 0.1 + 0.015 * next(),
  }));
}

function curve(index: number, epochs: number): EpochRow[] {
  const next = lehmer(index);
  const rate = 0.12 + 0.05 * index;
  return Array.from({ length: epochs }, (_, i) => {
    const train_loss = (0.9 - 0.035 * index) * Math.pow(i + 1.6, -rate) * (1.9 + 0.1 * next());
    const test_loss = train_loss * (1.02 + 0.04 * next()) + 0.05;
    return {
      epoch: i + 1,
      train_loss,
      train_accuracy: Math.exp(-train_loss / 2.4),
      test_loss,
      test_accuracy: Math.exp(-test_loss / 2.2),
    };
  });
}

export function fakeGroups(population: Population): Groups {
  const third = (population.members.length - 2) / 3;
  const label = (index: number) =>
    index < 2 ? "non" : ["low", "mid", "high"][Math.floor((index - 2) / third)]!;
  return {
    rule: "test_accuracy: low < 0.9126 <= mid < 0.9471 <= high; non: train_loss > 2.291, largest drop < 0.05",
    by: "test_accuracy",
    thresholds: [0.9126, 0.9471],
    labels: LABELS,
    members: population.members.map(({ id, index }) => ({ id, label: label(index), why: "" })),
    planned: population.planned,
  };
}

/** Measures of the population's kernels, with networks of 2 to 5 layers; `grouped` false: all in one group. */
export async function fakeAnalysis(objects: ObjectWriter, { grouped = true } = {}): Promise<Analysis> {
  const population = fakePopulation();
  const groups = fakeGroups(population);
  const labelOf = (id: string) => grouped ? groups.members.find((member) => member.id === id)!.label : "all";
  const members = population.members.filter(({ id }) => labelOf(id) !== "non");
  const put = (table: Table) => objects.put(new TextEncoder().encode(canonicalJson(table)));
  return {
    tables: {
      statistics: await put(fakeStatistics(members, labelOf)),
      distribution: await put(fakeDistribution(grouped ? ["low", "mid", "high"] : ["all"])),
    },
    groups: grouped ? { rule: groups.rule, labels: groups.labels } : null,
    without: grouped ? ["diverged", "non"] : [],
    measured: members.length,
    planned: population.planned,
  };
}

const columns = (...names: string[]): Column[] =>
  names.map((name) => ({ name, type: "nominal", description: name }));

function fakeStatistics(members: readonly TrainedMember[], labelOf: (id: string) => string): Table {
  const rows = members.flatMap(({ id, index }): Json[][] => {
    const next = lehmer(100 + index);
    const layers = 2 + index % 4;
    return Array.from({ length: layers }, (_, i) => i + 1).flatMap((layer) => {
      const position = layer === layers ? "last" : layer === 1 ? "first" : "hidden";
      return ["init", "final", "difference"].map((phase) => {
        const std = phase === "init"
          ? 0.05
          : 0.05 + 0.004 * index + 0.03 * next() + (position === "last" ? 0.2 : 0);
        const constant = index === 5 && layer === 1;
        const [skewness, kurtosis] = constant
          ? [null, null]
          : [next() - 0.6, (index / 8) * Math.pow(next() + 0.5, 3)];
        const reason = constant ? "zero_variance" : null;
        return [
          id,
          labelOf(id),
          `dense_${layer}/kernel`,
          layer,
          position,
          "kernel",
          phase,
          std,
          skewness,
          kurtosis,
          reason,
        ];
      });
    });
  });
  return {
    columns: columns(
      "member",
      "group",
      "tensor",
      "layer",
      "position",
      "role",
      "phase",
      "std",
      "skewness",
      "excess_kurtosis",
      "reason",
    ),
    rows,
  };
}

function fakeDistribution(labels: readonly string[]): Table {
  const rows = labels.flatMap((group, g) =>
    ["first", "hidden", "last"].flatMap((position, p) =>
      ["init", "final"].flatMap((phase) =>
        ["z_score", "max_abs", "fan_in"].flatMap((normalization) =>
          curvePoints(normalization, 1 + 0.25 * g + 0.1 * p).map(([x, density]): Json[] => [
            group,
            position,
            "kernel",
            phase,
            normalization,
            "kde",
            x,
            density,
            0.12 * density + 0.01,
            7 + p,
            null,
          ])
        )
      )
    )
  );
  return {
    columns: columns(
      "group",
      "position",
      "role",
      "phase",
      "normalization",
      "estimate",
      "x",
      "density",
      "density_sd",
      "n",
      "reason",
    ),
    rows,
  };
}

/** A peaked density: normal in |x| to the power of 2 over `peak`. */
function curvePoints(normalization: string, peak: number): [number, number][] {
  const reach = normalization === "max_abs" ? 1 : 4;
  const width = normalization === "max_abs" ? 0.3 : 1;
  return Array.from({ length: 201 }, (_, i) => {
    const x = (i - 100) / 100 * reach;
    return [x, 0.4 * peak / width * Math.exp(-Math.pow(Math.abs(x / width) * peak, 2 / peak) / 2)];
  });
}
