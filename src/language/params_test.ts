import { assertEquals } from "@std/assert";
import { readPipeline } from "./testing/read_pipeline.ts";

const TEXT = `weft: 1
params:
  limit: 5
  of: mnist
  any: null
  nested: { a: 1, b: { c: 2 } }
  domain: { choice: [1, 2] }
stages:
  d: { kind: data, source: "\${{ params.of }}", limit: "\${{ params.limit }}" }
  e: { kind: data, source: mnist, limit: "\${{ params.any }}" }
  f: { kind: data, source: mnist, limit: "\${{ params.nested.b.c }}" }
  g: { kind: space, data: d, architecture: { kind: mlp, width: "\${{ params.domain }}" } }
`;

/** Settings that come from params. */
function values(options: Parameters<typeof readPipeline>[1]) {
  const { pipeline, told } = readPipeline(TEXT, options);
  const config = (name: string) => pipeline.stages.find((stage) => stage.name === name)?.instances[0]?.config;
  const { width } = (config("g")?.["architecture"] ?? {}) as { readonly width?: unknown };
  return { told, d: config("d"), e: config("e")?.["limit"], f: config("f")?.["limit"], width };
}

Deno.test("Params take the values that are given for their paths, later ones over earlier ones and over files", () => {
  assertEquals(values({}), {
    told: [],
    d: { source: "mnist", limit: 5 },
    e: 100,
    f: 2,
    width: { choice: [1, 2] },
  });
  const params = "limit: 6\nnested: { b: { c: 3 } }\ndomain: 9\n";
  assertEquals(values({ params }), { told: [], d: { source: "mnist", limit: 6 }, e: 100, f: 3, width: 9 });
  const set = ["limit=7", "limit=8", "any=4", "nested.b.c=30", "of=cifar-10"];
  assertEquals(values({ params, set }), {
    told: [],
    d: { source: "cifar-10", limit: 8 },
    e: 4,
    f: 30,
    width: 9,
  });
});

Deno.test("On override maps merge, lists replace, and domains are replaced and replace as a whole", () => {
  assertEquals(values({ set: ["domain.choice=[7]"] }).width, { choice: [7] });
  assertEquals(values({ params: "domain: { choice: [8] }" }).width, { choice: [8] });
  assertEquals(values({ params: "domain: { int_uniform: [1, 9] }" }).width, { int_uniform: [1, 9] });
  assertEquals(values({ set: ["domain={ choice: [8], weights: [1] }", "domain={ choice: [9] }"] }).width, {
    choice: [9],
  });
  assertEquals(values({ params: "domain: 4" }).width, 4);
  assertEquals(values({ set: ["limit={ choice: [1] }", "limit=3"] }).d, { source: "mnist", limit: 3 });
  const set = ["nested={ b: { c: 9 } }", "nested={ a: 3 }"];
  const [told, f] = [values({ set }).told, values({ set }).f];
  assertEquals({ told, f }, { told: [], f: 9 });
});

Deno.test("null overrides a param with nothing", () => {
  assertEquals(values({ set: ["limit=null"] }).d, { source: "mnist", limit: 100 });
});

/** An override, and what is told of it. */
const MISTAKES: readonly [set: string, told: string, help: string | undefined][] = [
  [
    "limt=1",
    'unknown-param --set limt:1:1 1 | Cannot set param "limt": the pipeline has no such param',
    'did you mean "limit"? Known: limit, of, any, nested, domain',
  ],
  [
    "nested.x=1",
    'unknown-param --set nested.x:1:1 1 | Cannot set param "nested.x": "nested" has no "x"',
    "known: a, b",
  ],
  [
    "limit.x=1",
    'unknown-param --set limit.x:1:1 1 | Cannot set param "limit.x": "limit" is no map',
    undefined,
  ],
  [
    "limit=ten",
    'bad-param --set limit:1:1 ten | Cannot set param "limit": expected a number, found the text "ten"',
    undefined,
  ],
  [
    "limit=[1]",
    'bad-param --set limit:1:1 [1] | Cannot set param "limit": expected a number, found a list',
    undefined,
  ],
  [
    "of=3",
    'bad-param --set of:1:1 3 | Cannot set param "of": expected a text, found 3',
    'write it in quotes: "3"',
  ],
  [
    "nested=3",
    'bad-param --set nested:1:1 3 | Cannot set param "nested": expected a map, found 3',
    undefined,
  ],
  [
    "limit={ a: 1 }",
    'bad-param --set limit:1:1 { a: 1 } | Cannot set param "limit": expected a number, found a map',
    undefined,
  ],
  [
    "nested={ b: { d: 1 } }",
    'unknown-param --set nested:1:8 d | Cannot set param "nested.b.d": "nested.b" has no "d"',
    "known: c",
  ],
  [
    "params.limit=3",
    'unknown-param --set params.limit:1:1 3 | Cannot set param "params": the pipeline has no such param',
    'write "limit", without "params."',
  ],
  [
    "limit=${{ params.of }}",
    'bad-expression --set limit:1:1 ${{ params.of }} | Cannot use the expression "${{ params.of }}" in params: a param holds a plain value',
    "use expressions in stages, in matrix and in the params of imports",
  ],
];
for (const [set, told, help] of MISTAKES) {
  Deno.test(`The override ${set} is told where it stands`, () => {
    const { told: found, problems } = readPipeline(TEXT, { set: [set] });
    assertEquals(found, [told]);
    assertEquals(problems[0]!.help, help);
  });
}

