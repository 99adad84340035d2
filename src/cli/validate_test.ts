import { assertEquals } from "@std/assert";
import { validationJson } from "./validate.ts";

const sources = new Map<string, string>();

Deno.test("validationJson() gives each diagnostic flat, with lines and columns from 1", () => {
  const at = { path: "a.yaml", line: 3, column: 13, endLine: 3, endColumn: 17 };
  const message = 'Cannot read "family" of stage "draw": no stage is named "mpls"';
  const diagnostic = {
    severity: "error",
    code: "unknown-stage",
    message,
    at,
    help: 'did you mean "mlps"?',
  } as const;
  const related = [{ message: "the stages", at: { ...at, line: 1 } }];
  const files = [{ path: "a.yaml", sources, diagnostics: [{ ...diagnostic, related }] }, {
    path: "b.yaml",
    sources,
    diagnostics: [],
  }];
  assertEquals(validationJson(files), {
    ok: false,
    diagnostics: [{
      severity: "error",
      code: "unknown-stage",
      message,
      path: "a.yaml",
      line: 3,
      column: 13,
      endLine: 3,
      endColumn: 17,
      help: 'did you mean "mlps"?',
      related: [{ message: "the stages", path: "a.yaml", line: 1, column: 13, endLine: 3, endColumn: 17 }],
    }],
  });
});

Deno.test("validationJson() is ok with warnings alone", () => {
  const warning = { severity: "warning", code: "unused", message: "Stage is not used" } as const;
  assertEquals(validationJson([{ path: "a.yaml", sources, diagnostics: [warning] }]).ok, true);
});
