import type { Dataset } from "../../../artifacts/dataset.ts";
import type { Family } from "../../../artifacts/family.ts";
import type { Member } from "../../../artifacts/sample.ts";
import type { MlpSettings } from "../../../artifacts/settings.ts";
import type { Digest } from "../../../core/digest.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { violationOf } from "../../../engine/models/model.ts";
import type { SamplingConfig } from "../schema.ts";
import { sampling } from "../stage.ts";

export type Options = Partial<SamplingConfig> & Pick<SamplingConfig, "method">;

export function configOf(options: Options): SamplingConfig {
  return { family: "f", replicates: 1, seed: 0, ...options };
}

export function members(family: Family, options: Options): readonly Member[] {
  const result = sampling.plan(configOf(options), { family });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.members;
}

export function problemsOf(family: Family, options: Options) {
  const result = sampling.plan(configOf(options), { family });
  if (result.ok) throw new Error(`${result.value.members.length} members`);
  return result.error;
}

export function depthOf({ settings }: Member): number {
  return settings.architecture.depth!;
}

/** An mlp of layers of one width. */
export function mlpOf({ architecture }: Member["settings"]): MlpSettings & { depth: number; width: number } {
  if (architecture.kind !== "mlp") throw new Error(`${architecture.kind} is no mlp`);
  const { depth, width } = architecture;
  if (depth === undefined || width === undefined) throw new Error("its widths are listed");
  return { ...architecture, depth, width };
}

export function datasetWith(digest: string): Dataset {
  const split = { count: 60_000, digest: digest as Digest };
  return { source: "test", shape: [28, 28, 1], classes: ["a", "b"], splits: { train: split, test: split } };
}

/** Two domains of two values each. */
export const small: Family = {
  dataset: datasetWith("0".repeat(64)),
  space: {
    architecture: { kind: "mlp", depth: { choice: [1, 2] }, width: { choice: [5, 10] }, activation: "relu" },
    init: { scheme: "he_normal", scale: 1 },
    training: { optimizer: { name: "adam", learning_rate: 0.001 }, batch_size: 64 },
  },
  cases: [],
  exclude: [],
};

/** A domain of each type. */
export const wide: Family = {
  ...small,
  space: {
    architecture: {
      kind: "mlp",
      depth: { choice: [1, 2, 3] },
      width: { int_uniform: [5, 200] },
      activation: "relu",
    },
    init: { scheme: "he_normal", scale: 1 },
    training: {
      optimizer: { name: "adam", learning_rate: { log_uniform: [1e-4, 1e-2] } },
      batch_size: { choice: [32, 128], weights: [9, 1] },
    },
  },
};

export function withSetting(family: Family, name: "depth" | "width", value: Json): Family {
  const architecture = { ...family.space["architecture"] as JsonObject, [name]: value };
  return { ...family, space: { ...family.space, architecture } };
}

export function caseOf(name: string, weight: number, architecture: JsonObject): Family["cases"][number] {
  const space = {
    ...wide.space,
    architecture: { ...wide.space["architecture"] as JsonObject, ...architecture },
  };
  return { name, weight, space };
}

/** The same with three learning rates and two widths for a grid. */
export function withSteps(family: Family): Family {
  const text = (space: JsonObject) =>
    JSON.parse(
      JSON.stringify(space).replace("[0.0001,0.01]", '[0.0001,0.01],"steps":3').replace(
        "[5,200]",
        '[5,200],"steps":2',
      ),
    );
  return {
    ...family,
    space: text(family.space),
    cases: family.cases.map((own) => ({ ...own, space: text(own.space) })),
  };
}

export function reversedChoices(node: Json): Json {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return node;
  const entries = Object.entries(node).map(([key, value]) => {
    const isList = (key === "choice" || key === "weights") && Array.isArray(value);
    return [key, isList ? value.toReversed() : reversedChoices(value)] as const;
  });
  return Object.fromEntries(entries.toReversed());
}

export const mlp = { kind: "mlp", depth: { choice: [1, 2] }, width: 5, activation: "relu" };
export const cnn = {
  kind: "cnn",
  depth: { int_uniform: [1, 3] },
  channels: 4,
  kernel: 3,
  stride: { choice: [1, 2, 3] },
  padding: "valid",
  pool: { choice: [true, false] },
  dense: 0,
  activation: "relu",
};
export const vit = {
  kind: "vit",
  patch: { choice: [4, 5, 7] },
  dim: { choice: [16, 24, 32] },
  depth: 1,
  heads: { choice: [2, 3, 4] },
  mlp_ratio: 4,
  pooling: "class",
};
/** Members of three kinds, of which some cannot be built. */
export const mixed: Family = withArchitecture({ choice: [mlp, cnn, vit] });

export function withArchitecture(architecture: Json): Family {
  return { ...small, space: { ...small.space, architecture } };
}

export function canBeBuilt({ settings }: Pick<Member, "settings">): boolean {
  return violationOf(settings.architecture, [28, 28, 1]) === undefined;
}
