import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Dataset } from "../../artifacts/dataset.ts";
import { spaceValues } from "../../artifacts/domain.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { violationOf } from "../../engine/models/model.ts";
import type { FamilyConfig } from "./schema.ts";
import { family } from "./stage.ts";

const vit = { kind: "vit", patch: 4, dim: 16, depth: 1, heads: 2 };
const mlp = { kind: "mlp", depth: 1, width: 5 };

Deno.test("family.plan() points at the value that cannot be built, counts, and writes the line that excludes it", () => {
  const patch = { choice: [4, 5, 7] };
  assertEquals(told({ architecture: { ...vit, patch, depth: { choice: [1, 2] } } }), [[
    "architecture.patch.choice.1",
    "Cannot build 2 of the 6 architectures of this family: a patch of 5 does not divide an image of 28 x 28",
    "- { patch: 5 }",
  ]]);
});

Deno.test("family.plan() tells each set of settings that clash by itself, and joins lines that differ in one setting", () => {
  const architecture = {
    ...vit,
    patch: { choice: [4, 5, 7, 9] },
    dim: { choice: [16, 30] },
    heads: { choice: [2, 3, 4, 5] },
  };
  const heads = [
    "architecture.heads.choice.1",
    "Cannot build 6 of the 32 architectures of this family: 3 heads do not divide a dimension of 16, and 2 more such reasons",
    "- { heads: [3, 5], dim: 16 }",
    "- { heads: 4, dim: 30 }",
  ];
  const patch = [
    "architecture.patch.choice.1",
    "Cannot build 16 of the 32 architectures of this family: a patch of 5 does not divide an image of 28 x 28, " +
    "and 1 more such reasons",
    "- { patch: [5, 9] }",
  ];
  assertEquals(told({ architecture }).toSorted(), [heads, patch]);
});

Deno.test("family.plan() excludes by range, and by kind where another kind has the same values", () => {
  const cnn = { kind: "cnn", depth: { int_uniform: [1, 20] }, channels: 4 };
  assertEquals(told({ architecture: cnn })[0]!.slice(2), ["- { depth: { min: 14 } }"]);
  const both = { choice: [{ ...mlp, depth: { choice: [1, 15] } }, cnn] };
  assertEquals(told({ architecture: both })[0]!.slice(2), [
    "- { depth: [14, 16, 17, 18, 19, 20] }",
    "- { kind: cnn, depth: 15 }",
  ]);
});

Deno.test("family.plan() points into the case whose value cannot be built, else into the family", () => {
  const cases = [{ name: "usual" }, { name: "odd", architecture: { heads: { choice: [2, 3] } } }];
  assertEquals(told({ architecture: vit, cases })[0]!.slice(0, 2), [
    "cases.1.architecture.heads.choice.1",
    "Cannot build 1 of the 3 architectures of this family: 3 heads do not divide a dimension of 16",
  ]);
  const inFamily = [{ name: "deep", architecture: { depth: 2 } }];
  assertEquals(
    told({ architecture: { ...vit, heads: { choice: [2, 3] } }, cases: inFamily })[0]![0],
    [
      "architecture.heads.choice.1",
    ].join(),
  );
});

Deno.test("family.plan() points into the map of a choice that cannot be built", () => {
  const cnn = { kind: "cnn", depth: 1, channels: 4, kernel: 7 };
  const architecture = { choice: [cnn, mlp, { ...cnn, depth: 6 }] };
  assertEquals(told({ architecture })[0]![0], "architecture.choice.2.depth");
});

Deno.test("family.plan() refuses a family or a case of which nothing can be built, even if the impossible is skipped", () => {
  for (const impossible of ["error", "skip"] as const) {
    assertEquals(told({ architecture: { ...vit, patch: 5 }, impossible }), [[
      "architecture.patch",
      "Cannot build the networks of this family: a patch of 5 does not divide an image of 28 x 28",
      "it follows from architecture.patch",
    ]]);
    const cases = [{ name: "usual" }, { name: "odd", architecture: { patch: { choice: [5, 9] } } }];
    assertEquals(told({ architecture: vit, cases, impossible })[0]!.slice(0, 2), [
      "cases.1.architecture.patch.choice.0",
      'Cannot build any of the 2 architectures of case "odd": a patch of 5 does not divide an image of 28 x 28, ' +
      "and 1 more such reasons",
    ]);
  }
});

Deno.test("family.plan() lets the impossible stand that is excluded, skipped, or perhaps excluded by other settings", () => {
  const architecture = { ...vit, patch: { choice: [4, 5] } };
  assertEquals(told({ architecture, impossible: "skip" }), []);
  assertEquals(told({ architecture, exclude: [{ patch: 5 }] }), []);
  assertEquals(told({ architecture, exclude: [{ patch: 5, batch_size: { min: 1 } }] }), []);
  assertEquals(told({ architecture, exclude: [{ batch_size: 3 }] }).length, 1);
});

