import { type Digest, digestOf } from "./digest.ts";
import type { JsonObject } from "./json.ts";
import type { ArtifactType, Labels } from "./stage_kind.ts";

/** Everything that decides a stage's output. Absent on purpose: names of stages, concurrency, output paths, time. */
export interface StageIdentity {
  readonly kind: string;
  readonly version: number;
  /** See `PlanNode.identityConfig`. */
  readonly config: JsonObject;
  /** Digests of the artifacts that the stage reads, by input; a list where the input takes one. */
  readonly inputs: Readonly<Record<string, Digest | readonly Digest[]>>;
  /** What the entries of lists are told apart by, for inputs where they are: outputs hold it. */
  readonly labels?: Readonly<Record<string, readonly Labels[]>>;
  /** The identities of its items, for a kind that has items: they hold what neither config nor inputs tell. */
  readonly items?: readonly Digest[];
}

export function stageIdentity({ kind, version, config, inputs, labels, items }: StageIdentity): Digest {
  const record = { record: "stage/1", kind, version, config, inputs, labels, items };
  return digestOf(record);
}

/** The identity of an artifact that was evaluated while planning: other stages' identities hold it as an input. */
export function planOutputDigest(artifact: Pick<ArtifactType<unknown>, "name">, value: unknown): Digest {
  const record = { record: "output/1", artifact: artifact.name, value };
  return digestOf(record);
}
