import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { EpochRow } from "../artifacts/population.ts";
import { EarlyStopping, STOP_METRICS, type StopMetric } from "./stopping.ts";

Deno.test("EarlyStopping runs out after as many epochs without an improvement as it has patience", () => {
  assertEquals(course([3, 2, 1, 1.5, 1.2, 0.5], { patience: 2 }), { over: 5, best: 3 });
  assertEquals(course([3, 2, 1, 1.5, 0.9, 1.2, 1.3, 1.4], { patience: 3 }), { over: 8, best: 5 });
  assertEquals(course([1, 2], { patience: 1 }), { over: 2, best: 1 });
  assertEquals(course([5, 4, 3, 2, 1], { patience: 1 }), { over: undefined, best: 5 });
});

Deno.test("EarlyStopping takes what is better by no more than min_delta for no improvement", () => {
  assertEquals(course([1, 0.75, 0.5], { patience: 2, min_delta: 0.25 }), { over: undefined, best: 3 });
  assertEquals(course([1, 0.875, 0.75, 0.5], { patience: 2, min_delta: 0.25 }), { over: 3, best: 1 });
  assertEquals(course([1, 1, 1], { patience: 2 }), { over: 3, best: 1 });
});

Deno.test("EarlyStopping lets accuracies rise and losses fall", () => {
  const values = [0.2, 0.3, 0.4];
  for (const by of STOP_METRICS) {
    const best = by.endsWith("_accuracy") ? 3 : 1;
    assertEquals(course(values, { patience: 5, by }), { over: undefined, best }, by);
  }
});

Deno.test("EarlyStopping never takes what is not finite for an improvement, nor an accuracy beside such a loss", () => {
  assertEquals(course([null, null, 3], { patience: 2 }), { over: 2, best: undefined });
  assertEquals(course([2, null, 1], { patience: 3 }), { over: undefined, best: 3 });
  const stopping = new EarlyStopping({ by: "validation_accuracy", patience: 2, min_delta: 0 });
  for (const epoch of [1, 2]) {
    stopping.see({
      ...row(epoch),
      validation_loss: epoch === 1 ? 0.5 : null,
      validation_accuracy: epoch / 10,
    });
  }
  assertEquals(stopping.bestEpoch, 1);
});

Deno.test("EarlyStopping ends where the callbacks of Keras and of PyTorch Lightning do", () => {
  const value = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 40 }).map((n) => n / 8));
  const rule = fc.record({
    by: fc.constantFrom(...STOP_METRICS),
    patience: fc.integer({ min: 1, max: 5 }),
    min_delta: fc.constantFrom(0, 0.125, 0.5),
  });
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), rule, (values, rule) => {
    assertEquals(course(values, rule), callback(values, rule));
  }));
});

Deno.test("EarlyStopping of a longer patience ends no sooner, and finds no worse best epoch on the way", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 10 }), (values, patience) => {
    const [short, long] = [course(values, { patience }), course(values, { patience: patience + 1 })];
    assert((long.over ?? Infinity) >= (short.over ?? Infinity));
    assert(values[long.best! - 1]! <= values[short.best! - 1]!);
  }));
});

interface Rule {
  readonly by?: StopMetric;
  readonly patience: number;
  readonly min_delta?: number;
}

/** After which of these epochs the patience has run out, and which is the best up to there. */
function course(values: readonly (number | null)[], { by = "test_loss", patience, min_delta = 0 }: Rule) {
  const stopping = new EarlyStopping({ by, patience, min_delta });
  for (const [i, value] of values.entries()) {
    const beside = by.replace("_accuracy", "_loss");
    stopping.see({
      ...row(i + 1),
      [beside]: value === null ? null : 1,
      [by]: value ?? 0,
      ...by === beside && { [by]: value },
    });
    if (stopping.hasRunOut) return { over: i + 1, best: stopping.bestEpoch };
  }
  return { over: undefined, best: stopping.bestEpoch };
}

/** The loop of both callbacks: a best value and a counter of epochs without an improvement. */
function callback(values: readonly (number | null)[], { by, patience, min_delta }: Required<Rule>) {
  const sign = by.endsWith("_accuracy") ? 1 : -1;
  let [bestValue, wait] = [-Infinity, 0];
  let best: number | undefined;
  for (const [i, value] of values.entries()) {
    wait++;
    if (value !== null && sign * value - min_delta > bestValue) {
      [bestValue, best, wait] = [sign * value, i + 1, 0];
    }
    if (wait >= patience) return { over: i + 1, best };
  }
  return { over: undefined, best };
}

function row(epoch: number): EpochRow {
  return { epoch, train_loss: 1, train_accuracy: 0.5, test_loss: 1, test_accuracy: 0.5 };
}
