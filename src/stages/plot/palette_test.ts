import { assert, assertEquals, assertGreater } from "@std/assert";
import { coloursOf, ORDERED, UNGROUPED_COLOUR } from "./palette.ts";

type Vector = readonly [number, number, number];

/** Sight without one kind of cone, in linear RGB: Machado and others (2009), table 1, severity 1. */
const SIGHT: Readonly<Record<string, readonly Vector[]>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [
    -0.003882,
    -0.048116,
    1.051998,
  ]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [
    -0.01182,
    0.04294,
    0.968881,
  ]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [
    0.004733,
    0.691367,
    0.3039,
  ]],
};

Deno.test("coloursOf() gives colours that differ clearly to every kind of sight", () => {
  const colours = [...coloursOf(["diverged", "non", "a", "b", "c", "d", "e"]).values()];
  assertEquals(colours.slice(2), [...ORDERED]);
  for (const [name, sight] of Object.entries(SIGHT)) {
    for (const [i, a] of colours.entries()) {
      for (const b of colours.slice(i + 1)) {
        const distance = Math.hypot(...lab(a, sight).map((value, k) => value - lab(b, sight)[k]!));
        assertGreater(distance, 30, `${a} and ${b} differ by ${distance} in ${name}`);
      }
    }
  }
});

Deno.test("coloursOf() gives colours with a contrast of at least 3 to 1 on white", () => {
  const many = Array.from({ length: 12 }, (_, i) => `label-${i}`);
  const colours = [
    ...coloursOf(["diverged", "non", "low", "mid", "high"]).values(),
    ...coloursOf(many).values(),
  ];
  for (const colour of [...colours, ...ORDERED, UNGROUPED_COLOUR]) {
    const [r, g, b] = linear(colour);
    assertGreater(1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05), 3, colour);
  }
});

Deno.test("coloursOf() gives a label of the usual rules the same colour whatever stands beside it", () => {
  const all = coloursOf(["diverged", "non", "low", "mid", "high"]);
  const some = coloursOf(["low", "high"]);
  const mixed = coloursOf(["low", "worse", "better"]);
  assertEquals(some.get("low"), all.get("low"));
  assertEquals(some.get("high"), all.get("high"));
  assertEquals(mixed.get("low"), all.get("low"));
});

Deno.test("coloursOf() never gives two labels one colour, however many there are", () => {
  for (const count of [1, 2, 5, 6, 7, 20]) {
    const labels = ["diverged", "non", "low", ...Array.from({ length: count }, (_, i) => `label-${i}`)];
    const colours = [...coloursOf(labels).values()];
    assertEquals(new Set(colours).size, labels.length);
    assert(colours.every((colour) => /^#[0-9A-F]{6}$/.test(colour)));
  }
});

function linear(colour: string): Vector {
  const channel = (start: number) => {
    const share = parseInt(colour.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  };
  return [channel(1), channel(3), channel(5)];
}

/** CIELAB under D65 of a colour as it looks to this sight. */
function lab(colour: string, sight: readonly Vector[]): Vector {
  const seen = sight.map((row) => Math.min(1, Math.max(0, dot(row, linear(colour))))) as unknown as Vector;
  const x = dot([0.4124, 0.3576, 0.1805], seen) / 0.95047;
  const y = dot([0.2126, 0.7152, 0.0722], seen);
  const z = dot([0.0193, 0.1192, 0.9505], seen) / 1.08883;
  const f = (t: number) => t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116;
  return [116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
