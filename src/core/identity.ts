/**
 * What each kind of thing is known by: SHA-256 of the canonical JSON of one of these records, so that the order of keys and
 * fields that are undefined change nothing. The tag `record` keeps any two kinds of records apart. A thing is found by
 * all that decides it, never by a name, a path or a time. tests/identity_test.ts pins a digest of each record.
 */
import { createHash } from "node:crypto";
import { type Digest, digestOf, sha256 } from "./digest.ts";
import type { JsonObject } from "./json.ts";
import type { ArtifactType, Labels } from "./stage_kind.ts";

/**
 * The split of a data set, by its decoded arrays: images uint8 [count, height, width, channels], then a label uint8 each.
 * The one record that is no JSON: the bytes themselves. Absent on purpose: where the files lie and how they are packed.
 */
export interface SplitIdentity {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export function splitIdentity({ images, labels }: SplitIdentity): Digest {
  return createHash("sha256").update(images).update(labels).digest("hex") as Digest;
}

/** A split whose files are known by their MD5s, in the order of its examples: their content, before any decoding. */
export function filesIdentity(md5s: readonly string[]): Digest {
  return sha256(md5s.join("\n"));
}

/**
 * A split whose arrays are made of others. Absent on purpose: what touches the other splits alone, and how many examples
 * come out, which follows.
 */
export type DerivedSplitIdentity = {
  readonly split: "train" | "validation" | "test";
  /** What it is made of: the digest of a split of the source. */
  readonly source: Digest;
  /** What is done, by name: the version of each transform and its settings. */
  readonly transforms: JsonObject;
  /** What decides the statistics of other images that it is normalized by. */
  readonly statistics?: JsonObject;
};

export function derivedSplitIdentity(
  { split, source, transforms, statistics }: DerivedSplitIdentity,
): Digest {
  const record = { record: "split/1", split, source, transforms, statistics };
  return digestOf(record);
}

/** Another build of the numerical library than the pinned one, by its two files. Absent on purpose: where they lie. */
export type LibraryIdentity = {
  readonly record: "libtensorflow/1";
  readonly cc: string;
  readonly framework: string;
};

export function libraryRecord({ cc, framework }: Fields<LibraryIdentity>): LibraryIdentity {
  return { record: "libtensorflow/1", cc, framework };
}

/**
 * All that decides step k of a member's training. It is no record of its own, but part of those of what comes out of it.
 * Absent on purpose: how many steps there are unless a rate depends on it, what the member is evaluated on, which of its weights are recorded, ids,
 * names and cases, and the processor, which may decide last bits.
 */
export type TrajectoryIdentity = {
  /** Architecture, init and training, in full. */
  readonly settings: JsonObject;
  /** Decides initial weights and the order of batches. */
  readonly seed: string;
  /** {@link splitIdentity} of the training split. */
  readonly data: Digest;
  /** Height, width and channels of an image: the digest of the bytes does not tell where a row ends. */
  readonly image: readonly [number, number, number];
  /** How many the model tells apart: the labels need not have all of them. */
  readonly classes: number;
  /** Of the components that the member uses: see engine/versions.ts. */
  readonly versions: {
    readonly init: number;
    readonly loop: number;
    readonly model: number;
    readonly optimizer: number;
    /** Where the rate changes. */
    readonly schedule?: number;
    readonly dropout?: number;
    readonly label_smoothing?: number;
    readonly label_noise?: number;
    readonly fraction?: number;
  };
  /** How many the training has at most, where its schedule depends on it. */
  readonly epochs?: number;
  /** How the library runs a step. */
  readonly program: "graph";
  /** The numerical library: its floats differ from those of other builds. */
  readonly engine: string;
};

/** What training a member gives: its weights and a row per epoch. Absent on purpose: what {@link TrajectoryIdentity} leaves out. */
export type ResultIdentity = {
  readonly record: "result/1";
  readonly trajectory: TrajectoryIdentity;
  readonly epochs: number;
  /** {@link splitIdentity} of the test split. */
  readonly evaluation: Digest;
  /** That of the validation split, where there is one. */
  readonly validation?: Digest;
  /** When it ends before its epochs are over, in full; absent: it does not. */
  readonly stop?: JsonObject;
  /** The epochs after which its weights are recorded, ascending; absent: none. */
  readonly recorded?: readonly number[];
};

export function resultRecord(fields: Fields<ResultIdentity>): ResultIdentity {
  const { trajectory, epochs, evaluation, validation, stop, recorded } = fields;
  return { record: "result/1", trajectory, epochs, evaluation, validation, stop, recorded };
}

/**
 * The states on the way of a member, all of them: each says itself how far it is. Absent on purpose: how far the training
 * is to go and what it is evaluated on, so that one that goes further, or elsewhere, begins from them.
 */
export type StateIdentity = {
  readonly record: "state/1";
  readonly trajectory: TrajectoryIdentity;
  /** See core/processor.ts: going on from here gives the bytes of one training on one class of processors. */
  readonly processor: string;
};

export function stateRecord({ trajectory, processor }: Fields<StateIdentity>): StateIdentity {
  return { record: "state/1", trajectory, processor };
}

/** The measures of a trained member. Absent on purpose: its settings, groups, and how its weights came about. */
export type MeasuresIdentity = {
  readonly record: "measures/1";
  /** By measure. */
  readonly versions: Readonly<Record<string, number>>;
  /** The object that holds its weights. */
  readonly weights: Digest;
};

export function measuresRecord({ versions, weights }: Fields<MeasuresIdentity>): MeasuresIdentity {
  return { record: "measures/1", versions, weights };
}

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

/** The output of a stage, by its content: identities of other stages hold it as an input. Absent on purpose: the stage that made it, and how. */
export interface OutputIdentity {
  readonly artifact: Pick<ArtifactType<unknown>, "name">;
  readonly value: unknown;
}

export function planOutputDigest(artifact: OutputIdentity["artifact"], value: unknown): Digest {
  const record = { record: "output/1", artifact: artifact.name, value };
  return digestOf(record);
}

type Fields<Record extends { readonly record: string }> = Omit<Record, "record">;
