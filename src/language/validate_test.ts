import { assertEquals, assertStringIncludes } from "@std/assert";
import { drawDiagnostic } from "../core/draw_diagnostic.ts";
import { fakeKinds } from "./testing/fake_kinds.ts";
import { readFiles } from "./imports.ts";
import { parse } from "./parse.ts";
import { type Spec, validate } from "./validate.ts";

/** Settings of a stage with one mistake, and what is told of it: code, the text under the carets, message, help. */
const MISTAKES: readonly [
  what: string,
  stage: string,
  code: string,
  under: string,
  message: string,
  help: string,
][] = [
  [
    "an unknown setting",
    "{ kind: data, source: mnist, limt: 3 }",
    "unknown-key",
    "limt",
    'Cannot read stage "s": "limt" is not known here',
    'did you mean "limit"? Known: kind, source, limit',
  ],
  [
    "a missing setting",
    "{ kind: data }",
    "missing-key",
    "s",
    'Cannot read stage "s": "source" is missing',
    "source: Where it comes from",
  ],
  [
    "an unknown kind",
    "{ kind: dat, source: mnist }",
    "bad-value",
    "dat",
    'Cannot read "kind" of stage "s": "dat" is not one of its values',
    'did you mean "data"? Allowed: data, space, training, summary',
  ],
  [
    "an expression for a key",
    '{ kind: data, source: mnist, "${{ params.key }}": 3 }',
    "unknown-key",
    '"${{ params.key }}"',
    'Cannot read stage "s": "${{ params.key }}" is not known here',
    "an expression cannot be a key",
  ],
  [
    "a value that a comma ends",
    "{ kind: summary, models: t/m=1,n=3 }",
    "unknown-key",
    "n=3",
    'Cannot read stage "s": "n=3" is not known here',
    'a comma ends a value within { }: write "t/m=1,n=3" in quotes',
  ],
  [
    "a missing kind",
    "{ source: mnist }",
    "missing-key",
    "s",
    'Cannot read stage "s": "kind" is missing',
    "kind: What",
  ],
  [
    "a stage that is no map",
    "mnist",
    "wrong-type",
    "mnist",
    'Cannot read stage "s": expected a map, found the text "mnist"',
    "",
  ],
  ["an empty stage", "", "wrong-type", "s", 'Cannot read stage "s": expected a map, found nothing', ""],
  [
    "a value that is not among those allowed",
    "{ kind: data, source: mnits }",
    "bad-value",
    "mnits",
    'Cannot read "source" of stage "s": "mnits" is not one of its values',
    'did you mean "mnist"?',
  ],
  [
    "a value of another type than those allowed",
    "{ kind: data, source: 3 }",
    "bad-value",
    "3",
    'Cannot read "source" of stage "s": expected "mnist" or "cifar-10", found 3',
    "Where it comes from",
  ],
  [
    "a text for a number",
    '{ kind: data, source: mnist, limit: "10" }',
    "wrong-type",
    '"10"',
    'Cannot read "limit" of stage "s": expected an integer, found the text "10"',
    "write it without quotes",
  ],
  [
    "a number for a text",
    "{ kind: summary, models: t, title: 3 }",
    "wrong-type",
    "3",
    'Cannot read "title" of stage "s": expected a text, found 3',
    'write it in quotes: "3"',
  ],
  [
    "yes for true",
    "{ kind: space, data: d, architecture: { kind: cnn, channels: 1, pool: yes } }",
    "wrong-type",
    "yes",
    'Cannot read "architecture.pool" of stage "s": expected true or false, found the text "yes"',
    "write true",
  ],
  [
    "a fraction for an integer",
    "{ kind: data, source: mnist, limit: 1.5 }",
    "wrong-type",
    "1.5",
    'Cannot read "limit" of stage "s": expected an integer, found 1.5',
    "How many images",
  ],
  [
    "a number below the minimum",
    "{ kind: data, source: mnist, limit: 0 }",
    "bad-value",
    "0",
    "expected at least 1, found 0",
    "",
  ],
  [
    "a number above the maximum",
    "{ kind: data, source: mnist, limit: 60001 }",
    "bad-value",
    "60001",
    "expected at most 60000",
    "",
  ],
  [
    "a number at an open bound",
    "{ kind: training, space: d, rate: 0 }",
    "bad-value",
    "0",
    "expected more than 0, found 0",
    "",
  ],
  [
    "an empty text",
    "{ kind: summary, models: t, title: '' }",
    "bad-value",
    "''",
    "expected at least 1 character, found an empty text",
    "",
  ],
  [
    "a list of another length",
    "{ kind: space, data: d, architecture: { kind: mlp, width: { int_uniform: [1, 2, 3] } } }",
    "bad-value",
    "[1, 2, 3]",
    'Cannot read "architecture.width.int_uniform" of stage "s": expected at most 2 items, found a list of 3',
    "Lowest and highest",
  ],
  [
    "an item of a list",
    "{ kind: space, data: d, architecture: { kind: mlp, width: { choice: [1, x] } } }",
    "wrong-type",
    "x",
    'Cannot read "architecture.width.choice[1]" of stage "s": expected an integer, found the text "x"',
    "",
  ],
  [
    "a misspelled domain",
    "{ kind: space, data: d, architecture: { kind: mlp, width: { int_unifrom: [1, 2] } } }",
    "unknown-key",
    "int_unifrom",
    'Cannot read "architecture.width" of stage "s": "int_unifrom" is not known here',
    'did you mean "int_uniform"?',
  ],
  [
    "a key that one domain has and the other nearly has",
    "{ kind: space, data: d, architecture: { kind: mlp, width: { int_uniform: [1, 2], weihgts: [1] } } }",
    "unknown-key",
    "weihgts",
    'Cannot read "architecture.width" of stage "s": "weihgts" is not known here',
    "known: int_uniform",
  ],
  [
    "a value that is like none of its forms",
    "{ kind: space, data: d, architecture: { kind: mlp, width: big } }",
    "bad-value",
    "big",
    'expected an integer, a map with "choice" or a map with "int_uniform", found the text "big"',
    "Units of a layer",
  ],
  [
    "a map that is like none of its forms",
    "{ kind: space, data: d, architecture: { kind: mlp, width: { gaussian: 1 } } }",
    "bad-value",
    "{ gaussian: 1 }",
    'expected an integer, a map with "choice" or a map with "int_uniform", found a map',
    "Units of a layer",
  ],
  [
    "an unknown form of a map told apart by a key",
    "{ kind: space, data: d, architecture: { kind: cnm, width: 3 } }",
    "bad-value",
    "cnm",
    'Cannot read "architecture.kind" of stage "s": "cnm" is not one of its values',
    'did you mean "cnn"? Allowed: mlp, cnn',
  ],
];
for (const [what, stage, code, under, message, help] of MISTAKES) {
  Deno.test(`validate() tells of ${what}`, () => {
    const text = `weft: 1\nstages:\n  s: ${stage}\n`;
    const { problems } = validated(text);
    assertEquals(problems.map((d) => d.code), [code], problems.map((d) => d.message).join("\n"));
    const { at, message: told, help: advice } = problems[0]!;
    assertEquals(text.split("\n")[at!.line - 1]!.slice(at!.column - 1, at!.endColumn - 1), under);
    assertStringIncludes(told, message);
    assertStringIncludes(advice ?? "", help);
  });
}

