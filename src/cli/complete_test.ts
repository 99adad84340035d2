import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "./commands.ts";
import { complete, completionLines } from "./complete.ts";
import { withFolder } from "./testing/weft.ts";

const PIPELINE = `
weft: 1
name: grid
imports: { more: ./more.yaml }
matrix: { data: [mnist, fashion-mnist] }
stages:
  images: { kind: dataset, source: "\${{ matrix.data }}" }
  nets: { kind: family, dataset: images, architecture: { kind: mlp } }
  not-finished: { kind: tra }
`;
const MORE = "weft: 1\nname: more\nstages:\n  digits: { kind: dataset, source: mnist-10k }\n";

Deno.test("complete() offers commands, then what each takes", async () => {
  const cases: [string[], string[]][] = [
    [[""], [...COMMANDS.map(({ name }) => name), "help"]],
    [["va"], ["validate"]],
    [["--v"], ["--version"]],
    [["help", "gr"], ["graph"]],
    [["graph", "x.yaml", "--f"], ["--format"]],
    [["graph", "x.yaml", "--format", ""], ["text", "mermaid", "svg"]],
    [["graph", "x.yaml", "--format", "s"], ["svg"]],
    [["graph", "--format=m"], ["--format=mermaid"]],
    [["graph", "x.yaml", "--format", "svg", "--fo"], []],
    [["graph", "x.yaml", "--set", "a=1", "--se"], ["--set"]],
    [["completions", ""], ["bash", "zsh", "fish"]],
    [["schema", "a"], ["analyze"]],
    [["why", "x.yaml", "trained", ""], ["--set", "--params", "--outputs", "--format", "--help"]],
    [["unknown", ""], []],
    [["doctor", "--", "--d"], []],
  ];
  for (const [typed, words] of cases) {
    const completion = await complete(typed);
    assertEquals(
      [completion.files, completion.words.map(({ word }) => word)],
      ["none", words],
      typed.join(" "),
    );
  }
});

Deno.test("complete() leaves files to the shell, and says which", async () => {
  const cases: [string[], string][] = [
    [["validate", "a.yaml", ""], "yaml"],
    [["run", "pip"], "yaml"],
    [["run", "a.yaml", "--outputs", ""], "folders"],
    [["init", ""], "folders"],
    [["setup", "--wheel", ""], "any"],
    [["graph", "a.yaml", "--output=fig"], "any"],
    [["graph", "a.yaml", ""], "none"],
  ];
  for (const [typed, files] of cases) assertEquals((await complete(typed)).files, files, typed.join(" "));
});

Deno.test("complete() offers the stages of the file and of its imports, and after a slash their instances", async () => {
  await withFolder({ "grid.yaml": PIPELINE, "more.yaml": MORE }, async (folder) => {
    const only = async (...typed: string[]) =>
      (await complete(["run", `${folder}/grid.yaml`, ...typed])).words.map(({ word }) => word);
    assertEquals(await only("--only", ""), ["images", "nets", "not-finished", "more.digits"]);
    assertEquals(await only("--only=n"), ["--only=nets", "--only=not-finished"]);
    assertEquals(await only("--only", "images/"), ["images/data=mnist", "images/data=fashion-mnist"]);
  });
});

Deno.test("completionLines() offers nothing where a file is broken, absent or not named yet", async () => {
  await withFolder({ "broken.yaml": "weft: 1\nstages: {\n", "list.yaml": "[1]" }, async (folder) => {
    for (const file of ["broken.yaml", "list.yaml", "absent.yaml", "."]) {
      for (const start of ["", "a/"]) {
        assertEquals(await completionLines("zsh", ["run", `${folder}/${file}`, "--only", start]), "none\n");
      }
    }
    assertEquals(await completionLines("zsh", ["run", "--only", ""]), "none\n");
  });
});

Deno.test("completionLines() takes the quotes from what was typed in bash", async () => {
  await withFolder({ "a 'b\".yaml": PIPELINE, "more.yaml": MORE }, async (folder) => {
    for (
      const quoted of [`${folder}/a\\ \\'b\\".yaml`, `"${folder}/a 'b\\".yaml"`, `'${folder}/a '\\''b".yaml'`]
    ) {
      assertEquals(
        await completionLines("bash", ["run", quoted, "--only", "'net"]),
        "none\nnets\t\n",
        quoted,
      );
    }
  });
});

Deno.test("Every command is found by its name, and has examples", async () => {
  for (const { name, load } of COMMANDS) {
    const command = await load();
    assertEquals(command.name, name);
    assert(command.examples.length > 0);
  }
});
