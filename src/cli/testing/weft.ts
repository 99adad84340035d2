/** Runs the command line as a process, as a user does. */
import { dirname } from "node:path";

const MAIN = new URL("../main.ts", import.meta.url).pathname;

export interface Setting {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that the user is in. */
  readonly folder?: string;
  readonly stdin?: string;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function weft(...args: string[]): Promise<Finished> {
  return weftIn({}, ...args);
}

export async function weftIn({ env, folder, stdin }: Setting, ...args: string[]): Promise<Finished> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    env: { NO_COLOR: "1", INIT_CWD: folder ?? Deno.cwd(), ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) await new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder with files that is gone after the test. */
export async function withFolder(
  files: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
