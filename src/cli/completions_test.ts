import { assertEquals } from "@std/assert";
import { weft, withFolder } from "./testing/weft.ts";

const PIPELINE = `
weft: 1
matrix: { data: [mnist, fashion-mnist] }
stages:
  images: { kind: dataset, source: "\${{ matrix.data }}" }
  nets: { kind: family, dataset: images, architecture: { kind: mlp } }
`;
const FILES = {
  "grid.yaml": PIPELINE,
  "a dir/b c.yml": PIPELINE,
  "broken.yaml": "stages: {",
  "notes.txt": "",
};

Deno.test({
  name: "The script for bash completes commands, options, values, stages, instances and files",
  ignore: !await isInstalled("bash"),
  fn: async () => {
    const { stdout: script } = await weft("completions", "bash");
    // words as bash takes them apart, each case on a line of its own
    const driver = `${script}
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weft 2>/dev/null; echo "\${COMPREPLY[*]}"; }
try weft va
try weft graph --format = m
try weft graph grid.yaml --format ''
try weft run grid.yaml --only n
try weft run grid.yaml --only images/data = f
try weft run broken.yaml --only ''
try weft run gr
try weft validate a
try weft run grid.yaml --outputs ''
try weft graph grid.yaml --output = n
`;
    await withFolder(FILES, async (folder) => {
      assertEquals(await shell("bash", ["--norc", "-c", driver], folder), [
        "validate",
        "mermaid",
        "text mermaid svg",
        "nets",
        "fashion-mnist",
        "",
        "grid.yaml",
        "a dir",
        "a dir",
        "notes.txt",
      ]);
    });
  },
});

Deno.test({
  name: "The script for zsh completes commands, options, values, stages, instances and files",
  ignore: !await isInstalled("zsh"),
  fn: async () => {
    const { stdout: script } = await weft("completions", "zsh");
    // zsh's own functions show what they are given
    const driver = `
compdef() {}
compset() {}
_describe() { print -r -- "\${(P)@[-1]}" }
_files() { print -r -- "files $*" }
${script}
try() { local -a words=("$@"); local CURRENT=$# PREFIX=$@[-1]; _weft }
try weft va
try weft graph --format=m
try weft run grid.yaml --only n
try weft run 'a\\ dir/b\\ c.yml' --only images/data=f
try weft run broken.yaml --only ''
try weft run gr
try weft run grid.yaml --outputs ''
try weft graph grid.yaml --output=n
`;
    await withFolder(FILES, async (folder) => {
      assertEquals(await shell("zsh", ["-f", "-c", driver], folder), [
        "validate:check pipeline files without running anything",
        "--format=mermaid",
        "nets",
        "images/data=fashion-mnist",
        "",
        "files -g *.(yaml|yml)",
        "files -/",
        "files",
      ]);
    });
  },
});

Deno.test({
  name: "The script for fish completes commands, options, values, stages, instances and files",
  ignore: !await isInstalled("fish"),
  fn: async () => {
    const { stdout: script } = await weft("completions", "fish");
    const driver = `${script}
function try; set -l found (complete -C $argv[1]); echo "$found"; end
try 'weft va'
try 'weft graph --format=m'
try 'weft run grid.yaml --only n'
try 'weft run grid.yaml --only images/data=f'
try 'weft run broken.yaml --only '
try 'weft run gr'
try 'weft validate a\\\\ dir/'
try 'weft run grid.yaml --outputs a'
try 'weft graph grid.yaml --output=n'
`;
    await withFolder(FILES, async (folder) => {
      assertEquals(await shell("fish", ["--no-config", "-c", driver], folder), [
        "validate\tcheck pipeline files without running anything",
        "--format=mermaid",
        "nets",
        "images/data=fashion-mnist",
        "",
        "grid.yaml",
        "a dir/b c.yml",
        "a dir/",
        "--output=notes.txt",
      ]);
    });
  },
});

/** The lines that a shell prints, without trailing blanks. */
async function shell(program: string, args: string[], folder: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => line.replace(/ $/, ""));
}

async function isInstalled(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["-c", "true"], stdin: "null" }).output()).success;
  } catch {
    return false;
  }
}