Deno.test("family.plan() leaves to the sampling what hangs on a range too long to look at, but not the rest", () => {
  const dim = { int_uniform: [1, 10_000] };
  assertEquals(told({ architecture: { ...vit, dim, heads: { choice: [2, 3] } } }), []);
  const [problem, ...others] = told({
    architecture: { ...vit, dim, heads: { choice: [2, 3] }, patch: { choice: [4, 5] } },
  });
  const [place, message, ...lines] = problem!;
  assertEquals([place, lines, others], ["architecture.patch.choice.1", ["- { patch: 5 }"], []]);
  assert(message!.endsWith("a patch of 5 does not divide an image of 28 x 28"));
});

Deno.test("family.plan() passes with the lines that it gives, and these exclude nothing that can be built", () => {
  const of = (...values: number[]) =>
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 4 });
  const choice = (values: fc.Arbitrary<Json[]>) => values.map((values): Json => ({ choice: values }));
  const vits = fc.record({
    kind: fc.constant("vit"),
    patch: choice(of(2, 3, 4, 5, 7)),
    dim: choice(of(8, 12, 16, 30)),
    heads: choice(of(1, 2, 3, 5)),
    depth: choice(of(1, 2, 3)),
  });
  const cnns = fc.record({
    kind: fc.constant("cnn"),
    depth: choice(of(1, 2, 3, 4, 5, 9)),
    channels: fc.constant(2),
    kernel: choice(of(1, 3, 5, 9)),
    stride: choice(of(1, 2, 3)),
    padding: choice(fc.constantFrom(["valid"], ["same"], ["valid", "same"])),
    pool: choice(fc.constantFrom([true], [false], [true, false])),
  });
  const mlps = fc.record({ kind: fc.constant("mlp"), depth: choice(of(1, 2, 5)), width: fc.constant(4) });
  const maps = fc.array(fc.oneof(vits, cnns, mlps) as fc.Arbitrary<JsonObject>, {
    minLength: 1,
    maxLength: 3,
  });
  let helped = 0;
  fc.assert(
    fc.property(maps, (choice) => {
      const settings: Settings = {
        architecture: { choice: [...new Map(choice.map((m) => [JSON.stringify(m), m])).values()] },
      };
      const problems = problemsOf(settings);
      const lines = problems.flatMap(({ help = "" }) =>
        help.split("\n").filter((line) => line.startsWith("- "))
      );
      if (lines.length === 0) return;
      helped++;
      const exclude = lines.map(readLine);
      assertEquals(problemsOf({ ...settings, exclude }), []);
      const free = planned({ ...settings, impossible: "skip" });
      const bound = planned({ ...settings, exclude });
      for (
        const architecture of spaceValues(free.space["architecture"]!) as unknown as ArchitectureSettings[]
      ) {
        const isExcluded = bound.exclude.some((conditions) =>
          Object.entries(conditions).every(([path, condition]) => {
            const value =
              architecture[path.slice("architecture.".length) as keyof ArchitectureSettings] as Json;
            if (Array.isArray(condition)) return condition.includes(value);
            const { min = -Infinity, max = Infinity } = condition as { min?: number; max?: number };
            return typeof condition === "object"
              ? Number(value) >= min && Number(value) <= max
              : value === condition;
          })
        );
        assertEquals(isExcluded, violationOf(architecture, dataset.shape) !== undefined);
      }
    }),
    { numRuns: 300 },
  );
  assert(helped > 100, `only ${helped} needed exclusions`);
});

type Settings = Omit<FamilyConfig, "dataset">;

const split = { count: 2, digest: "0".repeat(64) as Digest, classCounts: [1, 1] };
const dataset: Dataset = {
  source: "test",
  shape: [28, 28, 1],
  classes: ["a", "b"],
  splits: { train: split, test: split },
};

function plan(settings: Settings) {
  return family.plan(family.normalize!({ dataset: "d", ...settings }), { dataset });
}

function planned(settings: Settings) {
  const result = plan(settings);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function problemsOf(settings: Settings): readonly Problem[] {
  const result = plan(settings);
  return result.ok ? [] : result.error;
}

/** Of each problem the place, the message, and the lines of its help, without what comes before the lines for exclude. */
function told(settings: Settings): string[][] {
  return problemsOf(settings).map(({ at, message, help = "" }) => {
    const lines = help.split("\n");
    return [at.join("."), message, ...lines.length > 1 ? lines.slice(1) : lines];
  });
}

/** `- { dim: 16, heads: [3, 5] }` as the map that YAML reads in it: quotes around names make it JSON. */
function readLine(line: string): JsonObject {
  const json = line.slice(2).replaceAll(
    /[a-z_][a-z0-9_]*/g,
    (name) => /^(true|false)$/.test(name) ? name : `"${name}"`,
  );
  return JSON.parse(json);
}
