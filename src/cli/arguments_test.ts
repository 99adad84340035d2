import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../mod.ts";
import { type ArgumentSpec, parseArguments, positiveInteger } from "./arguments.ts";

const spec: ArgumentSpec = {
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline" },
  options: {
    format: { value: "FORMAT", among: ["text", "json"], description: "how" },
    outputs: { value: "DIR", description: "where" },
    set: { value: "PARAM=VALUE", many: true, description: "a param" },
    "dry-run": { description: "only show" },
  },
};
const parse = (...args: string[]) => parseArguments("run", spec, args);

Deno.test("parseArguments() takes options before, after and beside operands", () => {
  const wanted = {
    operands: ["a.yaml"],
    values: { format: "json", outputs: "out" },
    lists: {},
    switches: new Set(["dry-run"]),
  };
  assertEquals(parse("a.yaml", "--format", "json", "--outputs=out", "--dry-run"), wanted);
  assertEquals(parse("--dry-run", "--outputs", "out", "--format=json", "a.yaml"), wanted);
  assertEquals(parse("--", "--odd.yaml").operands, ["--odd.yaml"]);
});

Deno.test("parseArguments() keeps all values of an option that may stand several times, and the last of another", () => {
  const { lists, values } = parse("--set", "a=1", "x.yaml", "--set=b=-2", "--format=text", "--format=json");
  assertEquals([lists, values], [{ set: ["a=1", "b=-2"] }, { format: "json" }]);
});

Deno.test("parseArguments() takes of an argument only the values that it may have", () => {
  const shells: ArgumentSpec = {
    operand: { name: "SHELL", least: 1, most: 1, among: ["bash", "zsh"], description: "which" },
    options: {},
  };
  assertEquals(parseArguments("completions", shells, ["zsh"]).operands, ["zsh"]);
  const error = assertThrows(() => parseArguments("completions", shells, ["bsh"]), UsageError);
  assertEquals(error.message, 'Cannot read SHELL "bsh": it must be one of bash, zsh');
  assertEquals(error.help, 'did you mean "bash"?');
});

Deno.test("parseArguments() says what is wrong and names the nearest option or value", () => {
  const cases: [string[], string, string | undefined][] = [
    [
      ["a", "--fromat", "json"],
      'Cannot read option "--fromat": "weft run" has no such option',
      'did you mean "--format"?',
    ],
    [
      ["a", "--format", "jsn"],
      'Cannot read --format "jsn": it must be one of text, json',
      'did you mean "json"?',
    ],
    [["a", "--format"], 'Cannot read option "--format": its value FORMAT is missing', "one of text, json"],
    [["a", "--outputs", "--dry-run"], 'Cannot read option "--outputs": its value DIR is missing', undefined],
    [["a", "--dry-run=yes"], 'Cannot read option "--dry-run=yes": it takes no value', undefined],
    [[], 'Cannot run "weft run": its argument FILE is missing', '"weft help run" shows what it takes'],
    [["a", "b"], 'Cannot read argument "b": "weft run" takes 1', '"weft help run" shows what it takes'],
    [
      ["a", "--constructor"],
      'Cannot read option "--constructor": "weft run" has no such option',
      '"weft help run" lists its options',
    ],
    [
      ["a", "-x"],
      'Cannot read option "-x": "weft run" has no such option',
      '"weft help run" lists its options',
    ],
  ];
  for (const [args, message, help] of cases) {
    const error = assertThrows(() => parse(...args), UsageError);
    assertEquals([error.message, error.help], [message, help]);
  }
});

Deno.test("positiveInteger() takes whole numbers of at least 1 alone", () => {
  assertEquals(positiveInteger("concurrency", "12"), 12);
  for (const text of ["0", "-1", "1.5", "two", "", "1e3", "99999999"]) {
    assertThrows(() => positiveInteger("concurrency", text), UsageError, `--concurrency "${text}"`);
  }
});
