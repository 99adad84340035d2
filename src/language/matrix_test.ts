import { assertEquals } from "@std/assert";
import { keyOf } from "./matrix.ts";
import { readPipeline } from "./testing/read_pipeline.ts";

/** Instances of a stage that names the axes `data` and `n`, and what is told. */
function expanded(matrix: string) {
  const { pipeline, told, problems } = readPipeline(
    `weft: 1\nmatrix:\n${matrix.replace(/^/gm, "  ")}\nstages:\n` +
      '  d: { kind: data, source: "${{ matrix.data.name }}", limit: "${{ matrix.n }}" }\n',
  );
  return {
    instances: pipeline.stages[0]?.instances.map(({ coordinates }) => keyOf(coordinates)) ?? [],
    told,
    problems,
  };
}

const AXES = "data: [mnist, cifar-10]\nn: [1, 2]\n";

Deno.test("The matrix is the product of its axes, less what is excluded, plus what is included", () => {
  assertEquals(expanded(AXES), {
    instances: ["data=mnist,n=1", "data=mnist,n=2", "data=cifar-10,n=1", "data=cifar-10,n=2"],
    told: [],
    problems: [],
  });
  assertEquals(expanded(`${AXES}exclude: [{ data: mnist, n: 2 }]`).instances, [
    "data=mnist,n=1",
    "data=cifar-10,n=1",
    "data=cifar-10,n=2",
  ]);
  assertEquals(expanded(`${AXES}exclude: [{ n: [1, 2], data: mnist }, { n: 1 }]`).instances, [
    "data=cifar-10,n=2",
  ]);
  assertEquals(
    expanded(`${AXES}exclude: [{ n: 2 }]\ninclude: [{ data: mnist, n: 2 }, { data: mnist, n: { name: 3 } }]`),
    {
      instances: ["data=mnist,n=1", "data=cifar-10,n=1", "data=mnist,n=2", "data=mnist,n=3"],
      told: [],
      problems: [],
    },
  );
});

Deno.test("A value that include adds is in no other combination, and later entries may name it", () => {
  const include = "include: [{ data: { name: mnist, of: x }, n: 1 }, { data: mnist, n: 2 }]";
  assertEquals(expanded(`data: [cifar-10]\nn: [1, 2]\n${include}`).instances, [
    "data=cifar-10,n=1",
    "data=cifar-10,n=2",
    "data=mnist,n=1",
    "data=mnist,n=2",
  ]);
});

Deno.test("An axis whose mistake is told makes no more mistakes", () => {
  assertEquals(expanded("data: []\nn: [1]").told, [
    'bad-value 3:9 [] | Cannot read "matrix.data": expected at least 1 item, found an empty list',
  ]);
  assertEquals(expanded('data: ["${{ params.x }}"]\nn: [1]').told, [
    'unknown-param 3:10 "${{ params.x }}" | Cannot read "${{ params.x }}": no param is named "x"',
  ]);
});

