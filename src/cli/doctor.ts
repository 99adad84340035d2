import { doctor, type MachineCheck } from "../mod.ts";
import { type Command, EXIT } from "./command.ts";
import { printData, styler } from "./output.ts";

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Say what is there and what is missing on this machine",
  options: {
    deep: { description: "also compare the installed engine with its SHA-256 (takes seconds)" },
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
  },
  examples: [["weft doctor", "exit code 1 if something is missing that training needs"]],
  run: async ({ values, switches }) => {
    const checks = await doctor({ deep: switches.has("deep") });
    const ok = checks.every(({ status }) => status !== "missing");
    printData(values.format === "json" ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : doctorText(checks));
    return ok ? EXIT.done : EXIT.failed;
  },
};

function doctorText(checks: readonly MachineCheck[]): string {
  const paint = styler(Deno.stdout);
  const marks = {
    ok: paint("green", "ok     "),
    warning: paint("yellow", "warning"),
    missing: paint("red", "missing"),
  };
  const lines = checks.flatMap(({ name, status, detail, help }) => [
    `${marks[status]}  ${name}: ${detail}`,
    ...(help === undefined ? [] : [`         ${paint("cyan", "help:")} ${help}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
