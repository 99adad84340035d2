import { pause } from "../core/pause.ts";

/** What a run knows of time and chance: decides when it does what, and no result. */
export interface Clock {
  /** Resolves after a time that does not depend on the clock on the wall; rejects when the signal is aborted. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  pause: (seconds, signal) => pause(1000 * seconds, signal),
  random: Math.random,
};