const MISTAKES: readonly [what: string, matrix: string, told: readonly string[]][] = [
  ["an axis value twice", "data: [mnist, { name: mnist }]\nn: [1]", [
    'duplicate-name 3:17 { name: mnist } | Cannot use "mnist" twice as a value of axis "data"',
  ]],
  ["a number and the same text", 'data: [mnist]\nn: [1, "1"]', [
    'duplicate-name 4:10 "1" | Cannot use "1" twice as a value of axis "n"',
  ]],
  ["values that differ only in case", "data: [mnist]\nn: [1]\nx: [A, a]", [
    'duplicate-name 5:10 a | Cannot use "a" as a value of axis "x": some file systems take it for "A", and it is part of file names',
  ]],
  ["a new value that differs only in case", `${AXES}include: [{ n: 1, data: { name: MNIST, x: 1 } }]`, [
    'duplicate-name 5:27 { name: MNIST, x: 1 } | Cannot use "MNIST" as a value of axis "data": some file systems take it for "mnist", and it is part of file names',
  ]],
  ["a value with too long a name", `data: [mnist]\nn: [1]\nx: [${"a".repeat(101)}, ${"a".repeat(100)}]`, [
    `bad-name 5:7 ${"a".repeat(101)} | Cannot use "${
      "a".repeat(58)
    }…" as a value of axis "x": it is part of file names`,
  ]],
  [
    "a wrong value, and not of what names it",
    "data: [a/b, mnist]\nn: [1]\nexclude: [{ data: a/b }]\ninclude: [{ data: a/b, n: 1 }]",
    ['bad-name 3:10 a/b | Cannot use "a/b" as a value of axis "data": it is part of file names'],
  ],
  ["a value that is no part of a file name", "data: [a/b]\nn: [1]", [
    'bad-name 3:10 a/b | Cannot use "a/b" as a value of axis "data": it is part of file names',
  ]],
  ["a map without a name", "data: [{ of: mnist }]\nn: [1]", [
    'bad-value 3:10 { of: mnist } | Cannot read "matrix.data[0]": expected a text, a number or true or false or a map with "name", found a map',
  ]],
  ["a map with a misspelt name", "data: [{ nmae: mnist }]\nn: [1]", [
    'missing-key 3:12 nmae | Cannot read "matrix.data[0]": "name" is missing',
  ]],
  ["an axis named as a column of tables", "data: [mnist]\nn: [1]\nstage: [x]", [
    'bad-name 5:3 stage | Cannot name an axis "stage": tables have a column of that name',
  ]],
  ["an axis with a bad name", "data: [mnist]\nn: [1]\nN: [x]", [
    'bad-name 5:3 N | Cannot read "matrix": "N" is not a name that it can have',
  ]],
  ["exclude of an unknown axis", `${AXES}exclude: [{ dta: mnist }]`, [
    'unknown-axis 5:15 dta | Cannot read the matrix: no axis is named "dta"',
  ]],
  ["exclude of an unknown value", `${AXES}exclude: [{ data: [mnist, mnits] }]`, [
    'unknown-axis-value 5:29 mnits | Cannot read the matrix: axis "data" has no value named "mnits"',
  ]],
  ["exclude of everything", `${AXES}exclude: [{ n: [1, 2] }]`, [
    "nothing-left 2:1 matrix | Cannot expand the matrix: nothing is left of it",
  ]],
  ["include without an axis", `${AXES}include: [{ n: 1 }]`, [
    'missing-key 5:13 { n: 1 } | Cannot include a combination without axis "data"',
  ]],
  ["include of an unknown axis", `${AXES}include: [{ n: 1, data: mnist, x: 1 }]`, [
    'unknown-axis 5:34 x | Cannot read the matrix: no axis is named "x"',
  ]],
  ["include of an unknown value", `${AXES}include: [{ n: 7, data: mnist }]`, [
    'unknown-axis-value 5:18 7 | Cannot read the matrix: axis "n" has no value named 7',
  ]],
  ["include of what is there", `${AXES}include: [{ n: 1, data: mnist }]`, [
    "duplicate-instance 5:13 { n: 1, data: mnist } | Cannot include data=mnist,n=1: the matrix has this combination already",
  ]],
  [
    "include of another map with a name that is there",
    `${AXES}include: [{ n: 1, data: { name: mnist, x: 1 } }]`,
    ['duplicate-name 5:27 { name: mnist, x: 1 } | Cannot use "mnist" twice as a value of axis "data"'],
  ],
  ["an expression of the matrix in the matrix", 'data: ["${{ matrix.n }}"]\nn: [1]', [
    'bad-expression 3:10 "${{ matrix.n }}" | Cannot use "${{ matrix.n }}" here: the matrix is not there yet',
  ]],
];
for (const [what, matrix, told] of MISTAKES) {
  Deno.test(`The matrix tells of ${what}`, () => assertEquals(expanded(matrix).told, told));
}

Deno.test("The matrix warns of an exclude that takes nothing away, and of an axis that nothing uses", () => {
  const { told, problems, instances } = expanded(
    `${AXES}exclude: [{ n: 3 }]\ninclude: [{ n: { name: 3 }, data: mnist }]`,
  );
  assertEquals(told, ["unused-exclude 5:13 { n: 3 } | This entry of exclude takes no combination away"]);
  assertEquals(problems[0]!.severity, "warning");
  assertEquals(instances.length, 5);
  assertEquals(expanded(`${AXES}other: [1, 2]`).told, ['unused-axis 5:3 other | Axis "other" is not used']);
});

Deno.test("The matrix is not expanded beyond its limits", () => {
  const axis = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`).join(", ");
  const codes = (matrix: string) => expanded(matrix).told.map((text) => text.split(" ")[0]);
  assertEquals(
    expanded(`data: [mnist]\nn: [${Array.from({ length: 10_000 }, (_, i) => i + 1).join(", ")}]`).instances
      .length,
    10_000,
  );
  assertEquals(codes(`data: [${axis(101)}]\nn: [${axis(100)}]`), ["too-many-instances"]);
  assertEquals(
    codes(`data: [mnist]\nn: [1]\n${Array.from({ length: 49 }, (_, i) => `a${i}: [1]`).join("\n")}`),
    ["too-many-axes"],
  );
  assertEquals(codes(`${AXES}exclude: [${Array(1001).fill("{ n: 1, data: mnist }").join(", ")}]`), [
    "too-large",
  ]);
});
