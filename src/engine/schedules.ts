import type { ScheduleSettings } from "../artifacts/settings.ts";
import { cosPi, power } from "../core/random/elementary.ts";

/** Where in a training a step is. */
export interface StepPlace {
  /** Over the whole training, from 1. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** How many the training has in all; only cosine reads it. */
  readonly epochs: number;
}

/**
 * What a schedule multiplies the learning rate of a step by. In W warm-up steps it rises linearly, k / W in the k-th; then
 * - constant: 1;
 * - step: γⁿ, where n is how many times `every` epochs are over (He and others, 2016, 3.4);
 * - cosine: final + (1 - final) (1 + cos(π t / T)) / 2 in the step that t of the T steps after the warm-up precede.
 * @see Loshchilov and Hutter, SGDR: Stochastic gradient descent with warm restarts (2017), eq. 5
 * @see Goyal and others, Accurate, large minibatch SGD (2017), 2.2, for the warm-up
 */
export function rateFactor(schedule: ScheduleSettings | undefined, place: StepPlace): number {
  if (schedule === undefined) return 1;
  const warmup = Math.round((schedule.warmup ?? 0) * place.stepsPerEpoch);
  return place.step <= warmup ? place.step / warmup : factorAfter(warmup, schedule, place);
}

/** Whether the rate of a step depends on how long the training is. */
export function readsEpochs(schedule: ScheduleSettings | undefined): boolean {
  return schedule?.name === "cosine";
}

function factorAfter(
  warmup: number,
  schedule: ScheduleSettings,
  { step, stepsPerEpoch, epochs }: StepPlace,
): number {
  const { name } = schedule;
  switch (name) {
    case "constant":
      return 1;
    case "step": {
      const epochsOver = Math.floor((step - 1) / stepsPerEpoch);
      return power(required(schedule, "gamma"), Math.floor(epochsOver / required(schedule, "every")));
    }
    case "cosine": {
      const { final = 0 } = schedule;
      const share = (step - 1 - warmup) / (epochs * stepsPerEpoch - warmup);
      return final + (1 - final) * (1 + cosPi(share)) / 2;
    }
    default:
      return name satisfies never;
  }
}

function required(schedule: ScheduleSettings, key: "every" | "gamma"): number {
  const value = schedule[key];
  if (value === undefined) throw new TypeError(`Cannot follow "${schedule.name}": "${key}" is not given`);
  return value;
}
