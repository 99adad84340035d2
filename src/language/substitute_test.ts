import { assertEquals } from "@std/assert";
import type { Json } from "../core/json.ts";
import { readPipeline } from "./testing/read_pipeline.ts";

const PARAMS = `params:
  number: 3
  text: mnist
  truth: false
  list: [4, 8]
  domain: { choice: [1, 2] }
  nothing: null
  deep: { er: { value: 7 } }
`;

/** The settings of the stage `s` after expressions are replaced and defaults filled in. */
function settings(stage: string, head = PARAMS): Json | undefined {
  const { pipeline, told } = readPipeline(
    `weft: 1\n${head}\nstages:\n  d: { kind: data, source: mnist }\n  s: ${stage}\n`,
  );
  assertEquals(told.filter((text) => !text.startsWith("unused")), []);
  return pipeline.stages.find(({ name }) => name === "s")!.instances[0]!.config;
}

Deno.test("An expression takes the type of its value: a number, a text, a list or a map", () => {
  assertEquals(settings('{ kind: data, source: "${{ params.text }}", limit: "${{ params.number }}" }'), {
    source: "mnist",
    limit: 3,
  });
  assertEquals(
    settings('{ kind: space, data: d, architecture: { kind: mlp, width: "${{ params.domain }}" } }'),
    {
      data: "d",
      architecture: { kind: "mlp", width: { choice: [1, 2] }, activation: "relu" },
    },
  );
  assertEquals(
    settings(
      '{ kind: space, data: d, architecture: { kind: mlp, width: { choice: "${{ params.list }}" } } }',
    ),
    {
      data: "d",
      architecture: { kind: "mlp", width: { choice: [4, 8] }, activation: "relu" },
    },
  );
  assertEquals(settings('{ kind: data, source: mnist, limit: "${{ params.deep.er.value }}" }'), {
    source: "mnist",
    limit: 7,
  });
});

Deno.test("An expression among other words stands for its text", () => {
  const trained =
    "{ kind: space, data: d, architecture: { kind: mlp, width: 1 } }\n  t: { kind: training, space: s }\n";
  const title = "${{ params.text }}, ${{ params.number }} and ${{params.truth}}";
  const { pipeline } = readPipeline(
    `weft: 1\n${PARAMS}stages:\n  d: { kind: data, source: mnist }\n  s: ${trained}  u: { kind: summary, models: t, title: "${title}" }\n`,
  );
  assertEquals(pipeline.stages.at(-1)!.instances[0]!.config["title"], "mnist, 3 and false");
});

Deno.test("An expression that gives nothing leaves its entry out, and is a mistake in a list", () => {
  assertEquals(settings('{ kind: data, source: mnist, limit: "${{ params.nothing }}" }'), {
    source: "mnist",
    limit: 100,
  });
  const { told, problems } = readPipeline(
    `weft: 1\n${PARAMS}stages:\n  d: { kind: data, source: mnist }\n` +
      '  s: { kind: space, data: d, architecture: { kind: mlp, width: { choice: [5, "${{ params.nothing }}"] } } }\n',
  );
  assertEquals(told, [
    'bad-expression 12:78 "${{ params.nothing }}" | Cannot put "${{ params.nothing }}" into a list: it is not given here',
  ]);
  assertEquals(problems[0]!.related?.map(({ at }) => at.line), [8]);
});

Deno.test("Each wrong expression of a text is told where it stands, quotes or not", () => {
  const text = (title: string) =>
    readPipeline(
      `weft: 1\n${PARAMS}stages:\n  d: { kind: data, source: mnist }\n  u:\n    kind: data\n    source: ${title}\n`,
    ).told.map((one) => one.split(" | ")[0]);
  const at = (column: number, name: string) => `unknown-param 14:${column} \${{ params.${name} }}`;
  assertEquals(text("a ${{ params.x }}, ${{ params.text }} and ${{ params.y }}"), [at(15, "x"), at(55, "y")]);
  assertEquals(text('"a ${{ params.x }} ${{ params.y }}"'), [at(16, "x"), at(32, "y")]);
  assertEquals(text('"\\ta ${{ params.x }}"'), ['unknown-param 14:13 "\\ta ${{ params.x }}"']);
});

Deno.test("An expression with other braces, and a map in a text, are told with what to write", () => {
  const helps = (value: string) =>
    readPipeline(
      `weft: 1\nmatrix: { w: [{ name: mnist, limit: 3 }] }\nstages:\n  d: { kind: data, source: ${value} }\n`,
    ).problems.map(({ code, help }) => `${code}: ${help}`);
  assertEquals(helps('"${params.a}"'), ['bad-expression: write "${{ params.a }}"']);
  assertEquals(helps('"{{ matrix.w.name }}"'), ['bad-expression: write "${{ matrix.w.name }}"']);
  assertEquals(helps('"x ${ matrix.w } ${{ matrix.w }}"'), [
    'bad-expression: write "${{ matrix.w }}"',
    'bad-expression: write "${{ matrix.w.name }}"',
  ]);
});

