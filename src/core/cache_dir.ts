import { resolve } from "node:path";
import { UserError } from "./diagnostic.ts";

/** Environment variables as `Deno.env` gives them. */
export interface Environment {
  get(name: string): string | undefined;
}

/**
 * The folder for what is downloaded once per machine; it lies outside the checkout and need not exist.
 * WEFT_CACHE names it; without it, it is `weft` in the place that the system gives to caches.
 * @throws {UserError} If no variable tells where that place is
 * @see XDG Base Directory Specification 0.8: a relative XDG_CACHE_HOME is ignored
 */
export function cacheDir(env: Environment = Deno.env, os: string = Deno.build.os): string {
  const own = env.get("WEFT_CACHE");
  if (own) return resolve(own);
  const xdg = env.get("XDG_CACHE_HOME");
  if (xdg?.startsWith("/")) return `${trimmed(xdg)}/weft`;
  const local = env.get("LOCALAPPDATA");
  if (os === "windows" && local) return `${local}\\weft`;
  const home = env.get("HOME");
  if (!home) {
    throw new UserError(
      "Cannot choose a cache folder: neither WEFT_CACHE nor HOME is set",
      "set WEFT_CACHE to a folder that can be written",
    );
  }
  return os === "darwin" ? `${trimmed(home)}/Library/Caches/weft` : `${trimmed(home)}/.cache/weft`;
}

function trimmed(folder: string): string {
  return folder.replace(/\/+$/, "");
}
