import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { ScheduleSettings } from "../artifacts/settings.ts";
import { rateFactor, readsEpochs } from "./schedules.ts";

const schedules: readonly ScheduleSettings[] = [
  { name: "constant" },
  { name: "step", every: 2, gamma: 0.5 },
  { name: "cosine", final: 0.1 },
];

Deno.test("rateFactor() rises linearly to the full rate while it warms up, whatever the schedule", () => {
  fc.assert(fc.property(fc.constantFrom(...schedules), fc.integer({ min: 1, max: 9 }), (schedule, warmup) => {
    const factors = factorsOf({ ...schedule, warmup }, 4, 10).slice(0, 4 * warmup);
    for (const [i, factor] of factors.entries()) assertAlmostEquals(factor, (i + 1) / (4 * warmup), 1e-15);
    assertEquals(factors.at(-1), 1);
  }));
});

Deno.test("rateFactor() of step counts epochs from the beginning, and drops at their borders alone", () => {
  const schedule: ScheduleSettings = { name: "step", every: 2, gamma: 0.5, warmup: 2.5 };
  const factors = factorsOf(schedule, 2, 7);
  assertEquals(factors, [0.2, 0.4, 0.6, 0.8, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125]);
});

Deno.test("rateFactor() of cosine never rises after the warm-up, begins at 1 and ends above `final`", () => {
  const any = fc.record({
    warmup: fc.double({ min: 0, max: 2, noNaN: true }),
    final: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(any, ({ warmup, final }) => {
    const factors = factorsOf({ name: "cosine", warmup, final }, 6, 5).slice(Math.round(6 * warmup));
    assertEquals(factors[0], 1);
    assert(factors.every((factor, i) => i === 0 || factor <= factors[i - 1]!));
    assert(factors.at(-1)! >= final);
  }));
});

Deno.test("rateFactor() of a training that the warm-up fills ends with the full rate", () => {
  assertEquals(factorsOf({ name: "cosine", warmup: 2 }, 2, 2), [0.25, 0.5, 0.75, 1]);
});

Deno.test("rateFactor() depends on the number of epochs where readsEpochs() says so, and nowhere else", () => {
  for (const schedule of [undefined, ...schedules, ...schedules.map((given) => ({ ...given, warmup: 1 }))]) {
    const [short, long] = [factorsOf(schedule, 3, 6), factorsOf(schedule, 3, 12).slice(0, 18)];
    assertEquals(short.some((factor, i) => factor !== long[i]), readsEpochs(schedule));
  }
});

Deno.test("rateFactor() refuses step without what it needs", () => {
  const place = { step: 1, stepsPerEpoch: 1, epochs: 1 };
  assertThrows(() => rateFactor({ name: "step", every: 1 }, place), TypeError, '"gamma" is not given');
  assertThrows(() => rateFactor({ name: "step", gamma: 0.1 }, place), TypeError, '"every" is not given');
});

function factorsOf(schedule: ScheduleSettings | undefined, stepsPerEpoch: number, epochs: number): number[] {
  return Array.from(
    { length: stepsPerEpoch * epochs },
    (_, i) => rateFactor(schedule, { step: i + 1, stepsPerEpoch, epochs }),
  );
}
