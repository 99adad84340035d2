import { fileURLToPath } from "node:url";
import { type Command, EXIT } from "./command.ts";
import { printData } from "./output.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = typeof SHELLS[number];

export const completionsCommand: Command = {
  name: "completions",
  summary: "Print a script that completes commands, options, files and stages in a shell",
  operand: { name: "SHELL", least: 1, most: 1, among: SHELLS, description: SHELLS.join(", ") },
  options: {},
  examples: [
    ["weft completions fish > ~/.config/fish/completions/weft.fish", "once"],
    ['eval "$(weft completions bash)"', "in ~/.bashrc"],
    ['eval "$(weft completions zsh)"', "in ~/.zshrc, after compinit"],
    ["weft completions zsh > ~/.zsh/_weft", "instead of eval, in a folder of $fpath"],
    [
      "alias weft='deno task --quiet --config PATH/TO/weft/deno.json weft'",
      "for a checkout: it completes, too",
    ],
  ],
  run: async ({ operands }) => {
    printData(await completionScript(operands[0] as Shell, completer()));
    return EXIT.done;
  },
};

/**
 * The script of a shell.
 * @param completer words of the command that the script asks: see complete.ts
 */
async function completionScript(shell: Shell, completer: readonly string[]): Promise<string> {
  const script = await Deno.readTextFile(new URL(`completions/weft.${shell}`, import.meta.url));
  return script.replaceAll("@WEFT@", () => completer.map((word) => quote(shell, word)).join(" "));
}

/**
 * The program by its place, not by its name: `weft` may be an alias, which scripts cannot call, and `deno task` takes
 * longer. It reads the pipeline that stands in the line, and changes nothing.
 */
function completer(): string[] {
  const hidden = "__complete";
  if (Deno.build.standalone) return [Deno.execPath(), hidden];
  const permissions = ["--no-prompt", "--allow-read", "--allow-env", "--allow-sys"];
  const main = new URL("main.ts", import.meta.url);
  const script = main.protocol === "file:" ? fileURLToPath(main) : main.href;
  return [Deno.execPath(), "run", "--quiet", "--cached-only", ...permissions, script, hidden];
}

function quote(shell: Shell, word: string): string {
  if (/^[\w./~:=+-]+$/.test(word)) return word;
  return shell === "fish" ? `'${word.replace(/[\\']/g, "\\$&")}'` : `'${word.replaceAll("'", `'\\''`)}'`;
}
