/** Runs the command line as a process, as a user does. */
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = `${ROOT}src/cli/main.ts`;
const PERMISSIONS = ["read", "write", "env", "net", "run", "sys"].map((name) => `--allow-${name}`);

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the last line of `run --format ndjson` says. */
export interface RunSummary {
  readonly type: "finished";
  readonly ok: boolean;
  readonly stages: Readonly<Record<"ran" | "stored" | "failed" | "skipped", number>>;
  readonly models: Readonly<Record<"trained" | "stored" | "failed", number>>;
}

export function spawnWeft(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...PERMISSIONS, MAIN, ...args],
    cwd,
    env: { NO_COLOR: "1", INIT_CWD: cwd, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function weft(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await spawnWeft(args, cwd, env).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Runs a pipeline and returns its events, the last of which sums up. @throws {Error} If it does not end well */
export async function runPipeline(
  file: string,
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly events: readonly { readonly type: string }[]; readonly summary: RunSummary }> {
  const { code, stdout, stderr } = await weft(["run", file, "--format", "ndjson", ...args], cwd);
  if (code !== 0) throw new Error(`weft run ended with ${code}: ${stderr}${stdout.slice(-2000)}`);
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  return { events, summary: events.at(-1) };
}

/** All files below a folder as path and digestible text, without what may vary from run to run. */
export async function artifacts(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ["figures", "tables"]) await addFiles(`${folder}/${part}`, part, files);
  files.set("run.json", await Deno.readTextFile(`${folder}/run.json`));
  return files;
}

/** The processes that a process started and that have not ended. Linux alone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => ""); // it has ended
  return text.trim().split(" ").filter((word) => word !== "").map(Number);
}

async function addFiles(folder: string, name: string, files: Map<string, string>): Promise<void> {
  for await (const { name: child, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await addFiles(`${folder}/${child}`, `${name}/${child}`, files);
    else files.set(`${name}/${child}`, (await Deno.readFile(`${folder}/${child}`)).join());
  }
}
