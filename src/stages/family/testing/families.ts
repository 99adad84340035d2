import type { Dataset } from "../../../artifacts/dataset.ts";
import type { Family } from "../../../artifacts/family.ts";
import type { Digest } from "../../../core/digest.ts";
import type { FamilyConfig } from "../schema.ts";
import { family } from "../stage.ts";

export const mlp = { kind: "mlp", depth: 1, width: 5 };
export const cnn = { kind: "cnn", depth: 1, channels: 4 };
export const vit = { kind: "vit", patch: 4, dim: 8, depth: 1, heads: 2 };

export function declared(settings: FamilyConfig): Family {
  const result = family.plan(settings, { dataset });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const split = { count: 60_000, digest: "0".repeat(64) as Digest };
export const dataset: Dataset = {
  source: "test",
  shape: [28, 28, 1],
  classes: ["a", "b"],
  splits: { train: split, test: split },
};
