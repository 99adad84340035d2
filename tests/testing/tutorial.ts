/** A page of documentation as what it tells its reader to do, in order. */
export type Step = FileStep | EditStep | CommandStep;

/** A fenced `yaml` block whose first line is `# name.yaml`: the file as it is to be written. */
export interface FileStep {
  readonly type: "file";
  readonly name: string;
  readonly text: string;
}

/** A fenced `diff` block whose first line is `# name.yaml`: lines to take out, and those that take their place. */
export interface EditStep {
  readonly type: "edit";
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** A line `$ command` in a fenced `console` block, and what it prints; `...` on a line stands for any lines. */
export interface CommandStep {
  readonly type: "command";
  readonly command: string;
  readonly output: string;
}

export function stepsOf(markdown: string): Step[] {
  const blocks = markdown.matchAll(/^```(yaml|diff|console)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, language, text]): Step[] => {
    if (language === "console") return commandsOf(text!);
    const name = /^# (\S+\.yaml)$/m.exec(text!.split("\n")[0]!)?.[1];
    if (name === undefined) return [];
    if (language === "yaml") return [{ type: "file", name, text: text! }];
    const lines = text!.split("\n").slice(1).filter((line) => line !== "");
    const having = (other: string) =>
      lines.filter((line) => !line.startsWith(other)).map((line) => `${line.slice(1)}\n`).join("");
    return [{ type: "edit", name, before: having("+"), after: having("-") }];
  });
}

function commandsOf(block: string): CommandStep[] {
  return block.split(/^\$ /m).slice(1).map((part) => {
    const end = part.indexOf("\n");
    return { type: "command", command: part.slice(0, end), output: part.slice(end + 1) };
  });
}

/** Whether what a command printed is what the page shows, but for durations, and lines that it leaves out with `...`. */
export function looksLike(printed: string, shown: string): boolean {
  const parts = shown.split(/^\.\.\.$\n?/m).map((part) => part.split("\n").map(pattern).join("\n"));
  return new RegExp(`^${parts.join("[^]*")}\\s*$`).test(withoutTimes(printed));
}

function pattern(line: string): string {
  return withoutTimes(line).trimEnd().replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") + " *";
}

function withoutTimes(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/(?<![:\w.])(\d+(\.\d+)? s|\d+:\d\d(:\d\d)?)\b/g, "TIME");
}
