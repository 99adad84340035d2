import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { ScheduleSettings } from "../../src/artifacts/settings.ts";
import { rateFactor } from "../../src/engine/schedules.ts";
import { readReference } from "./reading.ts";

interface Rates {
  readonly schedule: ScheduleSettings;
  /** Of an epoch. */
  readonly steps: number;
  readonly epochs: number;
  readonly factors: readonly number[];
}

const { rates } = await readReference<{ readonly rates: readonly Rates[] }>("schedules");

for (const { schedule, steps, epochs, factors } of rates) {
  Deno.test(`rateFactor() of ${JSON.stringify(schedule)} is PyTorch's, at each step`, () => {
    assertEquals(factors.length, steps * epochs);
    for (const [i, factor] of factors.entries()) {
      assertAlmostEquals(rateFactor(schedule, { step: i + 1, stepsPerEpoch: steps, epochs }), factor, 1e-13);
    }
  });
}
