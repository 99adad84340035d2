import type { Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { fetchUrl, shownUrl } from "../../core/fetch_url.ts";
import { pause } from "../../core/pause.ts";
import type { LibraryPlatform } from "./platforms.ts";

/** The public Python Package Index, where neither PIP_INDEX_URL nor pip's configuration names another. */
export const PUBLIC_INDEX = "https://pypi.org/simple";

/** A package index, and what named it. */
export interface PackageIndex {
  readonly url: string;
  readonly from: string;
}

/**
 * The address of the platform's wheel in the machine's package index. Needs neither Python nor pip.
 * @throws {UserError} If the index does not answer or does not list the wheel
 * @throws The signal's reason if it is aborted
 * @see PEP 503 and PEP 691, the simple repository API in HTML and in JSON
 */
export async function findWheel(
  platform: LibraryPlatform,
  index: PackageIndex,
  signal?: AbortSignal,
  delays: readonly number[] = [1000, 3000],
): Promise<string> {
  const page = `${index.url.replace(/\/+$/, "")}/${platform.wheel.project}/`;
  const answer = await ask(page, delays, signal);
  const { name } = platform.wheel;
  const place = `${shownUrl(page)} (index from ${index.from})`;
  const problem = (why: string, help: string) =>
    new UserError(
      `Cannot find ${name} at ${place}: ${why}`,
      `${help}, or fetch the wheel elsewhere and run weft setup --wheel FILE`,
    );
  if ("why" in answer) throw problem(answer.why, answer.help ?? "check the index and run again");
  const link = linksOf(answer).find((link) => link.name === name);
  if (link === undefined) throw problem("it does not list this file", "name another index in PIP_INDEX_URL");
  return sameCredentials(page, new URL(link.href, answer.base));
}

/**
 * PIP_INDEX_URL, else `index-url` of pip's configuration files (`[install]` before `[global]`, later files before
 * earlier ones, as pip reads them), else the public index.
 * @throws {UserError} If the one that is named is no http address
 */
export async function packageIndex(
  env: Environment = Deno.env,
  configFiles: readonly string[] = pipConfigFiles(env),
): Promise<PackageIndex> {
  const named = env.get("PIP_INDEX_URL");
  const index = named ? { url: named, from: "PIP_INDEX_URL" } : await configuredIndex(configFiles);
  if (index === null) return { url: PUBLIC_INDEX, from: "weft itself" };
  if (!URL.canParse(index.url) || !/^https?:/.test(index.url)) {
    throw new UserError(
      `Cannot use the package index "${
        withoutUser(index.url)
      }" of ${index.from}: it is no http or https address`,
      "set PIP_INDEX_URL to the address of a simple index",
    );
  }
  return index;
}

/**
 * Where pip looks, the weakest first: system, user, virtual environment. PIP_CONFIG_FILE replaces the user's and is the
 * strongest; /dev/null there means that no file counts.
 */
export function pipConfigFiles(env: Environment = Deno.env, os: string = Deno.build.os): string[] {
  const own = env.get("PIP_CONFIG_FILE");
  if (own === "/dev/null") return [];
  const home = env.get("HOME") ?? "";
  const library = "/Library/Application Support/pip/pip.conf";
  const xdg = env.get("XDG_CONFIG_HOME") || `${home}/.config`;
  const shared = (env.get("XDG_CONFIG_DIRS") || "/etc/xdg").split(":").map((folder) =>
    `${folder}/pip/pip.conf`
  );
  const system = os === "darwin" ? [library] : [...shared, "/etc/pip.conf"];
  const user = os === "darwin"
    ? [`${home}/.pip/pip.conf`, `${home}/.config/pip/pip.conf`, `${home}${library}`]
    : [`${home}/.pip/pip.conf`, `${xdg}/pip/pip.conf`];
  const environment = env.get("VIRTUAL_ENV");
  return [
    ...system,
    ...(own ? [] : user),
    ...(environment ? [`${environment}/pip.conf`] : []),
    ...(own ? [own] : []),
  ];
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}

const ACCEPT =
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

interface Page {
  readonly body: string;
  readonly type: string;
  readonly base: string;
}

async function ask(page: string, delays: readonly number[], signal?: AbortSignal) {
  for (let round = 0;; round++) {
    const answer = await askOnce(page, signal);
    if (!("why" in answer) || !answer.passing || round >= delays.length) return answer;
    await pause(delays[round]!, signal);
  }
}

async function askOnce(page: string, signal?: AbortSignal) {
  const limit = AbortSignal.timeout(30_000);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  try {
    const response = await fetchUrl(page, { accept: ACCEPT }, either);
    if ("why" in response) return response;
    const type = response.headers.get("content-type") ?? "";
    return { body: await response.text(), type, base: response.url } satisfies Page;
  } catch {
    signal?.throwIfAborted();
    return { why: "the connection ended before its page did", passing: true, help: "check the network" };
  }
}

/** The files that a project page lists: their names, and their addresses relative to the page. None: not such a page. */
function linksOf({ body, type }: Page): { name: string; href: string }[] {
  if (type.includes("+json")) return jsonLinks(body);
  return [...body.matchAll(/<a\s[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, double, single]) => {
    const href = (double ?? single ?? "").replaceAll("&amp;", "&").replace(/#.*$/, "");
    return { name: href.replace(/\?.*$/, "").split("/").at(-1)!, href };
  });
}

function jsonLinks(body: string): { name: string; href: string }[] {
  try {
    const { files } = JSON.parse(body) as { files: { filename: string; url: string }[] };
    return files.map(({ filename, url }) => ({ name: filename, href: url }));
  } catch {
    return [];
  }
}

/** An index with a password gives its files to the same user. */
function sameCredentials(page: string, file: URL): string {
  const { username, password, host } = new URL(page);
  if (file.host === host && file.username === "") [file.username, file.password] = [username, password];
  return file.href;
}

async function configuredIndex(files: readonly string[]): Promise<PackageIndex | null> {
  const found: { install?: PackageIndex; global?: PackageIndex } = {};
  for (const file of files) {
    const text = await readIfThere(file);
    for (const section of ["global", "install"] as const) {
      const url = indexUrl(text, section);
      if (url !== undefined) found[section] = { url, from: file };
    }
  }
  return found.install ?? found.global ?? null;
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch {
    return ""; // absent, or another user's: not ours to judge
  }
}

/** The value of `index-url` in a section of an INI file as Python's configparser reads it. */
function indexUrl(text: string, wanted: string): string | undefined {
  let section = "";
  let found: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    section = /^\[([^\]]+)\]/.exec(line)?.[1] ?? section;
    const [, key, value] = /^([\w-]+)\s*[=:]\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === wanted && key?.toLowerCase().replaceAll("_", "-") === "index-url") found = value;
  }
  return found;
}
