import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { spaceValues } from "../../artifacts/domain.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { violationOf } from "../../engine/models/model.ts";
import type { FamilyConfig } from "./schema.ts";
import { family } from "./stage.ts";
import { dataset } from "./testing/families.ts";

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
    "and 1 more such reason",
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

Deno.test("family.plan() points into the list, and at the convolution of it, that cannot be built", () => {
  const cnn = { kind: "cnn", dense: { choice: [0, [8, 4]] } };
  const convolutions: Json = [
    { channels: 4, pool: true, stride: { choice: [1, 4] } }, // 28 -> 26 -> 13, or 7 -> 3
    { channels: { choice: [4, 8] }, kernel: { choice: [3, 5] } },
  ];
  assertEquals(told({ architecture: { ...cnn, convolutions } }), [[
    "architecture.convolutions.1.kernel.choice.1",
    "Cannot build 4 of the 16 architectures of this family: convolution 2 needs 5 x 5 and finds 3 x 3 of an image of 28 x 28",
    "- { convolutions.2.kernel: 5, convolutions.1.stride: 4 }",
  ]]);
  const fits = [{ channels: 2 }];
  const lists = { choice: [fits, [...fits, { channels: 3, kernel: 27 }], [...fits, { channels: 3 }]] };
  assertEquals(told({ architecture: { choice: [mlp, { ...cnn, dense: 0, convolutions: lists }] } }), [[
    "architecture.choice.1.convolutions.choice.1.1.kernel",
    "Cannot build 1 of the 4 architectures of this family: convolution 2 needs 27 x 27 and finds 26 x 26 of an image of 28 x 28",
    "- { convolutions.2.kernel: 27 }",
  ]]);
  const usual: Json = [{ channels: 2, stride: { choice: [1, 20] } }, { channels: 3 }];
  assertEquals(
    told({ architecture: { kind: "cnn", convolutions: usual } })[0]![0],
    "architecture.convolutions.1.kernel", // a default: the item is pointed at
  );
  assertEquals(told({ architecture: { kind: "cnn", convolutions }, impossible: "skip" }), []);
});

Deno.test("family.plan() finds no head that does not divide where the dimension is that of all heads", () => {
  const { dim: _, ...others } = vit;
  assertEquals(
    told({ architecture: { ...others, heads: { choice: [2, 3, 5] }, head_dim: { choice: [4, 7] } } }),
    [],
  );
});

Deno.test("family.plan() refuses a family or a case of which nothing can be built, even if the impossible is skipped", () => {
  for (const impossible of ["error", "skip"] as const) {
    assertEquals(told({ architecture: { ...vit, patch: 5 }, impossible }), [[
      "architecture.patch",
      "Cannot build the networks of this family: a patch of 5 does not divide an image of 28 x 28",
      "change architecture.patch",
    ]]);
    const cases = [{ name: "usual" }, { name: "odd", architecture: { patch: { choice: [5, 9] } } }];
    assertEquals(told({ architecture: vit, cases, impossible })[0]!.slice(0, 2), [
      "cases.1.architecture.patch.choice.0",
      'Cannot build any of the 2 architectures of case "odd": a patch of 5 does not divide an image of 28 x 28, ' +
      "and 1 more such reason",
    ]);
  }
});

Deno.test("family.plan() says what to change, and of many settings in a list the list alone", () => {
  const shrinking = Array.from({ length: 4 }, () => ({ channels: 2, pool: true }));
  const [, , help] = told({ architecture: { kind: "cnn", convolutions: shrinking } })[0]!;
  assertEquals(help, "change architecture.convolutions");
  assertEquals(
    told({ architecture: { ...vit, heads: 3 } })[0]![2],
    "change architecture.heads and architecture.dim",
  );
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
  const convolution = fc.record({
    channels: fc.constant(2),
    kernel: choice(of(1, 3, 9, 15)),
    stride: choice(of(1, 2, 9)),
    pool: choice(fc.constantFrom([true], [false])),
  }) as fc.Arbitrary<Json>;
  const lists = fc.array(convolution, { minLength: 1, maxLength: 2 });
  const listed = fc.record({
    kind: fc.constant("cnn"),
    convolutions: fc.oneof(
      lists as fc.Arbitrary<Json>,
      fc.tuple(lists, fc.constant([{ channels: 2, kernel: 29 }])).map(([one, other]): Json => ({
        choice: [one, other],
      })),
    ),
  });
  const mlps = fc.record({ kind: fc.constant("mlp"), depth: choice(of(1, 2, 5)), width: fc.constant(4) });
  const maps = fc.array(fc.oneof(vits, cnns, listed, mlps) as fc.Arbitrary<JsonObject>, {
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
            const value = valueAt(architecture, path);
            if (value === undefined) return false;
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

/** The value that a path names, the items of lists being counted from 1. */
function valueAt(architecture: ArchitectureSettings, path: string): Json | undefined {
  const [, name, item, inner] = path.split(".");
  const value = (architecture as unknown as JsonObject)[name!];
  return item === undefined ? value : (value as JsonObject[] | undefined)?.[Number(item) - 1]?.[inner!];
}

type Settings = Omit<FamilyConfig, "dataset">;

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
    /[a-z_][a-z0-9_.]*/g,
    (name) => /^(true|false)$/.test(name) ? name : `"${name}"`,
  );
  return JSON.parse(json);
}
