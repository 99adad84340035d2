import { assertEquals, assertThrows } from "@std/assert";
import type { StageKind } from "../core/stage_kind.ts";
import { stageSchema } from "./pipeline_schema.ts";
import { fakeKinds } from "./testing/fake_kinds.ts";
import { type ReadOptions, readPipeline } from "./testing/read_pipeline.ts";

const HEAD = "resources: { memory: 16, gpu: 1 }\n";
const SPACE = `  d: { kind: data, source: mnist }
  n: { kind: space, data: d, architecture: { kind: mlp, width: 8 } }
`;
const SPACES = SPACE.replace("width: 8", 'width: "${{ matrix.width.name }}"');
const WIDTHS = "{ width: [{ name: 8 }, { name: 64, memory: 8, timeout: { minutes: 30 } }] }";

Deno.test("Limits belong to each instance of their stage, as they stand in the file", () => {
  const { limitsOf, told } = read(`${HEAD}stages:\n${SPACE}
  t:
    kind: training
    space: n
    concurrency: 2
    resources: { memory: 4, gpu: 0.5 }
    timeout: { minutes: 1.5 }
    retries: 0
  s: { kind: summary, models: t, timeout: { minutes: 2 } }
`);
  assertEquals(told, []);
  assertEquals(limitsOf("t"), [{
    concurrency: 2,
    resources: { memory: 4, gpu: 0.5 },
    timeout: { minutes: 1.5 },
    retries: 0,
  }]);
  assertEquals(limitsOf("s"), [{ timeout: { minutes: 2 } }]);
  assertEquals(limitsOf("n"), [{}]);
});

Deno.test("Limits differ by the axes that their stage inherits, and what one value lacks is not given", () => {
  const { limitsOf, told } = read(`matrix: ${WIDTHS}\n${HEAD}stages:\n${SPACES}
  t:
    kind: training
    space: n
    resources: { memory: "\${{ matrix.width.memory }}" }
    timeout: "\${{ matrix.width.timeout }}"
`);
  assertEquals(told, []);
  assertEquals(limitsOf("t"), [{ resources: {} }, { resources: { memory: 8 }, timeout: { minutes: 30 } }]);
});

Deno.test("Limits give their stage no axis: one that it has not, or gathers, is told at the expression", () => {
  const { told, axesOf } = read(`matrix: { width: [{ name: 8 }], tries: [1, 2] }\nstages:\n${SPACES}
  t: { kind: training, space: n, retries: "\${{ matrix.tries }}" }
  s: { kind: summary, models: t, gather: [width], retries: "\${{ matrix.width.name }}" }
  u: { kind: training, space: n, retries: "\${{ matrix.tires }}" }
`);
  assertEquals(told, [
    'unknown-axis 9:43 "${{ matrix.tires }}" | Cannot read "${{ matrix.tires }}": no axis is named "tires"',
    'unknown-axis 7:43 "${{ matrix.tries }}" | Cannot limit stage "t" by "tries": it has no such axis',
    'unknown-axis 8:60 "${{ matrix.width.name }}" | Cannot limit stage "s" by "width": it gathers this axis',
  ]);
  assertEquals(axesOf("t"), ["width"]);
});

Deno.test("All instances of a stage share its concurrency, which is a number or a param", () => {
  const withJobs = (jobs: string) =>
    read(`params: { jobs: 3, none: null }\nmatrix: ${WIDTHS}\nstages:\n${SPACES}
  t: { kind: training, space: n, concurrency: "\${{ ${jobs} }}" }
`);
  assertEquals(withJobs("params.jobs").limitsOf("t"), [{ concurrency: 3 }, { concurrency: 3 }]);
  assertEquals(withJobs("params.none").limitsOf("t"), [{}, {}]);
  assertEquals(withJobs("matrix.width.name").told, [
    'bad-expression 8:47 "${{ matrix.width.name }}" | Cannot use "${{ matrix.width.name }}" here: ' +
    "all instances of a stage share its concurrency",
  ]);
});

