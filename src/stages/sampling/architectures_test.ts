import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Family } from "../../artifacts/family.ts";
import type { Member } from "../../artifacts/sample.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { drawSettings } from "./draw.ts";
import { sampling } from "./stage.ts";
import {
  canBeBuilt,
  caseOf,
  cnn,
  configOf,
  members,
  mixed,
  mlp,
  mlpOf,
  type Options,
  problemsOf,
  reversedChoices,
  small,
  vit,
  wide,
  withArchitecture,
  withSetting,
} from "./testing/families.ts";

Deno.test("sampling.plan() counts the draws that cannot be built, and gives the lines that exclude them", () => {
  const random = { method: "random", count: 200 } as const;
  const problems = problemsOf(mixed, random);
  const counts = problems.map(({ message }) =>
    Number(/^Cannot build (\d+) of the 200 draws: /.exec(message)![1])
  );
  const free = { ...mixed, impossible: "skip" } as const;
  const moved = members(free, random).filter(({ index }) => !canBeBuilt(firstDraw(mixed, index)));
  assertEquals(counts.reduce((sum, count) => sum + count, 0), moved.length);
  assertEquals(problems.map(({ at }) => at.join()), problems.map(() => "family"));
  const patch = problems.find(({ message }) => message.includes("a patch of 5"))!;
  assert(patch.message.endsWith('a patch of 5 does not divide an image of 28 x 28 ("architecture.patch")'));
  assertEquals(patch.help!.split("\n").slice(1), ["- { patch: 5 }"]);
  const inGrid = problemsOf(withArchitecture(vit), { method: "grid" });
  assertEquals(
    inGrid.map(({ message, help }) => [message, help!.split("\n")[1]]).toSorted(),
    [
      [
        "Cannot build 4 of the 27 points of the grid: 3 heads do not divide a dimension of 16, and 1 more such reason " +
        '("architecture.heads" and "architecture.dim")',
        "- { heads: 3, dim: [16, 32] }",
      ],
      [
        'Cannot build 9 of the 27 points of the grid: a patch of 5 does not divide an image of 28 x 28 ("architecture.patch")',
        "- { patch: 5 }",
      ],
    ],
  );
});

Deno.test("sampling.plan() gives no lines to exclude where they would leave nothing", () => {
  const training = { ...small.space["training"] as JsonObject, batch_size: 100_000 };
  const family = { ...small, space: { ...small.space, training } };
  const [problem, ...others] = problemsOf(family, { method: "random", count: 3 });
  assertEquals(others, []);
  assertEquals(problem!.help, 'change "training.batch_size" of the family');
});

Deno.test("sampling.plan() draws again what is impossible, in place of it alone, where the family skips it", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = { method: "random", count: 60, seed } as const;
      const skipping = members({ ...mixed, impossible: "skip" }, random);
      assert(skipping.every(canBeBuilt));
      for (const [i, { settings, seed: own, index }] of skipping.entries()) {
        const first = firstDraw(mixed, i + 1, seed);
        if (canBeBuilt(first)) assertEquals(settings, first.settings);
        else assertNotEquals(settings, first.settings);
        assertEquals([index, own.length], [i + 1, 16]);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("sampling.plan() keeps members and their seeds when what is impossible is skipped or excluded", () => {
  const buildable = withArchitecture({ choice: [mlp, { ...vit, patch: 4, heads: { choice: [2, 4] } }] });
  for (const config of [{ method: "random", count: 50 }, { method: "grid" }] as const) {
    const before = members(buildable, config);
    assertEquals(members({ ...buildable, impossible: "skip" }, config), before);
    const exclude = [{ "architecture.patch": [5], "architecture.kind": "vit" }];
    assertEquals(members({ ...buildable, exclude }, config), before);
  }
});

Deno.test("sampling.plan() leaves the impossible out of a grid that skips it, and keeps the ids of the others", () => {
  const grid = members({ ...mixed, impossible: "skip" }, { method: "grid" });
  assert(grid.every(canBeBuilt));
  assertEquals(grid.filter(({ settings }) => settings.architecture.kind === "vit").length, 27 - 9 - 4);
  const without = { ...withArchitecture({ choice: [vit, mlp] }), impossible: "skip" } as const;
  const kept = members(without, { method: "grid" });
  assertEquals(kept.length, 16);
  for (const member of kept) assertEquals(grid.find(({ id }) => id === member.id), member);
});

Deno.test("sampling.plan() moves only its share when a case is added, and keeps the draws of the others", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3), (seed, weight) => {
      const random = { method: "random", count: 300, seed } as const;
      const few = [caseOf("a", 3, {}), caseOf("b", 1, { depth: { choice: [7, 8, 9] } })];
      const before = members({ ...wide, cases: few }, random);
      const after = members({ ...wide, cases: [caseOf("c", weight, { depth: 50 }), ...few] }, random);
      const moved = after.filter((member) => member.case === "c");
      assertAlmostEquals(moved.length / after.length, weight / (weight + 4), 0.12);
      for (const [i, member] of after.entries()) if (member.case !== "c") assertEquals(member, before[i]);
    }),
    { numRuns: 20 },
  );
});

