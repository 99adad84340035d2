import { UserError } from "../core/diagnostic.ts";
import type { Clock } from "./clock.ts";

/**
 * Runs `work`, and fails when it takes longer than its time. Its signal is aborted then; work of this process that does
 * not listen to it cannot be ended: it goes on unheard, and holds up all else as long as it computes without a pause.
 * @param seconds Absent: it may take any time
 * @throws {UserError} If it takes longer
 */
export async function withTimeout<Value>(
  seconds: number | undefined,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  if (seconds === undefined) return await work(signal);
  const [ending, done] = [new AbortController(), new AbortController()];
  const end = () => ending.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener("abort", end); // AbortSignal.any would keep memory for each call as long as `signal` lives
  const error = new UserError(
    `Cannot finish in ${seconds} s, which is its timeout`,
    `give the stage a longer "timeout", or none`,
  );
  const timer = clock.pause(seconds, done.signal).then(() => {
    ending.abort(error);
    throw error;
  });
  timer.catch(() => {}); // it is over before its time, as a rule
  try {
    return await Promise.race([work(ending.signal), timer]);
  } finally {
    signal.removeEventListener("abort", end);
    done.abort();
  }
}
