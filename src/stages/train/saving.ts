import type { EpochRow } from "../../artifacts/population.ts";
import type { Digest } from "../../core/digest.ts";
import type { ItemContext, SavedState } from "../../core/stage_kind.ts";
import type { EvaluatedSplit, Evaluation } from "../../engine/evaluation.ts";
import type { Program } from "../../engine/program.ts";
import type { TrainingState } from "../../engine/training.ts";
import type { Known } from "./known.ts";
import type { Wanted } from "./start.ts";
import { packState, packWeights, type SplitRows } from "./state.ts";

/**
 * Saves what there is of a training. On the way, weights that are kept after epochs are written once, by themselves, and
 * last; a state has besides its own weights and slots only those that are its best ones for the moment. So what is written
 * grows with the epochs and not with their square, however many are kept. In the end it has all that lie nowhere else.
 */
export class Saving {
  readonly #apart: Set<number>;

  /** @param keeps whether the weights after an epoch are kept in any case */
  constructor(
    private readonly program: Pick<Program, "tensors" | "slotTensors">,
    private readonly known: Pick<Known, "evaluations" | "apart">,
    private readonly splits: Wanted["splits"],
    private readonly keeps: (epoch: number) => boolean,
    private readonly context: Pick<ItemContext, "objects" | "save">,
  ) {
    this.#apart = new Set(known.apart);
  }

  async onTheWay(state: TrainingState): Promise<void> {
    const { objects, save } = this.context;
    const { weightsAfter } = state;
    const added = this.notApart([...weightsAfter.keys()]).filter((epoch) => this.keeps(epoch));
    if (added.length > 0) {
      await save(await packWeights(weightsAfter, added, this.program, objects), { lasting: true });
      for (const epoch of added) this.#apart.add(epoch);
    }
    await save(await this.#pack(state));
  }

  /**
   * The state to keep when the training is over.
   * @param recorded the epochs whose weights the result holds
   */
  atItsEnd(state: TrainingState, recorded: readonly number[]): Promise<SavedState> {
    for (const epoch of recorded) this.#apart.add(epoch);
    return this.#pack(state);
  }

  /** Of these epochs, those whose weights are not written yet. */
  notApart(epochs: readonly number[]): number[] {
    return epochs.filter((epoch) => !this.#apart.has(epoch));
  }

  #pack(state: TrainingState): Promise<SavedState> {
    const { epochs, step, weightsAfter } = state;
    const isNow = (epoch: number) => step === 0 && epoch === epochs.length;
    const kept = this.notApart([...weightsAfter.keys()]).filter((epoch) => !isNow(epoch));
    return packState(state, this.#evaluations(epochs), kept, this.program, this.context.objects);
  }

  /** Those of the rows, and those that were known of other splits. */
  #evaluations(rows: readonly EpochRow[]): SplitRows {
    const splits = Object.entries(this.splits) as [EvaluatedSplit, Digest][];
    const ofRows = splits.map(([split, digest]) => [digest, evaluationsIn(rows, split)]);
    return { ...this.known.evaluations, ...Object.fromEntries(ofRows) };
  }
}

function evaluationsIn(rows: readonly EpochRow[], split: EvaluatedSplit): Evaluation[] {
  return rows.map((row) => ({ loss: row[`${split}_loss`] ?? null, accuracy: row[`${split}_accuracy`]! }));
}
