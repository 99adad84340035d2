/** How long `weft validate` takes with files that mean to break it, and how much memory (Linux, with GNU time). */
import { dirname } from "node:path";
import { hostileFiles } from "../tests/testing/hostile_files.ts";
import { besideBar, printTable, runProcess } from "./measure.ts";
import { weftCommand } from "./weft.ts";

const BAR_SECONDS = 1;
const BAR_MB = 500;
/** Files that take less are not listed. */
const WORTH_SECONDS = 0.5;

interface Measured {
  readonly what: string;
  readonly seconds: number;
  readonly megabytes: number;
}

const folder = await Deno.makeTempDir();
const measured: Measured[] = [];
for (const { what, text, imports } of hostileFiles) {
  const files = { "hostile.yaml": text(), ...imports?.() };
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}`, text);
  measured.push({ what, ...await measure(`${folder}/hostile.yaml`) });
  console.error(`${measured.length} of ${hostileFiles.length}: ${what}`);
}
await Deno.remove(folder, { recursive: true });

const slow = measured.filter(({ seconds }) => seconds >= WORTH_SECONDS).sort((a, b) => b.seconds - a.seconds);
printTable(
  [`${measured.length} files, of which take ${WORTH_SECONDS} s`, "seconds", "MB"],
  slow.map(({ what, seconds, megabytes }) => [
    what,
    besideBar(seconds, BAR_SECONDS, 2),
    besideBar(megabytes, BAR_MB, 0),
  ]),
);
console.log(
  `\nmost: ${Math.max(...measured.map(({ seconds }) => seconds)).toFixed(2)} s, ` +
    `${Math.max(...measured.map(({ megabytes }) => megabytes)).toFixed(0)} MB`,
);

async function measure(path: string): Promise<{ seconds: number; megabytes: number }> {
  const { program, args, env } = weftCommand("validate", path);
  const report = `${dirname(path)}/time.txt`;
  // what a file is worth (exit code 0 or 2) is for the tests to say
  const script = '/usr/bin/time -q -o "$0" -f "%e %M" "$@" 2>/dev/null; true';
  await runProcess({ program: "sh", args: ["-c", script, report, program, ...args], env });
  const [seconds, kilobytes] = Deno.readTextFileSync(report).trim().split(" ").map(Number) as [
    number,
    number,
  ];
  return { seconds, megabytes: kilobytes / 1000 };
}
