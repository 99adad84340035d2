import { assertEquals } from "@std/assert";
import { githubAnnotation } from "./annotations.ts";

const at = { path: "pipelines/a,b.yaml", line: 3, column: 13, endLine: 3, endColumn: 17 };

Deno.test("githubAnnotation() escapes what separates properties and what ends a line", () => {
  const diagnostic = {
    severity: "error",
    code: "unknown-stage",
    message: "Cannot read 100 %: a, b\r\nand c",
    at,
  } as const;
  assertEquals(
    githubAnnotation(diagnostic, { path: "pipelines/a,b.yaml" }),
    "::error file=pipelines/a%2Cb.yaml,line=3,endLine=3,col=13,endColumn=17,title=unknown-stage" +
      "::Cannot read 100 %25: a, b%0D%0Aand c",
  );
});

Deno.test("githubAnnotation() has help and related places in its message", () => {
  const related = [{ message: "defined here", at: { ...at, path: "x.yaml", line: 9 } }];
  const diagnostic = { severity: "warning", code: "unused", message: "m", at, help: "h", related } as const;
  const [, text] = githubAnnotation(diagnostic, { path: at.path }).split("::").slice(1);
  assertEquals(text, "m%0Ahelp: h%0Anote: defined here (x.yaml:9:13)");
});

Deno.test("githubAnnotation() has no columns where a problem spans lines, and no line where it has no place", () => {
  const diagnostic = { severity: "error", code: "c", message: "m", at: { ...at, endLine: 5 } } as const;
  assertEquals(
    githubAnnotation(diagnostic, { path: at.path }).split("::")[1],
    "error file=pipelines/a%2Cb.yaml,line=3,endLine=5,title=c",
  );
  assertEquals(
    githubAnnotation({ ...diagnostic, at: undefined }, { path: "q.yaml" }),
    "::error file=q.yaml,title=c::m",
  );
});
