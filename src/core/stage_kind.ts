import type { Problem } from "./diagnostic.ts";
import type { Digest } from "./digest.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FileReads, FilesRead } from "./own_files.ts";
import type { Result } from "./result.ts";
import type { Column, Table } from "./table.ts";

/** What a stage makes. The value is plain data: it is stored as canonical JSON and identified by that text's digest. */
export interface ArtifactType<Value> {
  readonly name: string;
  /** The tables that people and figures read, by name. */
  readonly tables?: (value: Value, objects: ObjectReader) => Tables;
  /** Files beside the tables, by extension (`vl.json`, `svg`, `png`): contents as objects in the store. */
  readonly files?: (value: Value) => Readonly<Record<string, Digest>>;
}

/** By name; each is made when it is called. */
export type Tables = Readonly<Record<string, () => Promise<Table>>>;

export interface ObjectReader {
  /** The bytes of an object, checked against its digest. @throws {UserError} If it is gone or damaged */
  get(digest: Digest): Promise<Uint8Array>;
}

export interface ObjectWriter extends ObjectReader {
  /** Stores bytes durably and returns their digest. */
  put(bytes: Uint8Array): Promise<Digest>;
}

/**
 * A setting whose value names another stage. `list`: one name or a list of names, and the only inputs that a stage may
 * gather over an axis of the matrix; the kind gets a list of {@link Sourced} values, however many there are.
 */
export interface InputSpec {
  readonly artifact: string;
  readonly optional?: boolean;
  readonly list?: boolean;
}

/**
 * What tells the entries of one list input apart: a column of a table each. For an axis that is gathered its value, and
 * `stage` where the file names several stages. Empty where there is but one entry.
 */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** One entry of a list input. */
export interface Sourced<Value> {
  readonly labels: Labels;
  readonly value: Value;
}

/** What is known of an input while planning. Of a list input there is one for each entry, of another exactly one. */
export interface InputOutlook {
  readonly labels: Labels;
  /** Unique in the pipeline: `trained/data=mnist`. */
  readonly instance: string;
  /** The instances that it reads in turn, by input. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** The value, if the stage that makes it was evaluated while planning. */
  readonly output?: unknown;
  /** Columns of the tables that it will have, by name of the table; computed when it is called. */
  readonly tables: () => TableColumns;
}
export type InputOutlooks = Readonly<Record<string, readonly InputOutlook[]>>;
export type TableColumns = Readonly<Record<string, readonly Column[]>>;

// deno-lint-ignore no-explicit-any -- a registry holds kinds of all configs and inputs; each kind's own file is exact
type Any = any;

interface Kind<Config, Output> {
  readonly name: string;
  /** Raise it when equal settings and inputs start to mean another output: stored results stop matching. */
  readonly version: number;
  readonly description: string;
  /** JSON Schema of the stage's settings without `kind`; every property has a description. */
  readonly schema: JsonObject;
  /** The settings that name other stages, and what those must make. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly output: ArtifactType<Output>;
  /** Settings as in the file with defaults filled in: two that mean the same become equal. */
  readonly normalize?: (config: Config) => Config;
  /** Mistakes in the settings that the schema cannot express; called before anything runs. */
  readonly check?: (config: Config) => readonly Problem[];
  /** Mistakes that show only beside what the inputs will be, such as a column that no table has; called while planning. */
  readonly checkInputs?: (config: Config, inputs: InputOutlooks) => readonly Problem[];
  /** The columns of the tables that the output will have: those of `output.tables`, declared before it is there. */
  readonly tables?: (config: Config, inputs: InputOutlooks) => TableColumns;
}

/** Evaluated while planning: pure, synchronous, no disk. */
export interface PlanKind<Config = Any, Inputs = Any, Output = Any, Facts = Any>
  extends Kind<Config, Output> {
  readonly contract: "plan";
  /** @param facts what was looked up in the files that the settings name; there if they name any */
  readonly plan: (config: Config, inputs: Inputs, facts?: Facts) => Result<Output, readonly Problem[]>;
  /** For a kind whose settings may name files of the user: what must be known of these before `plan` is called. */
  readonly files?: FileReads<Config, Facts>;
  /**
   * How many members `plan` will list: the total over a pipeline is limited before any are made. Where a file is absent, an
   * input is what its kind's `outline` says, and a grid may turn out smaller.
   */
  readonly size?: (config: Config, inputs: Inputs) => number;
  /** What of the output `size` needs, known without the inputs: for those that read it while a file is absent. */
  readonly outline?: (config: Config) => Partial<Output>;
  /** Brings what the output names onto this machine (a download) before anything that depends on it runs. */
  readonly prepare?: (output: Output, context: PrepareContext) => Promise<void>;
}

