import { assertEquals } from "@std/assert";
import { readFiles } from "./imports.ts";
import { parse } from "./parse.ts";
import { readPipeline } from "./testing/read_pipeline.ts";

const OTHER = `weft: 1
name: other
params: { limit: 5 }
matrix: { data: [mnist, cifar-10] }
stages:
  d: { kind: data, source: "\${{ matrix.data }}", limit: "\${{ params.limit }}" }
  n: { kind: space, data: d, architecture: { kind: mlp, width: 8 } }
  t: { kind: training, space: n }
  unneeded: { kind: summary, models: t, gather: [data] }
`;

function importing(imports: string, ...stages: string[]): string {
  return `weft: 1\nname: a\nimports: ${imports}\nstages:\n${stages.map((stage) => `  ${stage}\n`).join("")}`;
}

function instances(text: string, files: Record<string, string> = { "b.yaml": OTHER }) {
  const { told, pipeline } = readPipeline(text, { files });
  assertEquals(told, []);
  return pipeline.stages.flatMap(({ instances }) => instances.map(({ name }) => name));
}

Deno.test("An imported file's stages have its name in front, and only those that are read are there", () => {
  assertEquals(instances(importing("{ o: b.yaml }", "s: { kind: summary, models: o.t, gather: [data] }")), [
    "o.d/data=mnist",
    "o.d/data=cifar-10",
    "o.n/data=mnist",
    "o.n/data=cifar-10",
    "o.t/data=mnist",
    "o.t/data=cifar-10",
    "s",
  ]);
});

Deno.test("A file is imported with values for its params, once for each name", () => {
  const text = importing(
    "{ x: b.yaml, y: { file: b.yaml, params: { limit: 9 } } }",
    "s: { kind: summary, models: [x.t, y.t], gather: [data] }",
  );
  const { pipeline, told } = readPipeline(text, { files: { "b.yaml": OTHER } });
  assertEquals(told, []);
  const limits = pipeline.stages.filter(({ name }) => name.endsWith(".d")).map(({ instances }) =>
    instances[0]!.config["limit"]
  );
  assertEquals(limits, [5, 9]);
});

Deno.test("A file that is imported may import others", () => {
  const middle = importing("{ o: b.yaml }", "m: { kind: summary, models: o.t, gather: [data] }");
  const found = instances(
    importing("{ x: m.yaml }", "s: { kind: summary, models: x.o.t, like: x.m, gather: [data] }"),
    {
      "b.yaml": OTHER,
      "m.yaml": middle,
    },
  );
  assertEquals(found.filter((name) => !name.includes("/")), ["x.m", "s"]);
});

Deno.test("Axes of equal name join: what only one file has is left out, with a warning", () => {
  const text = "weft: 1\nname: a\nimports: { o: b.yaml }\nmatrix: { data: [cifar-10, third] }\nstages:\n" +
    '  s: { kind: summary, models: o.t, title: "${{ matrix.data }}" }\n';
  const { told, pipeline, problems } = readPipeline(text, { files: { "b.yaml": OTHER } });
  assertEquals(told, [
    'lost-instances 6:3 s | Stage "s" is not there for data=third: "o.t" has no such instance',
    'lost-instances 6:3 s | Stage "s" does not read "o.t/data=mnist": its axes have no such value',
  ]);
  assertEquals(problems[0]!.severity, "warning");
  assertEquals(pipeline.stages.at(-1)!.instances.map(({ name }) => name), ["s/data=cifar-10"]);
  const none = readPipeline(text.replace("cifar-10, third", "third"), { files: { "b.yaml": OTHER } });
  assertEquals(none.told, [
    'nothing-left 6:3 s | Cannot make stage "s": its inputs have no combination of the matrix in common',
  ]);
});

