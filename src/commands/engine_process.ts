/** What the engine process needs: a library, permissions, an environment. */
import { resolve } from "node:path";
import { engineIdentity } from "./check.ts";
import type { RunOptions } from "./options.ts";
import type { Store } from "../store/store.ts";

/** @throws {UserError} If there is no engine, and none is to be installed */
export async function requireEngine(
  { setup, emit, signal }: Pick<RunOptions, "setup" | "emit" | "signal">,
): Promise<void> {
  const { requireLibrary } = await import("../engine/library/locate.ts");
  if (!setup) return void await requireLibrary();
  const progress = (what: string, done: number, total: number | null) =>
    emit({ type: "preparing", stage: "engine", what, done, total });
  const { setupLibrary } = await import("../engine/library/setup.ts");
  await setupLibrary({ progress, signal });
}

/** How the engine process starts: with native code, the store's folder and that of unpacked data, without a network. */
export async function engineOptions(store: Store, folder: string) {
  const { engineEnvironment } = await import("../engine/environment.ts");
  const { unpackedFolder } = await import("../engine/data/unpacked.ts");
  const root = resolve(store.root);
  const script = new URL("../worker.ts", import.meta.url).href;
  const folders = [root, unpackedFolder()].map((path) => path.replaceAll(",", ",,")); // a comma separates them
  const writable = `--allow-write=${folders.join(",")}`;
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env", "--allow-sys", writable];
  return {
    args: ["run", "--no-prompt", "--quiet", ...permissions, script, root, await engineIdentity()],
    env: { ...inheritedEnvironment(), ...engineEnvironment() },
    log: `${folder}/logs/engine.log`,
  };
}

/** What the engine process gets of the user's environment: where things are, and weft's own variables. */
function inheritedEnvironment(): Record<string, string> {
  const kept = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "DENO_DIR",
    "XDG_CACHE_HOME",
    "LOCALAPPDATA",
    "LD_LIBRARY_PATH",
  ];
  const entries = Object.entries(Deno.env.toObject());
  return Object.fromEntries(entries.filter(([name]) => kept.includes(name) || name.startsWith("WEFT_")));
}