Deno.test("validate() tells all mistakes of the branch that a value is most like", () => {
  const text =
    "weft: 1\nstages:\n  s: { kind: space, data: d, architecture: { kind: cnn, width: 3, pool: 1 } }\n";
  assertEquals(validated(text).problems.map((d) => d.message), [
    'Cannot read "architecture" of stage "s": "channels" is missing',
    'Cannot read "architecture" of stage "s": "width" is not known here',
    'Cannot read "architecture.pool" of stage "s": expected true or false, found 1',
  ]);
});

Deno.test("validate() tells of mistakes outside of stages", () => {
  assertEquals(told("weft: 2\nstages: {}\nmatrixx: {}\nx-home: 1\n"), [
    'Cannot read the pipeline: "matrixx" is not known here',
    'Cannot read "weft": expected 1, found 2',
    'Cannot read "stages": expected at least 1 entry, found an empty map',
  ]);
  assertEquals(told("name: Big\ndescription: [1]\nstages: 3\n"), [
    'Cannot read the pipeline: "weft" is missing',
    'Cannot read "name": "Big" is not a name that it can have',
    'Cannot read "description": expected a text, found a list of 1',
    'Cannot read "stages": expected a map, found 3',
  ]);
  assertEquals(told("[1]\n"), ["Cannot read the pipeline: expected a map, found a list of 1"]);
  assertEquals(told("# nothing\n"), ["Cannot read the pipeline: the file is empty"]);
  assertEquals(told("weft: 1\nstages: { Ab: { kind: data, source: mnist } }\n"), [
    'Cannot read "stages": "Ab" is not a name that it can have',
  ]);
});

Deno.test("validate() names a pipeline after its file, unless it has a name", () => {
  const text = "weft: 1\nstages: { d: { kind: data, source: mnist } }\n";
  assertEquals(validated(text, "some/where/mnist.v2.yaml").problems.length, 1);
  assertEquals(validated(text, "some/where/mnist-2.yaml").value.name, "mnist-2");
  assertEquals(validated(text, "C:\\files\\mnist.yml").value.name, "mnist");
  assertEquals(validated(`name: b\n${text}`, "a.yaml").value.name, "b");
  assertEquals(validated(text, "2024.yaml").problems.map((d) => d.code), ["bad-name"]);
  assertEquals(validated(`name: b\n${text}`, "2024.yaml").problems, []);
});

Deno.test("validate() leaves settings as they are and says which stages are well formed", () => {
  const { value } = validated(
    "weft: 1\nstages:\n  a: { kind: data, source: mnist }\n  b: { kind: data }\n  c: { kind: x }\n",
  );
  const stages = value.stages.map(({ name, kind, variants: [{ settings, wellFormed } = none] }) => ({
    name,
    kind: kind?.name,
    settings,
    wellFormed,
  }));
  assertEquals(stages, [
    { name: "a", kind: "data", settings: { source: "mnist" }, wellFormed: true },
    { name: "b", kind: "data", settings: {}, wellFormed: false },
    { name: "c", kind: undefined, settings: {}, wellFormed: false },
  ]);
});

function validated(
  text: string,
  path = "a.yaml",
): { value: Spec; problems: ReturnType<typeof validate>["problems"] } {
  const document = parse({ path, text });
  if (!document.ok) throw new Error(document.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  const files = readFiles(document.value, [], () => ({ why: "not here" }));
  const { value, problems } = validate(files.value, fakeKinds);
  return { value, problems: [...files.problems, ...problems] };
}

const none = { settings: {}, wellFormed: false };

function told(text: string): string[] {
  return validated(text).problems.map((d) => d.message);
}
