import { assert, assertEquals } from "@std/assert";
import { compile } from "../src/compiler/compile.ts";
import { MAX_TOLD } from "../src/compiler/tellable.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { hostileFiles } from "./testing/hostile_files.ts";

// Time and memory are not asserted here, where other tests run beside: `benchmarks/hostile_bench.ts` measures them as
// processes. What bounds both is: no file is read or expanded beyond limits, and a hundred problems are told.

const kinds = stageKinds("", () => "");

for (const { what, text, codes, imports } of hostileFiles) {
  Deno.test(`compile() answers ${what} with ${codes.join(", ") || "a plan"}`, () => {
    const files = imports?.() ?? {};
    const source = { path: "hostile.yaml", text: text() };
    const read = (path: string) => {
      const name = path.replace("./", "");
      if (name === source.path) return source;
      return Object.hasOwn(files, name)
        ? { path: name, text: files[name]! }
        : { why: "there is no such file" };
    };
    const result = compile(source, kinds, { read });
    const told = result.ok ? result.value.warnings : result.error;
    const found = new Set(told.map(({ code }) => code));
    assertEquals(result.ok, codes.length === 0, told[0]?.message);
    for (const code of codes) assert(found.has(code), `${[...found]} does not have ${code}`);
    assert(told.length <= MAX_TOLD + 1);
    const drawn = told.map((problem) =>
      drawDiagnostic(problem, (path) => path === source.path ? source.text : files[path])
    );
    assert(drawn.join("\n").length < 100_000);
    assert(!drawn.join("\n").includes("    at "), "a stack trace");
  });
}