Deno.test("A file of params is told of where it is wrong, with the default", () => {
  const { told, problems } = readPipeline(TEXT, {
    params: "limit: 1\nof: [x]\nnested:\n  b: { d: 1, c: 2 }\n",
  });
  assertEquals(told, [
    'bad-param params.yaml:2:5 [x] | Cannot set param "of": expected a text, found a list',
    'unknown-param params.yaml:4:8 d | Cannot set param "nested.b.d": "nested.b" has no "d"',
  ]);
  assertEquals(problems[0]!.related?.map(({ at }) => `${at.path}:${at.line}:${at.column}`), ["a.yaml:4:7"]);
  assertEquals(readPipeline(TEXT, { params: "- 1" }).told, [
    'bad-value params.yaml:1:1 - 1 | Cannot read params from "params.yaml": expected a map',
  ]);
  assertEquals(readPipeline(TEXT, { params: "# nothing\n" }).told, []);
});

Deno.test("A param holds a plain value, and one that nothing uses gets a warning", () => {
  const text =
    "weft: 1\nparams:\n  a: { b: '${{ params.c }}' }\n  c: 1\nstages:\n  d: { kind: data, source: mnist }\n";
  assertEquals(
    readPipeline(text).told[0],
    "bad-expression 3:11 '${{ params.c }}' | Cannot use the expression \"${{ params.c }}\" in params: a param holds a plain value",
  );
  const unused = readPipeline("weft: 1\nparams: { a: 1 }\nstages:\n  d: { kind: data, source: mnist }\n");
  assertEquals(unused.told, ['unused-param 2:11 a | Param "a" is not used']);
  assertEquals(unused.problems[0]!.severity, "warning");
});

Deno.test("An expression in params is told once, and an empty value that is given is told where it is given", () => {
  const text = (value: string) =>
    `weft: 1\nparams: { n: ${value}, of: mnist }\nstages:\n  d: { kind: data, source: "\${{ params.of }}", limit: "\${{ params.n }}" }\n`;
  assertEquals(readPipeline(text('"${{ params.of }}"')).told, [
    'bad-expression 2:14 "${{ params.of }}" | Cannot use the expression "${{ params.of }}" in params: a param holds a plain value',
  ]);
  const { problems } = readPipeline(text("1"), { set: ["of="] });
  const places = problems.flatMap(({ at, related = [] }) => [at, ...related.map(({ at }) => at)]);
  assertEquals(places.map((at) => `${at?.path}:${at?.line}:${at?.column}`), ["a.yaml:4:28", "--set of:1:1"]);
  const nested =
    "weft: 1\nparams: { s: { kind: mlp, width: 1 } }\nstages:\n  d: { kind: data, source: mnist }\n" +
    '  g: { kind: space, data: d, architecture: "${{ params.s }}" }\n';
  assertEquals(readPipeline(nested, { set: ["s.width="] }).told.map((one) => one.split(" |")[0]), [
    "bad-value --set s.width:1:1 ",
  ]);
});

Deno.test("Params may stand in the name, the description, the matrix and the imports", () => {
  const text = 'weft: 1\nname: "with-${{ params.of }}"\ndescription: "On ${{ params.of }}"\n' +
    'params: { of: mnist, file: b.yaml }\nimports: { b: "${{ params.file }}" }\nmatrix: { data: ["${{ params.of }}"] }\n' +
    'stages:\n  d: { kind: data, source: "${{ matrix.data }}" }\n  n: { kind: space, data: b.d, architecture: { kind: mlp, width: 1 } }\n';
  const files = { "b.yaml": "weft: 1\nname: b\nstages: { d: { kind: data, source: mnist } }\n" };
  const { told, pipeline } = readPipeline(text, { files });
  assertEquals(told, []);
  assertEquals([pipeline.name, pipeline.description], ["with-mnist", "On mnist"]);
  assertEquals(pipeline.stages.flatMap(({ instances }) => instances.map(({ name }) => name)), [
    "d/data=mnist",
    "b.d",
    "n",
  ]);
});

Deno.test("Params that are no map are told once, and not again where they are used", () => {
  const text =
    "weft: 1\nparams: [1]\nstages:\n  d: { kind: data, source: mnist, limit: '${{ params.limit }}' }\n";
  assertEquals(readPipeline(text).told, [
    'wrong-type 2:9 [1] | Cannot read "params": expected a map, found a list of 1',
  ]);
});
