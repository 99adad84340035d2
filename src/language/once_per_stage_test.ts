import { assertEquals } from "@std/assert";
import type { Diagnostic } from "../core/diagnostic.ts";
import { oncePerStage } from "./once_per_stage.ts";

function problem(line: number, message: string, code = "bad"): Diagnostic {
  const at = { path: "a.yaml", line, column: 1, endLine: line, endColumn: 2 };
  return { severity: "error", code, message, at };
}

function told(...problems: readonly (readonly Diagnostic[])[]): string[] {
  return oncePerStage(problems.map((problems, i) => ({ coordinates: { n: i + 1 }, problems }))).map((
    { message },
  ) => message);
}

Deno.test("oncePerStage() tells what all instances have alike as it is", () => {
  assertEquals(told([problem(1, "No")], [problem(1, "No")]), ["No"]);
  assertEquals(told([problem(1, "No")]), ["No"]);
});

Deno.test("oncePerStage() names the first instance, and how many more, where not all have it alike", () => {
  assertEquals(told([], [problem(1, "No")], [problem(1, "No")]), ["No (in n=2 and 1 more)"]);
  assertEquals(told([problem(1, "No")], []), ["No (in n=1)"]);
  assertEquals(told([problem(1, "No 1")], [problem(1, "No 2")]), ["No 1 (in n=1)", "No 2 (in n=2)"]);
});

Deno.test("oncePerStage() tells at most three wordings of one problem in one place", () => {
  const many = Array.from({ length: 9 }, (_, i) => [problem(1, `No ${i + 1}`)]);
  assertEquals(told(...many), ["No 1 (in n=1)", "No 2 (in n=2)", "No 3 (in n=3; like it in 6 more)"]);
});

Deno.test("oncePerStage() keeps apart what is in other places, of another code, or twice in one place", () => {
  assertEquals(told([problem(1, "No"), problem(2, "No")], [problem(1, "No"), problem(2, "No")]), [
    "No",
    "No",
  ]);
  assertEquals(
    told([problem(1, "No"), problem(1, "Nor", "other")], [problem(1, "No"), problem(1, "Nor", "other")]),
    ["No", "Nor"],
  );
  assertEquals(
    told([problem(1, "a is missing"), problem(1, "b is missing")], [
      problem(1, "a is missing"),
      problem(1, "b is missing"),
    ]),
    [
      "a is missing",
      "b is missing",
    ],
  );
});
