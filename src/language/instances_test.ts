import { assertEquals } from "@std/assert";
import { readPipeline } from "./testing/read_pipeline.ts";

const DATA = 'd: { kind: data, source: "${{ matrix.data }}" }';
const NETS = "n: { kind: space, data: d, architecture: { kind: mlp, width: 8 } }";
const TRAINED = "t: { kind: training, space: n }";
const RATES = 'u: { kind: training, space: n, rate: "${{ matrix.rate }}" }';
const MATRIX = "{ data: [mnist, cifar-10], rate: [0.1, 0.2] }";
/** The first line of the stages of {@link read}. */
const FIRST = 4;

/** A pipeline over two axes, of which each stage may use what it likes. */
function read(stages: readonly string[], matrix = MATRIX) {
  return readPipeline(
    `weft: 1\nmatrix: ${matrix}\nstages:\n${stages.map((stage) => `  ${stage}\n`).join("")}`,
  );
}

/** What the instances of the last stage read through an input: `instance {labels}`. */
function inputs(stages: readonly string[], role = "models"): Record<string, string[]> {
  const { pipeline, problems } = read(stages);
  assertEquals(problems.filter(({ code }) => code !== "unused-axis").map(({ message }) => message), []);
  return Object.fromEntries(
    pipeline.stages.at(-1)!.instances.map(({ name, inputs }) => [
      name,
      inputs[role]!.entries.map(({ instance, labels }) => `${instance} ${JSON.stringify(labels)}`),
    ]),
  );
}

Deno.test("A stage is there for each combination of the axes that it names and that its inputs have", () => {
  const { pipeline } = read([DATA, NETS, TRAINED, RATES]);
  assertEquals(pipeline.stages.map(({ name, axes, instances }) => [name, axes.join(), instances.length]), [
    ["d", "data", 2],
    ["n", "data", 2],
    ["t", "data", 2],
    ["u", "data,rate", 4],
  ]);
  assertEquals(inputs([DATA, NETS, RATES], "space"), {
    "u/data=mnist,rate=0.1": ["n/data=mnist {}"],
    "u/data=mnist,rate=0.2": ["n/data=mnist {}"],
    "u/data=cifar-10,rate=0.1": ["n/data=cifar-10 {}"],
    "u/data=cifar-10,rate=0.2": ["n/data=cifar-10 {}"],
  });
});

Deno.test("A stage that gathers an axis is there once over it, and its inputs become lists with labels", () => {
  assertEquals(inputs([DATA, NETS, TRAINED, "s: { kind: summary, models: t, gather: [data] }"]), {
    s: ['t/data=mnist {"data":"mnist"}', 't/data=cifar-10 {"data":"cifar-10"}'],
  });
  assertEquals(inputs([DATA, NETS, RATES, "s: { kind: summary, models: u, gather: [rate] }"]), {
    "s/data=mnist": ['u/data=mnist,rate=0.1 {"rate":0.1}', 'u/data=mnist,rate=0.2 {"rate":0.2}'],
    "s/data=cifar-10": ['u/data=cifar-10,rate=0.1 {"rate":0.1}', 'u/data=cifar-10,rate=0.2 {"rate":0.2}'],
  });
});

Deno.test("Inputs that are gathered go entry by entry: one with fewer axes is repeated", () => {
  const stages = [DATA, NETS, TRAINED, RATES, "a: { kind: summary, models: t }"];
  const gathered = "s: { kind: summary, models: u, beside: a, gather: [data, rate] }";
  assertEquals(Object.values(inputs([...stages, gathered], "beside")), [[
    'a/data=mnist {"data":"mnist","rate":0.1}',
    'a/data=mnist {"data":"mnist","rate":0.2}',
    'a/data=cifar-10 {"data":"cifar-10","rate":0.1}',
    'a/data=cifar-10 {"data":"cifar-10","rate":0.2}',
  ]]);
});

Deno.test("A list of stages has the label stage, and one name alone none", () => {
  const again = "v: { kind: training, space: n, epochs: 9 }";
  assertEquals(inputs([DATA, NETS, TRAINED, again, "s: { kind: summary, models: [t, v] }"])["s/data=mnist"], [
    't/data=mnist {"stage":"t"}',
    'v/data=mnist {"stage":"v"}',
  ]);
  assertEquals(inputs([DATA, NETS, TRAINED, "s: { kind: summary, models: [t] }"])["s/data=mnist"], [
    "t/data=mnist {}",
  ]);
});

Deno.test("A reference may fix axes: then the stage does not have them", () => {
  assertEquals(inputs([DATA, NETS, TRAINED, 's: { kind: summary, models: "t/data=mnist" }']), {
    s: ["t/data=mnist {}"],
  });
  assertEquals(inputs([DATA, NETS, RATES, 's: { kind: summary, models: "u/rate=0.2" }']), {
    "s/data=mnist": ["u/data=mnist,rate=0.2 {}"],
    "s/data=cifar-10": ["u/data=cifar-10,rate=0.2 {}"],
  });
});