Deno.test("A field that other values of an axis have is not given, and one that none has is a mistake", () => {
  const text = "weft: 1\nmatrix: { data: [{ name: mnist, limit: 5 }, cifar-10] }\nstages:\n" +
    '  d: { kind: data, source: "${{ matrix.data.name }}", limit: "${{ matrix.data.limit }}" }\n';
  const { pipeline, told } = readPipeline(text);
  assertEquals(told, []);
  assertEquals(pipeline.stages[0]!.instances.map(({ config }) => config), [
    { source: "mnist", limit: 5 },
    { source: "cifar-10", limit: 100 },
  ]);
  assertEquals(readPipeline(text.replace("data.limit", "data.limt")).told, [
    'unknown-field 4:62 "${{ matrix.data.limt }}" | Cannot read "${{ matrix.data.limt }}": "matrix.data" has no "limt"',
  ]);
});

/** A value of `limit` of a stage, and what is told of it. */
const MISTAKES: readonly [value: string, told: string, related: string][] = [
  ["${{ params.zz }}", 'unknown-param | Cannot read "${{ params.zz }}": no param is named "zz"', ""],
  ["${{ matrix.zz }}", 'unknown-axis | Cannot read "${{ matrix.zz }}": no axis is named "zz"', ""],
  [
    "${{ params.deep.zz }}",
    'unknown-field | Cannot read "${{ params.deep.zz }}": "params.deep" has no "zz"',
    "9:9",
  ],
  [
    "${{ params.number.zz }}",
    'unknown-field | Cannot read "${{ params.number.zz }}": "params.number" has no "zz"',
    "3:11",
  ],
  [
    "${{ params.list.0 }}",
    'unknown-field | Cannot read "${{ params.list.0 }}": "params.list" has no "0"',
    "6:9",
  ],
  [
    "${{ params.text }}",
    'wrong-type | Cannot read "limit" of stage "s": expected an integer, found the text "mnist"',
    "4:9",
  ],
  [
    "${{ params.number }}0",
    'wrong-type | Cannot read "limit" of stage "s": expected an integer, found the text "30"',
    "",
  ],
  [
    "a ${{ params.list }}",
    'bad-expression | Cannot put "${{ params.list }}" into a text: it is a list',
    "6:9",
  ],
  [
    "a ${{ params.nothing }}",
    'bad-expression | Cannot put "${{ params.nothing }}" into a text: it is not given here',
    "8:12",
  ],
  ["${{ }}", 'bad-expression | Cannot read the expression in "${{ }}": it is empty', ""],
];
for (const [value, expected, related] of MISTAKES) {
  Deno.test(`The expression "${value}" is told where it stands: ${expected}`, () => {
    const { told, problems } = readPipeline(
      `weft: 1\n${PARAMS}stages:\n  s: { kind: data, source: mnist, limit: "${value}" }\n`,
    );
    const [code, message] = expected.split(" | ");
    const place = value.startsWith("a ") ? `11:45 ${value.slice(2)}` : `11:42 "${value}"`;
    assertEquals(told, [`${code} ${place} | ${message}`]);
    assertEquals(problems[0]!.related?.map(({ at }) => `${at.line}:${at.column}`).join() ?? "", related);
  });
}

Deno.test("An expression is no kind", () => {
  const { told, problems } = readPipeline(
    `weft: 1\n${PARAMS}stages:\n  d: { kind: "\${{ params.text }}", source: mnist }\n`,
  );
  assertEquals(told, [
    'bad-value 11:14 "${{ params.text }}" | Cannot read "kind" of stage "d": "${{ params.text }}" is not one of its values',
  ]);
  assertEquals(problems[0]!.help, "no expression can stand here");
});

Deno.test("A setting that is missing since its expression gives nothing is told at the expression, with what it names", () => {
  const { told, problems } = readPipeline(
    'weft: 1\nparams:\n  of: null\nstages:\n  d: { kind: data, source: "${{ params.of }}" }\n',
  );
  assertEquals(told, ['missing-key 5:28 "${{ params.of }}" | Cannot read stage "d": "source" is missing']);
  assertEquals(problems[0]!.related?.map(({ at }) => at.line), [3]);
});

Deno.test("A text that grows over all bounds is a mistake", () => {
  const { told } = readPipeline(
    `weft: 1\nparams: { a: ${
      "x".repeat(60_000)
    } }\nstages:\n  d: { kind: data, source: "\${{ params.a }}\${{ params.a }}" }\n`,
  );
  assertEquals(told.map((text) => text.split("|")[1]), [
    ' Cannot replace the expressions in "${{ params.a }}${{ params.a }}": the text has more than 100000 characters',
  ]);
});

Deno.test("Of the wrong expressions of a stage no more are told than of a pipeline", () => {
  const text = "${{ params.x }} ".repeat(600);
  const { told } = readPipeline(
    `weft: 1\nstages:\n  d: { kind: data, source: "${text}", limit: "\${{ params.y }}" }\n`,
  );
  assertEquals(told.length, 110);
});
