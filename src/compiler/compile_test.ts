import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { drawDiagnostic } from "../core/draw_diagnostic.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { fakeKinds } from "../language/testing/fake_kinds.ts";
import { compile } from "./compile.ts";
import type { Plan } from "./plan.ts";

const PIPELINE = `
weft: 1
name: widths
description: Two widths
stages:
  both: { kind: summary, models: [trained, again], like: first }
  first: { kind: summary, models: trained, title: " One " }
  trained: { kind: training, space: nets, epochs: 2 }
  again: { kind: training, space: nets, rate: 0.1 }
  nets: { kind: space, data: images, architecture: { kind: mlp, width: 8 } }
  images: { kind: data, source: mnist }
`;

Deno.test("compile() makes a node of each stage, after those that it reads, otherwise as in the file", () => {
  const plan = compiled(PIPELINE);
  assertEquals([plan.name, plan.description, plan.path], ["widths", "Two widths", "a.yaml"]);
  assertEquals(plan.nodes.map(({ instance }) => instance), [
    "images",
    "nets",
    "trained",
    "first",
    "again",
    "both",
  ]);
  assertEquals(plan.nodes.map(({ source }) => source.key.line), [11, 10, 8, 7, 9, 6]);
});

Deno.test("compile() resolves inputs, and tells one artifact from a list of them", () => {
  assertEquals(node(compiled(PIPELINE), "both").inputs, {
    models: {
      instances: ["trained", "again"],
      labels: [{ stage: "trained" }, { stage: "again" }],
      list: true,
    },
    like: { instances: ["first"], labels: [{}], list: false },
  });
  assertEquals(node(compiled(PIPELINE), "first").inputs, {
    models: { instances: ["trained"], labels: [{}], list: true },
  });
});

Deno.test("compile() fills in defaults, normalizes, and leaves out of the identity what is neutral and names of inputs", () => {
  const plan = compiled(PIPELINE);
  assertEquals(node(plan, "first").config, { models: "trained", title: "One" });
  assertEquals(node(plan, "first").identityConfig, { title: "One" });
  assertEquals(node(plan, "both").identityConfig, {});
  assertEquals(node(plan, "again").config, { space: "nets", epochs: 5, rate: 0.1 });
  assertEquals(node(plan, "trained").identityConfig, { epochs: 2 });
  assertEquals(node(plan, "nets").identityConfig, { architecture: { kind: "mlp", width: 8 } });
});

Deno.test("compile() evaluates plan kinds, and lists the items of kinds whose inputs it knows", () => {
  const plan = compiled(PIPELINE);
  assertEquals(node(plan, "images").output, { source: "mnist" });
  const architecture = { kind: "mlp", width: 8, activation: "relu" };
  assertEquals(node(plan, "nets").output, { data: { source: "mnist" }, architecture });
  assertEquals(node(plan, "trained").items?.map(({ id }) => id), ["1", "2"]);
  assertEquals("output" in node(plan, "trained"), false);
  assertEquals("items" in node(plan, "both") || "output" in node(plan, "both"), false);
});

Deno.test("compile() puts into the plan what there is, when a run ends, and how each stage may run", () => {
  const head = 'params: { memory: 16 }\nresources: { memory: "\${{ params.memory }}" }\n' +
    "budget: { minutes: 60, max_failures: 5 }\nstages:";
  const limits = "concurrency: 2, resources: { memory: 4 }, timeout: { minutes: 0.5 }, retries: 3 }";
  const plan = compiled(PIPELINE.replace("stages:", head).replace("epochs: 2 }", `epochs: 2, ${limits}`));
  assertEquals([plan.resources, plan.budget], [{ memory: 16 }, { minutes: 60, maxFailures: 5 }]);
  assertEquals(plan.nodes.map(({ limits }) => limits), [
    {},
    {},
    {
      concurrency: 2,
      resources: { memory: 4 },
      timeoutSeconds: 30,
      retries: 3,
    },
    {},
    {},
    {},
  ]);
  const unlimited = compiled(PIPELINE);
  assertEquals([unlimited.resources, unlimited.budget], [{}, {}]);
  assertEquals(plan.nodes.map(identityOf), unlimited.nodes.map(identityOf));

  function identityOf({ instance, config, identityConfig, inputs, output, items }: Plan["nodes"][number]) {
    return { instance, config, identityConfig, inputs, output, items };
  }
});

Deno.test("compile() refuses a registry in which a plan kind reads what is not evaluated while planning", () => {
  const late = {
    ...fakeKinds[0]!,
    name: "late",
    inputs: { models: { artifact: "models" } },
    schema: {},
  } as StageKind;
  const text = `${PIPELINE}  l: { kind: late, models: trained }\n`;
  assertThrows(() => compile({ path: "a.yaml", text }, [...fakeKinds, late]), Error, 'Kind "late"');
});

Deno.test("compile() points at a reference to a stage that is not there, and names the nearest that would do", () => {
  assertEquals(
    drawn(
      "stages:\n  imags: { kind: data, source: mnist }\n  nets: { kind: space, data: imgs, architecture: { kind: mlp, width: 1 } }",
    ),
    [
      'error[unknown-stage]: Cannot read "data" of stage "nets": no stage is named "imgs"',
      " --> a.yaml:4:30",
      "4 |   nets: { kind: space, data: imgs, architecture: { kind: mlp, width: 1 } }",
      '  |                              ^^^^ did you mean "imags"?',
    ],
  );
});

