import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { drawDiagnostic } from "../core/draw_diagnostic.ts";
import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { canonicalJson } from "../core/json.ts";
import { keySpan, toJson, valueAt, valueSpan } from "./located.ts";
import { type Document, parse } from "./parse.ts";

Deno.test("parse() reads the values of YAML 1.2's core schema and no others", () => {
  const text = "a: 1\nb: [1.5, true, ~, yes, 0x1F, -0, 2001-12-14]\nc: {d: '1', constructor: x}\n";
  assertEquals(toJson(parsed(text).root.value), {
    a: 1,
    b: [1.5, true, null, "yes", 31, 0, "2001-12-14"],
    c: { d: "1", constructor: "x" },
  });
});

Deno.test("parse() keeps the place of every key and value", () => {
  const { root } = parsed("a: 1\nb:\n  c: [10, { d: x }]\n  e:\n    f: 1\n");
  assertEquals(where(valueSpan(root, ["a"])), "1:4-1:5");
  assertEquals(where(keySpan(root, ["b", "c"])), "3:3-3:4");
  assertEquals(where(valueSpan(root, ["b", "c", 0])), "3:7-3:9");
  assertEquals(where(valueSpan(root, ["b", "c", 1])), "3:11-3:19");
  assertEquals(where(keySpan(root, ["b", "c", 1, "d"])), "3:13-3:14");
  assertEquals(valueAt(root, ["b", "x"]), undefined);
});

Deno.test("valueSpan() gives the key of a value that is empty, of several lines, or not in the file", () => {
  const { root } = parsed("a:\nb:\n  c: 1\n  d: 2\n");
  assertEquals(where(valueSpan(root, ["a"])), "1:1-1:2");
  assertEquals(where(valueSpan(root, ["b"])), "2:1-2:2");
  assertEquals(where(valueSpan(root, ["b", "x", "y"])), "2:1-2:2");
  assertEquals(where(keySpan(root, ["b", "x"])), "2:1-2:2");
});

Deno.test("parse() gives an alias its own place, and what is inside it the place of the anchor", () => {
  const { root } = parsed("x-a: &a { b: 1 }\nc: *a\n");
  assertEquals(toJson(root.value), { "x-a": { b: 1 }, c: { b: 1 } });
  assertEquals(where(valueSpan(root, ["c"])), "2:4-2:6");
  assertEquals(where(valueSpan(root, ["c", "b"])), "1:14-1:15");
});

Deno.test("parse() merges maps with <<, where own keys and earlier maps win", () => {
  const text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*b, *a], z: 3}\nd: {'<<': 1}\n<<: {e: 5}\n";
  assertEquals((toJson(parsed(text).root.value) as Record<string, unknown>)["c"], { x: 2, y: 1, z: 3 });
  assertEquals((toJson(parsed(text).root.value) as Record<string, unknown>)["d"], { "<<": 1 });
  assertEquals((toJson(parsed(text).root.value) as Record<string, unknown>)["e"], 5);
});

Deno.test("parse() ignores a byte order mark and reads line ends of Windows", () => {
  const { root } = parsed("\ufeffa: 1\r\nb: 2\r\n");
  assertEquals(toJson(root.value), { a: 1, b: 2 });
  assertEquals(where(valueSpan(root, ["a"])), "1:4-1:5");
  assertEquals(where(valueSpan(root, ["b"])), "2:4-2:5");
});

/** A text with one mistake, and what is told of it: code, place, a part of the message or of the help. */
const MISTAKES: readonly [what: string, text: string, code: string, place: string, told: string][] = [
  ["a tab as indentation", "a:\n\tb: 1\n", "syntax", "2:1", "indent with spaces"],
  ["a key without a colon", "a:\n  b\n  c: 1\n", "syntax", "2:3", 'write "key: value"'],
  ["a colon without a space", "a:\n  b:1\n  c: 1\n", "syntax", "2:3", "with a space after the colon"],
  ["a line that is not indented enough", "a:\n  b: 2\n c: 3\n", "syntax", "3:1", "same column"],
  ["a line that is indented too much", "a: 1\n  b: 2\n", "syntax", "1:4", "same column"],
  ["two keys on one line", "a: b: c\n", "syntax", "1:4", "put quotes"],
  ["an open bracket", "a: [1, 2\nb: 3\n", "syntax", "1:4", 'close "["'],
  ["an open brace inside another", "a: {b: {c: 1}\nd: 1\n", "syntax", "1:4", '"{" with "}"'],
  ["an open quote", "a: 'x\nb: 3\n", "syntax", "1:4", "quoted text is not closed"],
  ["a closing bracket alone", "a: ]\n", "syntax", "1:4", '"]" is not expected here'],
  [
    "an expression without quotes in a map",
    "a: { b: ${{ params.c }} }\nd: 1\n",
    "syntax",
    "1:9",
    'write "${{ params.c }}"',
  ],
  [
    "an expression without quotes in a list",
    "a: [x, {{ params.c }}]\nd: 1\n",
    "syntax",
    "1:8",
    'write "${{ params.c }}"',
  ],
  ["a merge of an unknown anchor", "a: { <<: *x }\n", "unknown-anchor", "1:10", "no anchor before it"],
  ["a text that starts with @", "a: @x\n", "syntax", "1:4", 'start with "@"'],
  ["an unknown escape", 'a: "\\q"\n', "syntax", "1:5", "double the backslash"],
  ["a second document", "a: 1\n---\nb: 2\n", "syntax", "2:1", "second document"],
  ["a list as key", "? [a]\n: 1\n", "syntax", "1:3", "not a plain text"],
  ["a tag", "a: !foo x\n", "syntax", "1:4", "tags"],
  ["a key twice", "a: 1\nb: 2\na: 3\n", "duplicate-key", "3:1", "stands twice"],
  ["a key twice in a flow map", "{a: 1, 'a': 2}\n", "duplicate-key", "1:8", "stands twice"],
  ["a key __proto__", "__proto__: {x: 1}\n", "bad-key", "1:1", "__proto__"],
  ["an unknown anchor", "a: &abc 1\nb: *abd\n", "unknown-anchor", "2:4", 'did you mean "abc"?'],
  ["an alias inside its own anchor", "a: &a [*a]\n", "unknown-anchor", "1:8", "inside the value"],
  ["a merge of something else than a map", "<<: 1\n", "bad-merge", "1:5", "a map or a list of maps"],
  ["an integer that no number holds", "a: 12345678901234567890\n", "not-exact", "1:4", "9007199254740991"],
  ["an infinite number", "a: -.inf\n", "not-finite", "1:4", "not a finite number"],
  ["a number out of range", "a: 1e999\n", "not-finite", "1:4", "not a finite number"],
  ["NUL", "a: b\nc: \0\n", "bad-character", "2:4", "U+0000"],
  ["an escape character", "a: \x1b[31m\n", "bad-character", "1:4", "U+001B"],
  [
    "bytes that are not UTF-8",
    new TextDecoder().decode(new Uint8Array([97, 58, 32, 0xff])),
    "not-utf8",
    "1:4",
    "UTF-8",
  ],
];
for (const [what, text, code, place, told] of MISTAKES) {
  Deno.test(`parse() tells the place of ${what}, and what to do`, () => {
    const error = failed(text);
    assertEquals(error.map((d) => `${d.code} ${d.at?.line}:${d.at?.column}`), [`${code} ${place}`]);
    assertStringIncludes(drawDiagnostic(error[0]!, () => text), told);
  });
}

