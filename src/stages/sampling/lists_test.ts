import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Family } from "../../artifacts/family.ts";
import type { Member } from "../../artifacts/sample.ts";
import { canonicalJson, type Json, type JsonObject } from "../../core/json.ts";
import { drawSettings } from "./draw.ts";
import { canBeBuilt, members, problemsOf, withArchitecture } from "./testing/families.ts";

const convolution = { channels: 4, kernel: 3, stride: 1, padding: "valid", pool: false };
const listed: Family = withArchitecture({
  choice: [
    {
      kind: "mlp",
      widths: { choice: [[{ choice: [300, 200] }], [{ int_uniform: [50, 60] }, { choice: [5, 10] }]] },
      activation: "relu",
    },
    {
      kind: "cnn",
      convolutions: [
        { ...convolution, channels: { choice: [2, 4] } },
        { choice: [convolution, { ...convolution, stride: { choice: [2, 3] } }] },
      ],
      dense: { choice: [0, [8], [8, { choice: [3, 4] }]] },
      activation: "relu",
    },
  ],
});

Deno.test("sampling.plan() draws whole lists, items of lists and settings of items, each by its own path", () => {
  const drawn = members(listed, { method: "random", count: 400 });
  const values = (of: (settings: Member["settings"]["architecture"]) => Json) =>
    [...new Set(drawn.map(({ settings }) => canonicalJson(of(settings.architecture))))].toSorted();
  const listOf = (architecture: Member["settings"]["architecture"]) =>
    architecture.kind === "mlp" ? [...architecture.widths!] : [];
  assertEquals(values((own) => listOf(own).length), ["0", "1", "2"]);
  assertEquals(values((own) => listOf(own).length === 1 ? listOf(own) : null), ["[200]", "[300]", "null"]);
  assertEquals(values((own) => listOf(own)[1] ?? null), ["10", "5", "null"]);
  const firsts = drawn.map(({ settings }) => listOf(settings.architecture)).filter(({ length }) =>
    length === 2
  );
  assert(
    firsts.every(([first]) => first! >= 50 && first! <= 60) &&
      new Set(firsts.map(([first]) => first)).size > 8,
  );
  const cnnOf = (own: Member["settings"]["architecture"]) => own.kind === "cnn" ? own : undefined;
  assertEquals(values((own) => cnnOf(own)?.dense as Json ?? null), ["0", "8", "[8,3]", "[8,4]", "null"]);
  assertEquals(
    values((own) => cnnOf(own)?.convolutions?.map(({ channels, stride }) => [channels, stride]) ?? null),
    [
      "[[2,1],[4,1]]",
      "[[2,1],[4,2]]",
      "[[2,1],[4,3]]",
      "[[4,1],[4,1]]",
      "[[4,1],[4,2]]",
      "[[4,1],[4,3]]",
      "null",
    ],
  );
});

Deno.test("sampling.plan() leaves the draws of a list's other items alone when one changes", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = { method: "random", count: 60, seed } as const;
      const widths = (last: Json) => ({
        kind: "mlp",
        widths: [{ int_uniform: [5, 200] }, last],
        activation: "relu",
      });
      const [before, after] = ([{ choice: [3, 4] }, { int_uniform: [1, 9] }] as Json[]).map((last) =>
        members(withArchitecture(widths(last)), random).map(({ settings }) =>
          settings.architecture.kind === "mlp" ? settings.architecture.widths![0] : undefined
        )
      );
      assertEquals(before, after);
    }),
    { numRuns: 20 },
  );
});

Deno.test("sampling.plan() makes a grid of lists, in whatever order the file has the values, and leaves out by item", () => {
  const widths = (choice: Json) => withArchitecture({ kind: "mlp", widths: { choice }, activation: "relu" });
  const family = widths([[{ choice: [300, 200] }], [{ int_uniform: [50, 52] }, { choice: [5, 10] }]]);
  const grid = members(family, { method: "grid" });
  assertEquals(grid.length, 2 + 3 * 2);
  const turned = widths([[{ int_uniform: [50, 52] }, { choice: [10, 5] }], [{ choice: [200, 300] }]]);
  assertEquals(members(turned, { method: "grid" }), grid);
  const without = (exclude: JsonObject) =>
    members({ ...family, exclude: [exclude] }, { method: "grid" }).length;
  assertEquals(without({ "architecture.widths": [[300], [50, 5]] }), 6);
  assertEquals(without({ "architecture.widths.2": 5 }), 5);
  assertEquals(without({ "architecture.widths.1": { min: 52 } }), 4);
  const steps = widths([[{ int_uniform: [50, 52] }], [{ uniform: [1, 2] }]]);
  assertEquals(problemsOf(steps, { method: "grid" }).length, 1);
});

Deno.test("sampling.plan() draws again where a listed convolution does not fit, and names it where that is an error", () => {
  const sizes = { kernel: { choice: [3, 9, 15] }, stride: { choice: [1, 2] } };
  const convolutions: Json = {
    choice: [[{ ...convolution, ...sizes }], [convolution, {
      ...convolution,
      ...sizes,
      pool: { choice: [true, false] },
    }, {
      ...convolution,
      ...sizes,
    }]],
  };
  const family = withArchitecture({ kind: "cnn", convolutions, dense: 0, activation: "relu" });
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = { method: "random", count: 60, seed } as const;
      const skipping = members({ ...family, impossible: "skip" }, random);
      assert(skipping.every(canBeBuilt));
      const firsts = skipping.map(({ index }) => drawSettings(family, seed, index).settings!);
      const buildable = firsts.map((settings) => canBeBuilt({ settings } as unknown as Member));
      assert(buildable.includes(false));
      for (const [i, settings] of firsts.entries()) {
        assertEquals(canonicalJson(skipping[i]!.settings) === canonicalJson(settings), buildable[i]);
      }
      const problems = problemsOf(family, random);
      const counts = problems.map(({ message }) =>
        Number(/^Cannot build (\d+) of the 60 draws/.exec(message)![1])
      );
      assertEquals(counts.reduce((sum, count) => sum + count), buildable.filter((each) => !each).length);
      assert(problems.every(({ message }) => message.includes("architecture.convolutions.3.kernel")));
    }),
    { numRuns: 20 },
  );
});