const MISTAKES: readonly [limits: string, told: string][] = [
  [
    "concurrency: 0",
    'bad-value 8:47 0 | Cannot read "concurrency" of stage "t": expected at least 1, found 0',
  ],
  [
    "concurrency: 1.5",
    'wrong-type 8:47 1.5 | Cannot read "concurrency" of stage "t": expected an integer, found 1.5',
  ],
  ["concurency: 2", 'unknown-key 8:34 concurency | Cannot read stage "t": "concurency" is not known here'],
  ["retries: 11", 'bad-value 8:43 11 | Cannot read "retries" of stage "t": expected at most 10, found 11'],
  ["timeout: 30", 'wrong-type 8:43 30 | Cannot read "timeout" of stage "t": expected a map, found 30'],
  [
    "timeout: { minutes: 0 }",
    'bad-value 8:54 0 | Cannot read "timeout.minutes" of stage "t": expected more than 0, found 0',
  ],
  [
    "timeout: { minuets: 3 }",
    'unknown-key 8:45 minuets | Cannot read "timeout" of stage "t": "minuets" is not known here',
  ],
  [
    "resources: { memory: 0 }",
    'bad-value 8:55 0 | Cannot read "resources.memory" of stage "t": expected more than 0, found 0',
  ],
  [
    "resources: { memroy: 4 }",
    'unknown-resource 8:47 memroy | Cannot take "memroy" for stage "t": no resource is named "memroy"',
  ],
  [
    "resources: { memory: 17 }",
    'too-much-taken 8:55 17 | Cannot take 17 of "memory" for stage "t": there is 16',
  ],
  [
    'retries: "${{ params.text }}"',
    'wrong-type 8:43 "${{ params.text }}" | Cannot read "retries" of stage "t": expected an integer, found the text "a"',
  ],
];

for (const [limits, wanted] of MISTAKES) {
  Deno.test(`A stage with "${limits}" is told where the mistake is`, () => {
    const { told } = read(`params: { text: a }\n${HEAD}stages:\n${SPACE}
  t: { kind: training, space: n, ${limits} }
`);
    assertEquals(told.filter((line) => !line.startsWith("unused-param")), [wanted]);
  });
}

Deno.test("A resource that nothing declares gets the nearest name, or how to declare it", () => {
  const helpOf = (head: string) =>
    read(`${head}stages:\n${SPACE}  t: { kind: training, space: n, resources: { memroy: 4 } }\n`).problems[0]
      ?.help;
  assertEquals(helpOf(HEAD), 'did you mean "memory"? Known: memory, gpu');
  assertEquals(helpOf(""), 'say beside "stages" how much of it there is: "resources: { memroy: 1 }"');
});

Deno.test("What a stage takes is not compared with resources that could not be read", () => {
  const told = (head: string) =>
    read(`${head}stages:\n${SPACE}  t: { kind: training, space: n, resources: { memory: 4 } }\n`).told;
  assertEquals(told("resources: { memory: -1 }\n"), [
    'bad-value 2:22 -1 | Cannot read "resources.memory": expected more than 0, found -1',
  ]);
  assertEquals(told("resources: 16\n"), [
    'wrong-type 2:12 16 | Cannot read "resources": expected a map, found 16',
  ]);
  assertEquals(told("imports: { b: ./b.yaml }\n"), [
    'bad-import 2:15 ./b.yaml | Cannot import "./b.yaml" as "b": there is no such file',
  ]);
});

Deno.test("A mistake in limits is told beside those of the other settings, and keeps no reader from being checked", () => {
  const { told } = read(`stages:\n${SPACE}
  t: { kind: training, space: n, retries: -1, epochs: 0 }
  s: { kind: summary, models: t, like: t }
`);
  assertEquals(told, [
    'bad-value 6:43 -1 | Cannot read "retries" of stage "t": expected at least 0, found -1',
    'bad-value 6:55 0 | Cannot read "epochs" of stage "t": expected at least 1, found 0',
    'wrong-artifact 7:40 t | Cannot read "like" of stage "s": stage "t" makes models, not a summary',
  ]);
});

