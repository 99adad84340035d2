import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Diagnostic, Span } from "./diagnostic.ts";
import { drawDiagnostic } from "./draw_diagnostic.ts";

Deno.test("drawDiagnostic() shows the message, the place, the line, and the help beside the carets", () => {
  const text = "stages:\n  draw:\n    family: mpls\n";
  const message = 'Cannot read "family" of stage "draw": no stage is named "mpls"';
  const d = diagnostic({ code: "unknown-stage", message, at: span(3, 13, 17), help: 'did you mean "mlps"?' });
  assertEquals(
    drawDiagnostic(d, () => text),
    [
      'error[unknown-stage]: Cannot read "family" of stage "draw": no stage is named "mpls"',
      " --> a.yaml:3:13",
      "3 |     family: mpls",
      '  |             ^^^^ did you mean "mlps"?',
    ].join("\n"),
  );
});

Deno.test("drawDiagnostic() puts a long help and one of several lines below the carets", () => {
  const d = diagnostic({ at: span(1, 1, 2), help: "first\nsecond" });
  assertEquals(
    drawDiagnostic(d, () => "ab"),
    "error[bad]: No\n --> a.yaml:1:1\n1 | ab\n  | ^\n  = help: first\n          second",
  );
  const long = "word ".repeat(30).trimEnd();
  const below = drawDiagnostic(diagnostic({ at: span(1, 1, 2), help: long }), () => "ab");
  assertEquals(below.split("\n").at(-1), `  = help: ${long}`);
});

Deno.test("drawDiagnostic() names only the place of a file that it has no text of, or no such line", () => {
  const d = diagnostic({ at: span(7, 2, 3), help: "look" });
  assertEquals(drawDiagnostic(d, () => undefined), "error[bad]: No\n --> a.yaml:7:2\n  = help: look");
  assertEquals(drawDiagnostic(d, () => "one line"), "error[bad]: No\n --> a.yaml:7:2\n  = help: look");
  assertEquals(
    drawDiagnostic(diagnostic({ help: "look" }), () => undefined),
    "error[bad]: No\n  = help: look",
  );
});

Deno.test("drawDiagnostic() shows related places after the problem, with lines of all files that it has", () => {
  const related = [
    { message: "first here", at: span(1, 1, 2) },
    { message: "and there", at: { ...span(9, 1, 2), path: "b.yaml" } },
  ];
  assertEquals(
    drawDiagnostic(
      diagnostic({ at: span(2, 1, 2), related }),
      (path) => path === "a.yaml" ? "a: 1\na: 2\n" : undefined,
    ),
    [
      "error[bad]: No",
      " --> a.yaml:2:1",
      "2 | a: 2",
      "  | ^",
      "note: first here",
      " --> a.yaml:1:1",
      "1 | a: 1",
      "  | ^",
      "note: and there",
      " --> b.yaml:9:1",
    ].join("\n"),
  );
});

Deno.test("drawDiagnostic() puts carets under the right columns after tabs, wide and combining characters", () => {
  assertEquals(carets("a:\tx", span(1, 4, 5)), ["a:    x", "      ^"]);
  assertEquals(carets("数据: x", span(1, 5, 6)), ["数据: x", "      ^"]);
  assertEquals(carets("数据: x", span(1, 1, 3)), ["数据: x", "^^^^"]);
  assertEquals(carets("e\u0301: x", span(1, 5, 6)), ["e\u0301: x", "   ^"]);
  assertEquals(carets("🙂: x", span(1, 5, 6)), ["🙂: x", "    ^"]);
});

Deno.test("drawDiagnostic() underlines the first line of a value of several lines", () => {
  const at = { path: "a.yaml", line: 1, column: 4, endLine: 3, endColumn: 2 };
  assertEquals(carets("a: [1,  \n 2\n ]", at), ["a: [1,", "   ^^^"]);
});

Deno.test("drawDiagnostic() cuts a long line to a window around the carets", () => {
  const line = `{${"a: 1, ".repeat(200_000)}bad: 1}`;
  const column = line.indexOf("bad") + 1;
  const [text, under] = carets(line, span(1, column, column + 3));
  assertEquals(text!.length < 120, true);
  assertEquals(text!.slice(under!.indexOf("^"), under!.lastIndexOf("^") + 1), "bad");
  assertEquals(text![0], "…");
  const [start] = carets(line, span(1, 1, 2));
  assertMatch(start!, /^\{a: 1.*…$/);
});

Deno.test("drawDiagnostic() shows what a terminal would obey or hide as a replacement character", () => {
  const hostile = "a\x1b[31m\u202eb\x9b";
  const drawn = drawDiagnostic(
    diagnostic({ message: hostile, at: { ...span(1, 1, 2), path: hostile }, help: hostile }),
    () => hostile,
  );
  for (const character of "\x1b\x9b\u202e") assertEquals(drawn.includes(character), false);
  assertStringIncludes(drawn, "1 | a\ufffd[31m\ufffdb\ufffd");
});

Deno.test("drawDiagnostic() colours only when asked, and then changes nothing else", () => {
  const d = diagnostic({
    at: span(1, 1, 2),
    help: "look",
    related: [{ message: "here", at: span(1, 2, 3) }],
  });
  const plain = drawDiagnostic(d, () => "ab");
  const colored = drawDiagnostic(d, () => "ab", { color: true });
  assertStringIncludes(colored, "\x1b[1;31merror[bad]\x1b[0m");
  // deno-lint-ignore no-control-regex -- the escapes are what is removed
  assertEquals(colored.replace(/\x1b\[[\d;]*m/g, ""), plain);
});

Deno.test("drawDiagnostic() draws any span over any text, with at least one caret where the line exists", () => {
  const place = fc.nat({ max: 300 }).map((n) => n + 1);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 400 }),
      place,
      place,
      place,
      place,
      (text, a, b, c, d) => {
        const line = 1 + (a % text.split("\n").length);
        const at = { path: "a.yaml", line, column: b, endLine: line + (c % 2), endColumn: d };
        const drawn = drawDiagnostic(diagnostic({ at }), () => text).split("\n");
        assertEquals(drawn.length, 4);
        assertMatch(drawn[3]!, /\^/);
      },
    ),
  );
});

function diagnostic(parts: Partial<Diagnostic>): Diagnostic {
  return { severity: "error", code: "bad", message: "No", ...parts };
}

function span(line: number, column: number, endColumn: number): Span {
  return { path: "a.yaml", line, column, endLine: line, endColumn };
}

/** The source line and the carets below it, without the gutter. */
function carets(text: string, at: Span): string[] {
  return drawDiagnostic(diagnostic({ at }), () => text).split("\n").slice(2, 4).map((line) => line.slice(4));
}
