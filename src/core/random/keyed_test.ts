import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  drawKey,
  intUniform,
  logUniform,
  rendezvousChoice,
  roundTo6Digits,
  stream,
  uniform,
  uniform01,
} from "./keyed.ts";

const keyOf = (i: number) => drawKey({ record: "test/1", i });

Deno.test("stream() gives one key for a seed and a name, for ever", () => {
  assertEquals(stream("0123456789abcdef", "init"), { k0: 225843980, k1: 4200101905 });
  assertNotEquals(stream("0123456789abcdef", "init"), stream("0123456789abcdef", "order"));
  assertNotEquals(stream("0123456789abcdef", "init"), stream("0123456789abcdee", "init"));
});

Deno.test("stream() refuses a seed that is not 16 hexadecimal digits", () => {
  for (const seed of ["", "7", "0123456789ABCDEF", "0123456789abcdef0"]) {
    assertThrows(() => stream(seed, "init"), TypeError, `"${seed}" as a seed`);
  }
});

Deno.test("uniform01() stays inside (0, 1), with the mean and variance of a uniform number", () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => uniform01(keyOf(i)));
  assert(draws.every((u) => u > 0 && u < 1));
  assertAlmostEquals(mean(draws), 1 / 2, 0.01);
  assertAlmostEquals(mean(draws.map((u) => (u - 0.5) ** 2)), 1 / 12, 0.003);
});

Deno.test("uniform() and logUniform() stay within their bounds, with 6 significant digits", () => {
  const bound = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(fc.property(bound, bound, fc.nat(), (a, b, i) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    for (const draw of [uniform(low, high, keyOf(i)), logUniform(low, high, keyOf(i))]) {
      assert(low <= draw && draw <= high);
      assert(draw === low || draw === high || draw === roundTo6Digits(draw));
    }
  }));
});

Deno.test("logUniform() gives each decade the same share", () => {
  const draws = Array.from({ length: 10_000 }, (_, i) => logUniform(1e-4, 1e-1, keyOf(i)));
  for (const low of [1e-4, 1e-3, 1e-2]) {
    assertAlmostEquals(draws.filter((x) => x >= low && x < 10 * low).length / draws.length, 1 / 3, 0.02);
  }
});

Deno.test("intUniform() gives each integer between its bounds the same share", () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 12_000; i++) {
    const draw = intUniform(-2, 3, keyOf(i));
    counts.set(draw, (counts.get(draw) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort((a, b) => a - b), [-2, -1, 0, 1, 2, 3]);
  for (const count of counts.values()) assertAlmostEquals(count / 12_000, 1 / 6, 0.02);
  assertThrows(() => intUniform(3, 2, keyOf(0)), RangeError);
});

Deno.test("rendezvousChoice() ignores the order of the values", () => {
  fc.assert(fc.property(choices, fc.nat(), (entries, i) => {
    const choose = (list: typeof entries) =>
      list[rendezvousChoice(list.map(([value]) => value), list.map(([, weight]) => weight), keyOf(i))];
    assertEquals(choose(entries.toReversed()), choose(entries));
  }));
});

Deno.test("rendezvousChoice() stays or takes the new value when one is added", () => {
  fc.assert(fc.property(choices, fc.nat(), ([added, ...entries], i) => {
    fc.pre(entries.length > 0);
    const choose = (list: typeof entries) =>
      list[rendezvousChoice(list.map(([value]) => value), list.map(([, weight]) => weight), keyOf(i))]!;
    const after = choose([...entries, added!]);
    assert(after === added || after === choose(entries));
  }));
});

Deno.test("rendezvousChoice() chooses in proportion to the weights, and never a weight of 0", () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) counts[rendezvousChoice(["a", "b", "c", "d"], [1, 2, 7, 0], keyOf(i))]!++;
  for (const [i, share] of [0.1, 0.2, 0.7].entries()) assertAlmostEquals(counts[i]! / 20_000, share, 0.01);
  assertEquals(counts[3], 0);
  assertThrows(() => rendezvousChoice(["a"], [0], keyOf(0)), RangeError);
});

const choices = fc.uniqueArray(fc.tuple(fc.string(), fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
  maxLength: 8,
  selector: ([value]) => value,
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
