import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CheckedFile } from "../mod.ts";
import { weft, weftIn, withFolder } from "./testing/weft.ts";
import { summary, validationJson, withoutRepetition } from "./validate.ts";

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

Deno.test("withoutRepetition() tells a problem of a file once, though two files import it", () => {
  const at = { path: "shared.yaml", line: 3, column: 1, endLine: 3, endColumn: 4 };
  const shared = { severity: "error", code: "unknown-key", message: "m", at } as const;
  const elsewhere = { ...shared, at: { ...at, line: 4 } };
  const own = { severity: "warning", code: "unused", message: "own", at: { ...at, path: "a.yaml" } } as const;
  const argument = { severity: "error", code: "bad-param", message: "argument" } as const;
  const files: CheckedFile[] = [
    { path: "a.yaml", sources, diagnostics: [shared, own, argument] },
    {
      path: "b.yaml",
      sources,
      diagnostics: [argument, { ...shared, at: { ...at, path: "./shared.yaml" } }, elsewhere],
    },
  ];
  const [a, b] = withoutRepetition(files);
  assertEquals(a!.diagnostics, [shared, own, argument]);
  assertEquals(b!.diagnostics, [elsewhere]);
  assertEquals(summary([a!, b!]), "3 errors and 1 warning in 2 files");
});

Deno.test("weft validate reads folders, patterns and standard input, each file once and in order", async () => {
  await withFolder(
    { "b.yaml": WRONG, "more/a.yml": WRONG, "more/.hidden/c.yaml": "", "more/notes.txt": "" },
    async (folder) => {
      const args = ["validate", "--format", "json", "more", "-", "?.yaml", "./b.yaml", "more/*.yml"];
      const { code, stdout, stderr } = await weftIn({ folder, stdin: WRONG }, ...args);
      assertEquals([code, stderr], [2, "3 errors in 3 files\n"]);
      const { ok, diagnostics } = JSON.parse(stdout);
      assertEquals(ok, false);
      assertEquals(
        diagnostics.map(({ path, line, column }: Record<string, unknown>) => [path, line, column]),
        [["more/a.yml", 4, 1], ["<stdin>", 4, 1], ["b.yaml", 4, 1]],
      );
    },
  );
});

Deno.test("weft validate says which folder or pattern names no file", async () => {
  await withFolder({ "empty/notes.txt": "" }, async (folder) => {
    const { code, stderr } = await weftIn({ folder }, "validate", "empty", "*.yaml");
    assertEquals(code, 2);
    assertMatch(stderr, /Cannot find pipelines in folder "empty": neither it nor a folder below holds/);
    assertMatch(stderr, /Cannot find pipelines "\*\.yaml": no file matches/);
    assert(stderr.endsWith("2 errors in 2 files\n"));
  });
});

Deno.test("weft validate --format github prints annotations from the root of the repository, and nothing else", async () => {
  await withFolder({ "pipelines/b.yaml": WRONG, "pipelines/good.yaml": GOOD }, async (root) => {
    const setting = { folder: `${root}/pipelines`, env: { GITHUB_WORKSPACE: await Deno.realPath(root) } };
    const { code, stdout } = await weftIn(setting, "validate", "--format", "github", "b.yaml", "good.yaml");
    assertEquals(code, 2);
    assertMatch(
      stdout,
      /^::error file=pipelines\/b\.yaml,line=4,endLine=4,col=1,endColumn=6,title=unknown-key::[^\n]+%0Ahelp: [^\n]+\n$/,
    );
    const good = await weftIn(setting, "validate", "--format", "github", "good.yaml");
    assertEquals(good, { code: 0, stdout: "", stderr: "1 file: no problems\n" });
  });
});

Deno.test("weft validate takes values of params, and tells a wrong one once for all files", async () => {
  const { code, stdout } = await weft("validate", "--format", "json", "--set", "models", "pipelines");
  assertEquals(code, 2);
  assertEquals(JSON.parse(stdout).diagnostics.length, 1);
});

const GOOD = "weft: 1\nstages:\n  digits: { kind: dataset, source: mnist-10k }\n";
const WRONG = `${GOOD}staeg: 1\n`;
