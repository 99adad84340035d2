import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../core/json.ts";
import { meets } from "./conditions.ts";
import { exclusionHelp, exclusionLine, exclusionsFor, type Known } from "./exclusions.ts";

/** Every combination of four settings of two kinds, and whatever a random rule over two of the settings forbids. */
const worlds = fc.record({
  clash: fc.constantFrom(["architecture.a"], ["architecture.a", "architecture.b"], [
    "architecture.a",
    "architecture.b",
    "architecture.c",
  ]),
  forbidden: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
  kept: fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
});
const points = ["p", "q"].flatMap((kind) =>
  [1, 2, 3, 4, 5].flatMap((a) =>
    [1, 2].flatMap((b) =>
      [true, false].flatMap((c) => ["x", "y"].map((d) => ({ architecture: { kind, a, b, c, d } })))
    )
  )
);

function knownOf(
  { clash, forbidden, kept }: typeof worlds extends fc.Arbitrary<infer World> ? World : never,
) {
  const isForbidden = ({ architecture: { kind, a, b, c } }: typeof points[number]) => {
    const parts = [a - 1, clash.length > 1 ? b - 1 : 0, clash.length > 2 ? Number(c) : 0];
    return kind === "p" && forbidden[parts[0]! * 4 + parts[1]! * 2 + parts[2]!]!;
  };
  const split = (all: typeof points) => ({
    impossible: all.filter(isForbidden).map((settings) => ({ settings, clash })),
    possible: all.filter((point) => !isForbidden(point)),
  });
  return { all: split(points), drawn: split(points.filter((_, i) => kept[i])) };
}

Deno.test("exclusionsFor() holds for all that is impossible and for nothing that is possible", () => {
  fc.assert(fc.property(worlds, (world) => {
    const { all, drawn } = knownOf(world);
    for (const known of [{ ...all, knowsAll: true }, { ...drawn, knowsAll: false }] satisfies Known[]) {
      const conditions = exclusionsFor(known)!;
      const isMet = (settings: JsonObject) => conditions.some((each) => meets(settings, each));
      assert(known.impossible.every(({ settings }) => isMet(settings)));
      assert(!known.possible.some(isMet));
    }
  }));
});

Deno.test("exclusionsFor() says no more than it needs", () => {
  const impossible = points.filter(({ architecture: { kind, a } }) => kind === "p" && a >= 3);
  const possible = points.filter((point) => !impossible.includes(point));
  const clash = ["architecture.a", "architecture.b", "architecture.c"];
  const known = { impossible: impossible.map((settings) => ({ settings, clash })), possible };
  assertEquals(exclusionsFor({ ...known, knowsAll: true }), [
    { "architecture.kind": "p", "architecture.a": { min: 3 } },
  ]);
  const noOther = { ...known, possible: possible.filter(({ architecture: { kind } }) => kind === "p") };
  assertEquals(exclusionsFor({ ...noOther, knowsAll: true }), [{ "architecture.a": { min: 3 } }]);
});

Deno.test("exclusionsFor() of draws leaves out only settings that do not vary, and makes no ranges", () => {
  const settings = (a: number, b: number) => ({ architecture: { kind: "p", a, b, c: 7 } });
  const clash = ["architecture.a", "architecture.b", "architecture.c"];
  const impossible = [settings(1, 1), settings(2, 1), settings(3, 1)].map((settings) => ({
    settings,
    clash,
  }));
  assertEquals(exclusionsFor({ impossible, possible: [settings(5, 2)], knowsAll: false }), [
    { "architecture.a": [1, 2, 3], "architecture.b": 1 },
  ]);
  assertEquals(exclusionsFor({ impossible, possible: [settings(5, 1)], knowsAll: false }), [
    { "architecture.a": [1, 2, 3] },
  ]);
});

Deno.test("exclusionsFor() gives up where too much clashes, and exclusionHelp() says so", () => {
  const impossible = Array.from({ length: 1000 }, (_, i) => ({
    settings: { architecture: { kind: "p", a: i, b: i } },
    clash: ["architecture.a", "architecture.b"],
  }));
  const known = { impossible, possible: [], knowsAll: false };
  assertEquals(exclusionsFor(known), undefined);
  assert(exclusionHelp(known, "").startsWith("too many combinations clash"));
});

Deno.test("exclusionLine() writes YAML with the shortest names that no other setting has", () => {
  const paths = [
    "architecture.depth",
    "training.depth",
    "architecture.pool",
    "init.scheme",
    "architecture.dim",
  ];
  const conditions = {
    "architecture.depth": { min: 3 },
    "architecture.pool": true,
    "init.scheme": ["he_normal", "2x", "true"],
    "architecture.dim": [16, 24],
  };
  assertEquals(
    exclusionLine(conditions, paths),
    '- { architecture.depth: { min: 3 }, pool: true, scheme: [he_normal, "2x", "true"], dim: [16, 24] }',
  );
});

Deno.test("exclusionLine() names the settings of a list's items with their number and what they are items of", () => {
  const paths = [
    "architecture.convolutions.1.kernel",
    "architecture.convolutions.2.kernel",
    "architecture.widths.1",
  ];
  const conditions = { "architecture.convolutions.2.kernel": [5, 7], "architecture.widths.1": { max: 3 } };
  assertEquals(
    exclusionLine(conditions, paths),
    "- { convolutions.2.kernel: [5, 7], widths.1: { max: 3 } }",
  );
});

Deno.test("meets() takes a list for its values, items by their number, and a list in a list as one value", () => {
  const settings = { a: { widths: [300, 100], layers: [{ size: 5 }, { size: 7 }], dense: 64 } };
  const met: JsonObject[] = [
    { "a.widths": [[300, 100]] },
    { "a.widths": [[5], [300, 100]] },
    { "a.widths.2": 100 },
    { "a.widths.1": { min: 300 } },
    { "a.layers.2.size": [7, 8] },
    { "a.dense": [[64, 32], 64] },
  ];
  const unmet: JsonObject[] = [
    { "a.widths": [300, 100] },
    { "a.widths": [[100, 300]] },
    { "a.widths": 300 },
    { "a.widths": { min: 0 } },
    { "a.widths.3": { min: 0 } },
    { "a.widths.0": { min: 0 } },
    { "a.layers.3.size": 7 },
    { "a.dense": [[64]] },
  ];
  for (const conditions of met) assert(meets(settings, conditions), JSON.stringify(conditions));
  for (const conditions of unmet) assert(!meets(settings, conditions), JSON.stringify(conditions));
});