const STAGE = "d: { kind: data, source: mnist }";
const MISTAKES: readonly [
  what: string,
  text: string,
  files: Record<string, string>,
  told: readonly string[],
][] = [
  ["is not there", importing("{ o: c.yaml }", STAGE), {}, [
    'bad-import 3:15 c.yaml | Cannot import "c.yaml" as "o": there is no such file',
  ]],
  ["is the very file", importing("{ o: a.yaml }", STAGE), {}, [
    'bad-import 3:15 a.yaml | Cannot import "a.yaml" as "o": it is this very file',
  ]],
  ["is a list", importing("{ o: c.yaml }", STAGE), { "c.yaml": "- 1\n" }, [
    'bad-import 3:15 c.yaml | Cannot import "c.yaml" as "o": it is no pipeline but a list',
  ]],
  ["is empty", importing("{ o: c.yaml }", STAGE), { "c.yaml": "# no\n" }, [
    'bad-import 3:15 c.yaml | Cannot import "c.yaml" as "o": the file is empty',
  ]],
  ["is no pipeline", importing("{ o: c.yaml }", STAGE), { "c.yaml": "models: 3\n" }, [
    'bad-import 3:15 c.yaml | Cannot import "c.yaml" as "o": it is no pipeline: it has neither "weft" nor "stages"',
  ]],
  [
    "is no YAML",
    importing("{ o: c.yaml }", STAGE, "n: { kind: space, data: o.d, architecture: { kind: mlp, width: 1 } }"),
    { "c.yaml": "a: [1\n" },
    ["syntax c.yaml:1:4 [ | Cannot read the file as YAML: a bracket is not closed"],
  ],
  ["has no such param", importing("{ o: { file: b.yaml, params: { x: 1 } } }", STAGE), { "b.yaml": OTHER }, [
    'unknown-param 3:41 x | Cannot set param "x": the pipeline has no such param',
  ]],
  ["has a mistake", importing("{ o: c.yaml }", STAGE), {
    "c.yaml": "weft: 1\nname: c\nstages: { d: { kind: data } }\n",
  }, ['missing-key c.yaml:3:11 d | Cannot read stage "d": "source" is missing']],
  ["has no stage of the name", importing("{ o: b.yaml }", "s: { kind: summary, models: o.tt }"), {
    "b.yaml": OTHER,
  }, ['unknown-stage 5:31 o.tt | Cannot read "models" of stage "s": no stage is named "o.tt"']],
  ["is named in place of a stage of it", importing("{ o: b.yaml }", "s: { kind: summary, models: o }"), {
    "b.yaml": OTHER,
  }, [
    'unknown-stage 5:31 o | Cannot read "models" of stage "s": "o" is an import: name a stage of it, such as "o.t"',
  ]],
  [
    "has another name",
    importing("{ o: b.yaml }", "s: { kind: summary, models: zz.t }"),
    { "b.yaml": OTHER },
    [
      'unknown-stage 5:31 zz.t | Cannot read "models" of stage "s": no import is named "zz"',
    ],
  ],
  ["is another kind of stage", importing("{ o: b.yaml }", "s: { kind: summary, models: o.n }"), {
    "b.yaml": OTHER,
  }, ['wrong-artifact 5:31 o.n | Cannot read "models" of stage "s": stage "o.n" makes a space, not models']],
];
for (const [what, text, files, told] of MISTAKES) {
  Deno.test(`An import that ${what} is told`, () => assertEquals(readPipeline(text, { files }).told, told));
}

Deno.test("A cycle of imports is told with each file on the way", () => {
  const files = { "b.yaml": importing("{ c: c.yaml }", STAGE), "c.yaml": importing("{ a: a.yaml }", STAGE) };
  const { told, problems } = readPipeline(importing("{ b: b.yaml }", STAGE), { files });
  assertEquals(told, [
    'bad-import c.yaml:3:15 a.yaml | Cannot import "a.yaml" as "a": it imports this file in turn',
  ]);
  assertEquals(problems[0]!.related?.map(({ at }) => `${at.path}:${at.line}:${at.column}`), [
    "a.yaml:3:15",
    "b.yaml:3:15",
  ]);
});

Deno.test("readFiles() says where each file is imported, back to the root", () => {
  const files: Record<string, string> = {
    "b.yaml": importing("{ c: c.yaml }", STAGE),
    "c.yaml": importing("{}", STAGE),
  };
  const root = parse({ path: "a.yaml", text: importing("{ b: b.yaml }", STAGE) });
  if (!root.ok) throw new Error("a.yaml is no YAML");
  const { importedAt } = readFiles(root.value, [], (path) => ({ path, text: files[path]! }));
  assertEquals(importedAt.get("c.yaml")?.map(({ message, at }) => `${message} ${at.path}:${at.line}`), [
    '"c.yaml" is imported here b.yaml:3',
    '"b.yaml" is imported here a.yaml:3',
  ]);
});

Deno.test("More than 200 files, or a file that imports the next one twice at forty levels, are not read", () => {
  const files = Object.fromEntries(
    Array.from(
      { length: 40 },
      (_, i) => [`f${i}.yaml`, importing(`{ a: f${i + 1}.yaml, b: f${i + 1}.yaml }`, STAGE)],
    ),
  );
  const { told } = readPipeline(importing("{ a: f0.yaml }", STAGE), {
    files: { ...files, "f40.yaml": importing("{}", STAGE) },
  });
  assertEquals(told.map((text) => text.split(": ").at(-1)), ["the pipeline has more than 200 files"]);
});