Deno.test("A stage that is evaluated while planning has no limits", () => {
  const { told, problems } = read(
    `stages:\n  d: { kind: data, source: mnist, retries: 1, concurrency: 2 }\n`,
  );
  const why =
    'of stage "d": a stage of kind "data" is evaluated while planning, so that there is nothing to limit';
  assertEquals(told, [
    `cannot-limit 3:35 retries | Cannot set "retries" ${why}`,
    `cannot-limit 3:47 concurrency | Cannot set "concurrency" ${why}`,
  ]);
  assertEquals(
    problems[0]!.help,
    "leave it out, or set it where the work is done, such as in a stage that trains",
  );
});

Deno.test("The amounts of a file go over those of its imports, whose other resources join", () => {
  const text = (memory: number) =>
    `imports: { b: ./b.yaml, c: ./c.yaml }
resources: { memory: "\${{ params.memory }}" }
params: { memory: ${memory} }
stages:
  s: { kind: summary, models: b.t, resources: { gpu: 2, disk: 1 } }
`;
  const files = {
    "./b.yaml": `weft: 1\nresources: { memory: 64, gpu: 2 }\nstages:\n${SPACE}
  t: { kind: training, space: n, resources: { memory: 32 } }\n`,
    "./c.yaml": `weft: 1\nresources: { gpu: 1, disk: 5 }\nstages:\n${SPACE}`,
  };
  const { pipeline, told } = read(text(48), { files });
  assertEquals([pipeline.resources, told], [{ memory: 48, gpu: 2, disk: 5 }, []]);
  const { problems, told: [tooMuch] } = read(text(8), { files });
  assertEquals(
    tooMuch,
    'too-much-taken ./b.yaml:7:55 32 | Cannot take 32 of "memory" for stage "t": there is 8',
  );
  assertEquals(problems[0]!.related!.map(({ message, at }) => [message, at.path, at.line]), [
    ['"memory" is declared here', "a.yaml", 3],
  ]);
});

Deno.test("The budget of an imported file has no effect, which is told unless the pipeline has one", () => {
  const text = "imports: { b: ./b.yaml }\nstages:\n  s: { kind: summary, models: b.t }\n";
  const files = {
    "./b.yaml": `weft: 1\nbudget: { minutes: 60 }\nstages:\n${SPACE}  t: { kind: training, space: n }\n`,
  };
  const imported = read(text, { files });
  assertEquals(imported.told, [
    "unused-budget ./b.yaml:2:1 budget | The budget of an imported file has no effect",
  ]);
  assertEquals(imported.pipeline.budget, {});
  const both = read(`budget: { minutes: 5, max_failures: 0 }\n${text}`, { files });
  assertEquals([both.pipeline.budget, both.told], [{ minutes: 5, max_failures: 0 }, []]);
});

Deno.test("stageSchema() refuses a kind that calls a setting of its own like one of all kinds", () => {
  for (const name of ["kind", "gather", "concurrency", "resources", "timeout", "retries"]) {
    for (const kind of fakeKinds) {
      const own = { ...kind, schema: { type: "object", properties: { [name]: { type: "integer" } } } };
      const message = `Cannot use kind "${kind.name}": its setting "${name}" is called like one of all kinds`;
      assertThrows(() => stageSchema(own as StageKind), Error, message);
    }
  }
});

/** Reads a pipeline, less its first line. */
function read(text: string, options: ReadOptions = {}) {
  const { pipeline, problems, told } = readPipeline(`weft: 1\n${text}`, options);
  const stage = (name: string) => pipeline.stages.find((stage) => stage.name === name)!;
  return {
    pipeline,
    problems,
    told,
    limitsOf: (name: string) => stage(name).instances.map(({ limits }) => limits),
    axesOf: (name: string) => stage(name).axes,
  };
}
