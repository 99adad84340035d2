import { assertEquals } from "@std/assert";
import type { Diagnostic } from "../core/diagnostic.ts";
import { MAX_TOLD, tellable } from "./tellable.ts";

function problem(path: string, line: number, severity: Diagnostic["severity"] = "error"): Diagnostic {
  return {
    severity,
    code: "bad",
    message: `${severity} ${line}`,
    at: { path, line, column: 1, endLine: line, endColumn: 2 },
  };
}

function places(problems: readonly Diagnostic[]): string[] {
  return problems.map(({ at, code }) => at === undefined ? code : `${at.path}:${at.line}`);
}

Deno.test("tellable() puts problems in the order of the files, the root first, and tells each once", () => {
  const found = [problem("b", 2), problem("root", 9), problem("a", 1), problem("root", 3), problem("b", 2)];
  assertEquals(places(tellable(found, "root")), ["root:3", "root:9", "a:1", "b:2"]);
});

Deno.test("tellable() says where an imported file is imported", () => {
  const place = { message: "imported here", at: problem("root", 1).at! };
  const [first, second] = tellable([problem("root", 1), problem("b", 1)], "root", new Map([["b", [place]]]));
  assertEquals(first!.related, undefined);
  assertEquals(second!.related, [place]);
});

Deno.test("tellable() tells a hundred problems and that there are more, errors before warnings", () => {
  const warnings = Array.from({ length: 60 }, (_, i) => problem("root", i + 1, "warning"));
  const errors = Array.from({ length: 60 }, (_, i) => problem("root", i + 101));
  const told = tellable([...warnings, ...errors], "root");
  assertEquals(told.length, MAX_TOLD + 1);
  assertEquals(told.filter(({ severity }) => severity === "error").length, 61);
  assertEquals(places(told).slice(0, 2).concat(places(told).slice(-2)), [
    "root:1",
    "root:2",
    "root:160",
    "more-problems",
  ]);
  assertEquals(places(tellable(warnings, "root")).includes("more-problems"), false);
  assertEquals(
    tellable([...warnings, ...warnings.map(({ at }) => problem("b", at!.line, "warning"))], "root").at(-1)!
      .severity,
    "warning",
  );
});

Deno.test("tellable() does not look for the help of what is not told", () => {
  let looked = 0;
  const found = Array.from({ length: 1000 }, (_, i): Diagnostic => ({
    ...problem("root", i + 1),
    get help() {
      looked++;
      return "look";
    },
  }));
  tellable(found, "root");
  assertEquals(looked, MAX_TOLD);
});