Deno.test("compile() tells what a stage makes where another artifact is wanted, and where it is defined", () => {
  assertEquals(
    drawn("stages:\n  d: { kind: data, source: mnist }\n  t:\n    kind: summary\n    models: [d]"),
    [
      'error[wrong-artifact]: Cannot read "models" of stage "t": stage "d" makes a data, not models',
      " --> a.yaml:6:14",
      "6 |     models: [d]",
      "  |              ^ add a stage that makes models",
      'note: stage "d" is defined here',
      " --> a.yaml:3:3",
      "3 |   d: { kind: data, source: mnist }",
      "  |   ^",
    ],
  );
});

Deno.test("compile() shows a cycle edge by edge", () => {
  const trained = "  i: { kind: data, source: mnist }\n" +
    "  n: { kind: space, data: i, architecture: { kind: mlp, width: 1 } }\n  t: { kind: training, space: n }\n";
  const cycle = "  a: { kind: summary, models: t, like: b }\n  b: { kind: summary, models: t, like: c }\n" +
    "  c: { kind: summary, models: t, like: a }\n  behind: { kind: summary, models: t, like: a }\n";
  assertEquals(drawn(`stages:\n${trained}${cycle}`), [
    'error[cycle]: Cannot order the stages: "a" reads "b", which reads "c", which reads "a"',
    " --> a.yaml:6:40",
    "6 |   a: { kind: summary, models: t, like: b }",
    "  |                                        ^ a stage cannot read what is made from it",
    'note: "b" reads "c" here',
    " --> a.yaml:7:40",
    "7 |   b: { kind: summary, models: t, like: c }",
    "  |                                        ^",
    'note: "c" reads "a" here',
    " --> a.yaml:8:40",
    "8 |   c: { kind: summary, models: t, like: a }",
    "  |                                        ^",
  ]);
  const itself = `stages:\n${trained}  s: { kind: summary, models: t, like: s }\n`;
  assertEquals(drawn(itself)[0], 'error[cycle]: Cannot order the stages: "s" reads "s"');
});

Deno.test("compile() turns problems of kinds into diagnostics at the value that they name", () => {
  const text = "stages:\n  i: { kind: data, source: mnist }\n" +
    "  n: { kind: space, data: i, architecture: { kind: mlp, width: 1001 } }\n  t: { kind: training, space: n, epochs: 2000 }";
  assertEquals(drawn(text), [
    "error[too-wide]: Cannot build networks of width 1001",
    " --> a.yaml:4:64",
    "4 |   n: { kind: space, data: i, architecture: { kind: mlp, width: 1001 } }",
    "  |                                                                ^^^^ at most 1000",
    "error[too-long]: Cannot train for 2000 epochs",
    " --> a.yaml:5:42",
    "5 |   t: { kind: training, space: n, epochs: 2000 }",
    "  |                                          ^^^^",
  ]);
});

Deno.test("compile() tells all mistakes of a file in its order, and nothing of stages that only read wrong ones", () => {
  const text =
    "stages:\n  s: { kind: summary, models: [t, u] }\n  t: { kind: training, space: n, epoch: 1 }\n" +
    "  n: { kind: space, data: i, architecture: { kind: mlp, width: 2000 } }\n" +
    "  u: { kind: training, space: m }\n  v: { kind: training, space: n, rate: -1 }\n  i: { kind: data, source: mnist }\n";
  const codes = drawn(text).filter((line) => line.startsWith("error")).map((line) =>
    line.slice(0, line.indexOf(":"))
  );
  assertEquals(codes, ["error[unknown-key]", "error[too-wide]", "error[unknown-stage]", "error[bad-value]"]);
});

Deno.test("compile() compiles 1,000 stages in well under a second", () => {
  const stages = Array.from(
    { length: 1000 },
    (_, i) =>
      `  s${i}: { kind: summary, models: t${
        i % 5 === 0 ? "" : `, like: s${i - 1}`
      }, title: "Number ${i}" }\n`,
  );
  const text = PIPELINE.replace(
    "stages:",
    `x-home: 1\nstages:\n  t: { kind: training, space: nets }\n${stages.join("")}`,
  );
  const started = performance.now();
  assertEquals(compiled(text).nodes.length, 1007);
  assert(performance.now() - started < 1000);
});

Deno.test("compile() answers any change of a good file with a plan or with diagnostics that can be drawn", () => {
  const insert = fc.constantFrom(
    "",
    " ",
    "\n",
    ":",
    "-",
    "[",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "null",
    "1e3",
    '"',
    "\t",
    "kind",
    "§",
  );
  const edit = fc.record({ at: fc.nat({ max: PIPELINE.length }), cut: fc.nat({ max: 12 }), insert });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce(
        (text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut),
        PIPELINE,
      );
      const result = compile({ path: "a.yaml", text }, fakeKinds);
      for (const d of result.ok ? [] : result.error) {
        assert(drawDiagnostic(d, () => text).includes(" --> a.yaml:"));
      }
    }),
    { numRuns: 1000 },
  );
});

function compiled(text: string): Plan {
  const result = compile({ path: "a.yaml", text }, fakeKinds);
  if (!result.ok) throw new Error(result.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  return result.value;
}

function node(plan: Plan, instance: string) {
  return plan.nodes.find((node) => node.instance === instance)!;
}

/** The lines of all diagnostics of a file that starts with `weft: 1`. */
function drawn(stages: string): string[] {
  const text = `weft: 1\n${stages}`;
  const result = compile({ path: "a.yaml", text }, fakeKinds);
  return result.ok ? [] : result.error.flatMap((d) => drawDiagnostic(d, () => text).split("\n"));
}
