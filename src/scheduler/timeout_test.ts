import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../core/diagnostic.ts";
import type { Clock } from "./clock.ts";
import { withTimeout } from "./timeout.ts";

Deno.test("withTimeout() fails what takes longer than its time, and aborts its signal with that error", async () => {
  const work = Promise.withResolvers<AbortSignal>();
  const timed = withTimeout(60, NO_TIME, new AbortController().signal, (signal) => {
    work.resolve(signal);
    return new Promise(() => {});
  });
  const error = await assertRejects(() => timed, UserError, "Cannot finish in 60 s, which is its timeout");
  assertEquals((await work.promise).reason, error);
});

Deno.test("withTimeout() passes on that the run ends, before the work and during it", async () => {
  for (const isEarly of [true, false]) {
    const run = new AbortController();
    if (isEarly) run.abort("the run ends");
    const seen = await withTimeout(60, ENDLESS, run.signal, async (signal) => {
      run.abort("the run ends");
      return await Promise.resolve(signal.reason);
    });
    assertEquals(seen, "the run ends");
  }
});

Deno.test("withTimeout() leaves no listener at the signal of the run, however many items use it", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = () => void listeners++;
  signal.removeEventListener = () => void listeners--;
  await withTimeout(60, ENDLESS, signal, () => Promise.resolve());
  await assertRejects(() => withTimeout(60, ENDLESS, signal, () => Promise.reject(new Error("failed"))));
  assertEquals(listeners, 0);
});

/** Each time is over at once. */
const NO_TIME: Clock = { pause: () => Promise.resolve(), random: () => 0 };
/** No time is ever over. */
const ENDLESS: Clock = { pause: () => new Promise(() => {}), random: () => 0 };
