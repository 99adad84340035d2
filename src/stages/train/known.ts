import { decodeSafetensors } from "../../artifacts/safetensors.ts";
import type { Digest } from "../../core/digest.ts";
import { UserError } from "../../core/diagnostic.ts";
import { elementCount } from "../../core/shape.ts";
import type { ObjectReader, SavedState } from "../../core/stage_kind.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import type { Program, ProgramState } from "../../engine/program.ts";
import type { Weights } from "../../engine/training.ts";
import { epochName, type Place, readState, type StateValue } from "./state.ts";

/** A state that one can go on from. */
export type StateAt = StateValue & { readonly at: Place };

/**
 * What all saved states of a trajectory know together: they are of the same steps, so that what one lacks another may have.
 * What is damaged, gone, of another format or of another program counts as missing.
 */
export class Known {
  /** The one with most epochs. */
  readonly longest: StateValue | undefined;
  /** By split, the longest of what they know; who learns more adds it. */
  readonly evaluations: Record<string, Evaluation[]> = {};
  /** The epochs whose weights were read from where they lie by themselves: no state to come needs to hold them. */
  readonly apart = new Set<number>();
  readonly #states: readonly StateValue[];
  readonly #kept = new Map<number, { readonly state: StateValue; readonly prefix: string }[]>();
  readonly #arrays = new Map<Digest, Promise<ReadonlyMap<string, Float32Array>>>();

  constructor(
    saved: readonly SavedState[],
    private readonly program: Pick<Program, "tensors" | "slotTensors" | "stepsPerEpoch">,
    private readonly objects: ObjectReader,
  ) {
    this.#states = saved.flatMap((state) => readState(state) ?? []);
    this.longest = this.#states.toSorted((a, b) => b.train.length - a.train.length)[0];
    for (const state of this.#states) this.#note(state);
  }

  /** Those that one can go on from, the furthest first. */
  get places(): StateAt[] {
    return this.#states.filter((state): state is StateAt => state.at !== null)
      .filter(({ at }) => at.step < this.program.stepsPerEpoch)
      .sort((a, b) => b.train.length - a.train.length || b.at.step - a.at.step);
  }

  /** The epochs whose weights are kept, if all can be read, ascending. */
  get keptEpochs(): number[] {
    return [...this.#kept.keys()].sort((a, b) => a - b);
  }

  /** The weights after an epoch, or undefined where they cannot be read. */
  async weightsAfter(epoch: number): Promise<Weights | undefined> {
    for (const { state, prefix } of this.#kept.get(epoch) ?? []) {
      const weights = await this.#take(state.arrays, prefix, this.program.tensors);
      if (weights === undefined) continue;
      if (state.at === null) this.apart.add(epoch);
      return weights;
    }
  }

  /** The weights after each of the epochs, or undefined where those after one cannot be read. */
  async weightsAfterAll(epochs: readonly number[]): Promise<Map<number, Weights> | undefined> {
    const all = new Map<number, Weights>();
    for (const epoch of epochs) {
      const weights = await this.weightsAfter(epoch);
      if (weights === undefined) return undefined;
      all.set(epoch, weights);
    }
    return all;
  }

  /** What steps change as it was at a place, or undefined where it cannot be read. */
  async stateAt({ arrays }: StateAt): Promise<ProgramState | undefined> {
    const weights = await this.#take(arrays, "now", this.program.tensors);
    const slots = await this.#take(arrays, "slot", this.program.slotTensors);
    return weights && slots && { weights, slots };
  }

  #note(state: StateValue): void {
    const { train, at, kept, evaluations } = state;
    for (const epoch of kept) this.#noteKept(epoch, state, epochName(epoch));
    if (at?.step === 0 && train.length > 0) this.#noteKept(train.length, state, "now");
    for (const [split, rows] of Object.entries(evaluations)) {
      if (rows.length > (this.evaluations[split]?.length ?? 0)) this.evaluations[split] = [...rows];
    }
  }

  /** Those that lie by themselves come first. */
  #noteKept(epoch: number, state: StateValue, prefix: string): void {
    const sources = this.#kept.get(epoch) ?? [];
    if (state.at === null) sources.unshift({ state, prefix });
    else sources.push({ state, prefix });
    this.#kept.set(epoch, sources);
  }

  async #take(
    arrays: Digest,
    prefix: string,
    specs: Program["slotTensors"],
  ): Promise<Float32Array[] | undefined> {
    const read = await this.#read(arrays);
    const found = specs.map(({ name, shape }) => {
      const values = read.get(`${prefix}/${name}`);
      return values?.length === elementCount(shape) ? values : undefined;
    });
    return found.every((values) => values !== undefined) ? found : undefined;
  }

  #read(arrays: Digest): Promise<ReadonlyMap<string, Float32Array>> {
    const known = this.#arrays.get(arrays);
    if (known) return known;
    const read = this.objects.get(arrays).then(dataByName).catch(nothingIfUnreadable);
    this.#arrays.set(arrays, read);
    return read;
  }
}

function dataByName(bytes: Uint8Array): Map<string, Float32Array> {
  return new Map(decodeSafetensors(bytes).tensors.map(({ name, data }) => [name, data]));
}

function nothingIfUnreadable(error: unknown): ReadonlyMap<string, Float32Array> {
  if (!(error instanceof UserError)) throw error;
  return new Map();
}