Deno.test("A reference may be an expression, if what it may name has equal axes", () => {
  const stages = [
    'd: { kind: data, source: "${{ matrix.data.name }}" }',
    "n: { kind: space, data: d, architecture: { kind: mlp, width: 8 } }",
    "m: { kind: space, data: d, architecture: { kind: cnn, channels: 8 } }",
    't: { kind: training, space: "${{ matrix.of }}" }',
  ];
  const { pipeline, told } = read(stages, "{ data: [{ name: mnist, x: 1 }], of: [n, m] }");
  assertEquals(told, []);
  assertEquals(
    pipeline.stages.at(-1)!.instances.map((
      { name, inputs },
    ) => [name, inputs["space"]!.entries[0]!.instance]),
    [
      ["t/data=mnist,of=n", "n/data=mnist"],
      ["t/data=mnist,of=m", "m/data=mnist"],
    ],
  );
  const fixed = stages.with(
    2,
    "m: { kind: space, data: d/data=mnist, architecture: { kind: cnn, channels: 8 } }",
  );
  assertEquals(read(fixed, "{ data: [{ name: mnist, x: 1 }], of: [n, m] }").told, [
    `unequal-axes ${
      FIRST + 3
    }:31 "\${{ matrix.of }}" | Cannot read "space" of stage "t": the stages that it may name differ in their axes, "n" has data and "m" has no axes`,
  ]);
});

Deno.test("Only combinations that the matrix has are there", () => {
  const { pipeline } = read(
    [DATA, NETS, RATES],
    "{ data: [mnist, cifar-10], rate: [0.1, 0.2], exclude: [{ data: mnist, rate: 0.2 }] }",
  );
  assertEquals(pipeline.stages.at(-1)!.instances.map(({ name }) => name), [
    "u/data=mnist,rate=0.1",
    "u/data=cifar-10,rate=0.1",
    "u/data=cifar-10,rate=0.2",
  ]);
});

/** The last stage of a pipeline, and what is told of it. */
const MISTAKES: readonly [stage: string, told: string][] = [
  [
    "s: { kind: summary, models: t, gather: [dta] }",
    '43 dta | unknown-axis | Cannot gather "dta" in stage "s": no input has this axis',
  ],
  [
    "s: { kind: summary, models: t, gather: [rate] }",
    '43 rate | unknown-axis | Cannot gather "rate" in stage "s": no input has this axis',
  ],
  [
    's: { kind: summary, models: t, title: "${{ matrix.data }}", gather: [data] }',
    '72 data | cannot-gather | Cannot gather "data" in stage "s": its own settings name this axis',
  ],
  [
    "s: { kind: summary, models: t, like: a, gather: [data] }",
    '40 a | cannot-gather | Cannot gather "data" over "like" of stage "s": this input takes no list',
  ],
  [
    "s: { kind: training, space: n, gather: [data] }",
    '34 gather | cannot-gather | Cannot gather axes in stage "s": a stage of kind "training" takes no lists',
  ],
  [
    "s: { kind: summary, models: t, gather: data }",
    '42 data | wrong-type | Cannot read "gather" of stage "s": expected a list, found the text "data"',
  ],
  [
    "s: { kind: summary, models: t/dta=mnist }",
    '31 t/dta=mnist | unknown-axis | Cannot read "models" of stage "s": stage "t" has no axis "dta"',
  ],
  [
    "s: { kind: summary, models: t/data=mnits }",
    '31 t/data=mnits | unknown-axis-value | Cannot read "models" of stage "s": stage "t" has no instance with data=mnits',
  ],
  [
    "s: { kind: summary, models: a }",
    '31 a | wrong-artifact | Cannot read "models" of stage "s": stage "a" makes a summary, not models',
  ],
  [
    "s: { kind: summary, models: [t, t] }",
    '35 t | duplicate-input | Cannot read "models" of stage "s": "t" is in the list twice',
  ],
  [
    "s: { kind: summary, models: '' }",
    '31 \'\' | bad-reference | Cannot read "models" of stage "s": it is empty',
  ],
  [
    "s: { kind: summary, models: t/ }",
    '31 t/ | bad-reference | Cannot read "models" of stage "s": "t/" names no stage and no instance',
  ],
  [
    "s: { kind: summary, models: t/data }",
    '31 t/data | bad-reference | Cannot read "models" of stage "s": "t/data" names no stage and no instance',
  ],
  [
    's: { kind: summary, models: "t/data=mnist,data=cifar-10" }',
    '31 "t/data=mnist,data=cifar-10" | bad-reference | Cannot read "models" of stage "s": "t/data=mnist,data=cifar-10" names no stage and no instance',
  ],
  [
    "s: { kind: summary, models: [t/data=mnist, t/data=cifar-10], beside: [a/data=mnist, a/data=mnist, a/data=cifar-10] }",
    '87 a/data=mnist | duplicate-input | Cannot read "beside" of stage "s": "a/data=mnist" is in the list twice',
  ],
  [
    "s: { kind: summary, models: [t/data=mnist, t/data=cifar-10, w], beside: [a/data=mnist, a/data=cifar-10] }",
    '75 [a/data=mnist, a/data=cifar-10] | unequal-lists | Cannot put the inputs of stage "s" side by side: "models" has 3, "beside" has 2',
  ],
];
for (const [stage, told] of MISTAKES) {
  Deno.test(`The stage ${stage} is told of`, () => {
    const stages = [
      DATA,
      NETS,
      TRAINED,
      "a: { kind: summary, models: t }",
      "w: { kind: training, space: n, epochs: 2 }",
      RATES,
    ];
    const [place, code, message] = told.split(" | ");
    assertEquals(read([...stages, stage]).told, [`${code} ${FIRST + stages.length}:${place} | ${message}`]);
  });
}

Deno.test("A pipeline of more than 10,000 instances is told once, where they are exceeded", () => {
  const values = Array.from({ length: 4000 }, (_, i) => `v${i}`).join(", ");
  const stage = (name: string) => `${name}: { kind: data, source: mnist, limit: "\${{ matrix.a.name }}" }`;
  const { told } = read(["x", "y", "z", "w"].map(stage), `{ a: [${values}] }`);
  assertEquals(told.filter((text) => text.startsWith("too-many")), [
    'too-many-instances 6:3 z | Cannot expand stage "z": the pipeline has more than 10000 instances',
  ]);
});