Deno.test("parse() points at the first of two equal keys too", () => {
  const error = failed("a: 1\nb: 2\na: 3\n");
  assertEquals(error[0]!.related?.map(({ at }) => where(at)), ["1:1-1:2"]);
});

Deno.test("parse() tells all mistakes of a text, the first of each line", () => {
  assertEquals(failed("a: 1\na: 2\nb: *x\n").length, 2);
  assertEquals(failed("a: @x\nb: @y\n").length, 2);
});

Deno.test("parse() refuses nesting deeper than 100, be it written out, through aliases or absurd", () => {
  const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;
  const indented = (depth: number) =>
    Array.from({ length: depth }, (_, i) => `${" ".repeat(i)}a:\n`).join("");
  const chain = (length: number) =>
    Array.from({ length }, (_, i) => `x${i}: &x${i} ${i === 0 ? "1" : `[*x${i - 1}]`}\n`).join("");
  for (const good of [nested(99), indented(99), chain(99)]) assert(parse({ path: "a", text: good }).ok);
  for (const depth of [101, 500, 1000, 3000]) {
    for (
      const text of [nested(depth), indented(depth), chain(depth), "- ".repeat(depth), "{a: ".repeat(depth)]
    ) {
      const codes = failed(text).map(({ code }) => code);
      assert(
        ["too-deep", "syntax", "too-large"].some((code) => codes.includes(code)),
        `${text.slice(0, 20)} ${depth}: ${codes}`,
      );
    }
  }
  assertEquals(failed("[".repeat(100_000)).map(({ code }) => code), ["too-deep"]);
});

Deno.test("parse() refuses aliases that expand to more than a million values, without expanding them", () => {
  const bomb = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"];
  for (let i = 1; i < 40; i++) bomb.push(`x${i}: &x${i} [${Array(9).fill(`*x${i - 1}`).join(", ")}]`);
  const started = performance.now();
  assertEquals(failed(bomb.join("\n")).map(({ code }) => code), ["too-large"]);
  assert(performance.now() - started < 1000);
});

Deno.test("parse() refuses a text of more than ten million characters", () => {
  assertEquals(failed(`a: ${"x".repeat(10_000_000)}`).map(({ code }) => code), ["too-large"]);
});

Deno.test("parse() answers any text with a value or with diagnostics", () => {
  const fragment = fc.constantFrom(
    ..."a:\n| - |[|]|{|}|,|: |\n|\n  |\t|&a |*a|<<: |'|\"|!x |? |---\n|%|#|\\|\u0000|\ufffd|x|1|~|>\n |.nan"
      .split("|"),
  );
  const yamlLike = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(yamlLike, fc.string({ unit: "binary" })), (text) => {
      const result = parse({ path: "a.yaml", text });
      if (!result.ok) assert(result.error.length > 0);
      for (const d of result.ok ? [] : result.error) drawDiagnostic(d, () => text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parse() gives back what JSON.stringify() wrote, on one line", () => {
  const refused = /__proto__|[\ufffd-\uffff\ud800-\udfff\x7f]|\d{16}/u; // see the mistakes above
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify({ value })), (text) => {
      fc.pre(!refused.test(text));
      const { root } = parsed(text);
      assertEquals(canonicalJson(toJson(root.value)), canonicalJson(JSON.parse(text)));
      assertEquals(valueSpan(root, ["value"]).endLine, 1);
    }),
  );
});

function parsed(text: string): Document {
  const result = parse({ path: "a.yaml", text });
  if (!result.ok) throw new Error(result.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  return result.value;
}

function failed(text: string): readonly Diagnostic[] {
  const result = parse({ path: "a.yaml", text });
  if (result.ok) throw new Error(`parse() accepts ${text.slice(0, 100)}`);
  return result.error;
}

function where({ line, column, endLine, endColumn }: Span): string {
  return `${line}:${column}-${endLine}:${endColumn}`;
}