/** Runs once, on all of its inputs. */
export interface WholeKind<Config = Any, Inputs = Any, Output = Any> extends Kind<Config, Output> {
  readonly contract: "whole";
  readonly load: () => Promise<WholeRun<Config, Inputs, Output>>;
}
export type WholeRun<Config, Inputs, Output> = (
  config: Config,
  inputs: Inputs,
  context: RunContext,
) => Promise<Output>;

/** Runs item by item; the scheduler stores each item's result by its identity. Work and outcome are plain data (JSON). */
export interface ItemsKind<
  Config = Any,
  Inputs = Any,
  Work = Any,
  Outcome = Any,
  Output = Any,
> extends Kind<Config, Output> {
  readonly contract: "items";
  /** engine: in the engine process, which alone may use native code; head: in the process that schedules. */
  readonly place: "engine" | "head";
  /** What one item is called in messages ("model"), for counts. */
  readonly noun: string;
  /** Pure and synchronous. */
  readonly list: (config: Config, inputs: Inputs) => readonly Item<Work>[];
  readonly load: () => Promise<ItemRun<Work, Outcome>>;
  /** Puts the outcomes together, in the order of the items; null for an item that failed. */
  readonly collect: (
    config: Config,
    inputs: Inputs,
    items: readonly Item<Work>[],
    outcomes: readonly (Outcome | null)[],
    context: RunContext,
  ) => Promise<Output>;
}
export type ItemRun<Work, Outcome> = (work: Work, context: ItemContext) => Promise<Outcome>;

export interface Item<Work> {
  /** Names the item among those of its stage: a member's id. */
  readonly id: string;
  /** All that decides the outcome. */
  readonly identity: { readonly record: string } & JsonObject;
  /** Items with equal affinity share something dear (a compiled program) and run one after the other. */
  readonly affinity: string;
  /** Expected seconds on one core, right within a factor of a few: for order and time left alone. */
  readonly cost: number;
  readonly work: Work;
  /**
   * What its states on the way are kept under, for an item that can go on from one: all that decides them. Items that
   * differ only in how far they go share it. Absent: it keeps none.
   */
  readonly states?: { readonly record: string } & JsonObject;
}

/** Where an item stood: enough to go on from there with the same outcome, to the bit. */
export interface SavedState {
  readonly value: Json;
  /** Objects that the value names. */
  readonly objects: readonly Digest[];
}

export interface RunContext {
  readonly objects: ObjectWriter;
  /** Aborted when the work should end: an item that keeps states keeps one then, and throws the signal's reason. */
  readonly signal: AbortSignal;
}

export interface ItemContext extends RunContext {
  /** Tells how far the item is: 0 to 1, and a word for people ("epoch 3/10, test accuracy 0.94"). */
  readonly progress: (done: number, note: string) => void;
  /** Those kept under its `states` that are still whole; in no order. */
  readonly states: readonly SavedState[];
  /**
   * Keeps a state; durable when the promise resolves. One that is `lasting` stays, for items that go further; others are
   * dropped when the next of them is kept, and when an item ends that kept any.
   */
  readonly save: (state: SavedState, options?: { readonly lasting?: boolean }) => Promise<void>;
}

export interface PrepareContext {
  readonly signal: AbortSignal;
  /** One line for people about a download or the like; `done` and `total` in bytes. */
  readonly progress: (what: string, done: number, total: number) => void;
  /** Tells people of what does not stop the run. */
  readonly warn: (message: string) => void;
  /** The files that the output was planned from, for a kind that reads files. */
  readonly files?: FilesRead;
}

export type StageKind = PlanKind | WholeKind | ItemsKind;