Deno.test("sampling.plan() moves only the share of a kind that is added to the architectures", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = { method: "random", count: 300, seed } as const;
      const skipping = (choice: Json) => ({ ...withArchitecture({ choice }), impossible: "skip" }) as const;
      const before = members(skipping([mlp, cnn]), random);
      const after = members(skipping([vit, mlp, cnn]), random);
      const firsts = after.map(({ index }) => firstDraw(mixed, index, seed));
      const isNew = (i: number) => firsts[i]!.settings.architecture.kind === "vit";
      for (const [i, member] of after.entries()) {
        if (!isNew(i) && canBeBuilt(firsts[i]!)) assertEquals(member, before[i]);
      }
      const share = firsts.filter((_, i) => isNew(i)).length / after.length;
      assertAlmostEquals(share, 1 / 3, 0.12);
    }),
    { numRuns: 10 },
  );
});

Deno.test("sampling.plan() draws from choices of whole maps at every depth, and from choices in choices", () => {
  const space: JsonObject = {
    ...small.space,
    architecture: {
      choice: [mlp, { choice: [{ ...mlp, width: 7 }, { ...mlp, width: 9 }], weights: [0, 1] }],
    },
    training: {
      choice: [
        { optimizer: { choice: [{ name: "sgd", learning_rate: 0.1, momentum: 0 }] }, batch_size: 32 },
        {
          optimizer: { name: "adam", learning_rate: { uniform: [1, 2] } },
          batch_size: { choice: [64, 128] },
        },
      ],
    },
    init: {
      choice: [{ scheme: "zeros", scale: 1 }, { scheme: "normal", std: { uniform: [1, 2] }, scale: 1 }],
    },
  };
  const drawn = members({ ...small, space }, { method: "random", count: 200 });
  const seen = (of: (member: Member) => Json) => [...new Set(drawn.map(of))].toSorted();
  assertEquals(seen(({ settings }) => mlpOf(settings).width), [5, 9]);
  const rates = drawn.map(({ settings: { training } }) => [
    training.optimizer.name,
    training.batch_size,
    training.optimizer.learning_rate,
  ]);
  for (const [name, batch, rate] of rates as [string, number, number][]) {
    assert(name === "sgd" ? batch === 32 && rate === 0.1 : batch >= 64 && rate >= 1 && rate <= 2);
  }
  assertEquals(seen(({ settings }) => settings.training.batch_size), [128, 32, 64]);
  assertEquals(seen(({ settings }) => settings.init.std === undefined ? 0 : 1), [0, 1]);
});

Deno.test("sampling.plan() gives a grid the same ids in whatever order the file has its values, keys and maps", () => {
  const skipping = { ...mixed, impossible: "skip" } as const;
  const reversed = { ...skipping, space: reversedChoices(mixed.space) as JsonObject };
  const ids = (family: Family) => members(family, { method: "grid" }).map(({ id }) => id);
  assertEquals(ids(reversed), ids(skipping));
});

Deno.test("sampling.size() is the number of members where nothing is excluded, and an upper bound elsewhere", () => {
  const size = (family: Family, options: Options) => sampling.size!(configOf(options), { family });
  const random = { method: "random", count: 7, replicates: 3 } as const;
  assertEquals(size(wide, random), members(wide, random).length);
  const grid = { method: "grid", replicates: 2 } as const;
  assertEquals(size(small, grid), members(small, grid).length);
  const skipping = { ...mixed, impossible: "skip" } as const;
  assert(size(skipping, grid) > members(skipping, grid).length);
  assertEquals(size(withSetting(small, "depth", { uniform: [1, 2] }), grid), 0);
});

Deno.test("sampling.plan() draws 10,000 members in well under a second", () => {
  const started = performance.now();
  members({ ...mixed, impossible: "skip" }, { method: "random", count: 10_000 });
  assert(performance.now() - started < 2000); // 0.5 s on an idle core
});

/** Draw `index` as it is if nothing is refused, with settings that may not be buildable. */
function firstDraw(family: Family, index: number, seed = 0): Pick<Member, "settings"> {
  const { settings } = drawSettings(family, seed, index);
  return { settings: settings as unknown as Member["settings"] };
}
