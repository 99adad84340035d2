import { assertEquals } from "@std/assert";
import type { Problem } from "../core/diagnostic.ts";
import { drawDiagnostic } from "../core/draw_diagnostic.ts";
import { stageDiagnostic } from "./normalize.ts";
import { parse } from "./parse.ts";

const TEXT = "stage:\n  limits: [{ dpth: 3 }]\n  nested:\n    a: 1\n";

Deno.test("stageDiagnostic() points at the value or the key that a problem names, or at the stage's name", () => {
  assertEquals(under({ at: ["limits", 0, "dpth"] }), "2:20 3");
  assertEquals(under({ at: ["limits", 0, "dpth"], on: "key" }), "2:14 dpth");
  assertEquals(under({ at: ["limits", 0] }), "2:12 { dpth: 3 }");
  assertEquals(under({ at: ["nested"] }), "3:3 nested");
  assertEquals(under({ at: [] }), "1:1 stage");
});

Deno.test("stageDiagnostic() points at the last part of a problem's path that is in the file", () => {
  assertEquals(under({ at: ["nested", "filled-in", "by", "default"] }), "3:3 nested");
  assertEquals(under({ at: ["limits", 7], on: "key" }), "2:11 [{ dpth: 3 }]");
  assertEquals(under({ at: ["filled-in"] }), "1:1 stage");
});

/** Where a problem of the stage is shown: line, column, and the text under the carets. */
function under(problem: Pick<Problem, "at" | "on">): string {
  const document = parse({ path: "a.yaml", text: TEXT });
  if (!document.ok) throw new Error(document.error.map((d) => drawDiagnostic(d, () => TEXT)).join("\n"));
  const { value } = document.value.root;
  const stage = value.type === "map" ? value.entries.get("stage")! : undefined;
  const { at } = stageDiagnostic(stage!, { code: "bad", message: "No", ...problem });
  const { line, column, endColumn } = at!;
  return `${line}:${column} ${TEXT.split("\n")[line - 1]!.slice(column - 1, endColumn - 1)}`;
}
