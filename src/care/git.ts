import { UserError } from "../core/diagnostic.ts";

/** A branch or a tag, or what is checked out. */
export interface GitTree {
  /** As git names it: `main`, `v1.0`, `HEAD`. */
  readonly name: string;
  /** Identity of its files: branches with the same files have the same one. */
  readonly tree: string;
}

/** What is checked out, be it a branch or not. */
export const HEAD = "HEAD";

/** A git repository, read by the program `git`. Nothing in it is changed. */
export class Git {
  private constructor(
    /** Its uppermost folder. */
    readonly top: string,
  ) {}

  /**
   * The repository that a folder is in, or why there is none.
   * @throws {UserError} If there is one and git refuses to read it
   */
  static async around(folder: string): Promise<Git | { readonly none: string }> {
    try {
      return new Git((await git(folder, ["rev-parse", "--show-toplevel"])).trimEnd());
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { none: "git is not installed" };
      if (/not a git repository|must be run in a work tree/.test((error as Error).message)) {
        return { none: "this is no git repository" };
      }
      throw error;
    }
  }

  /** Local branches, tags and what is checked out, by name. Tags of what is no commit are left out. */
  async trees(): Promise<GitTree[]> {
    const format = "%(refname:short)%00%(tree)%00%(*tree)";
    const listed = await git(this.top, ["for-each-ref", `--format=${format}`, "refs/heads", "refs/tags"]);
    const refs = listed.split("\n").filter((line) => line !== "").map((line) => {
      const [name = "", tree, tagged] = line.split("\0");
      return { name, tree: tree || tagged || "" };
    });
    const head = await this.#headTree();
    return [...(head === undefined ? [] : [{ name: HEAD, tree: head }]), ...refs].filter(({ tree }) =>
      tree !== ""
    );
  }

  /** Paths of a tree's files, from the uppermost folder, with the identities of their contents. */
  async files(tree: string): Promise<Map<string, string>> {
    const listed = await git(this.top, ["ls-tree", "-r", "-z", "--full-tree", tree]);
    const entries = listed.split("\0").map((line) => /^100\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line));
    return new Map(entries.flatMap((entry) => entry === null ? [] : [[entry[2]!, entry[1]!]]));
  }

  /** Files in the folders of the user, changed or new ones too; without those that git ignores. */
  async workingFiles(): Promise<string[]> {
    const options = ["--cached", "--others", "--exclude-standard"];
    return (await git(this.top, ["ls-files", "-z", ...options])).split("\0").filter((path) => path !== "");
  }

  /** Contents as text, by identity. */
  async contents(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const output = await gitBytes(this.top, ["cat-file", "--batch"], `${ids.join("\n")}\n`);
    return batchEntries(output);
  }

  contentSync(id: string): string {
    const { stdout } = new Deno.Command("git", { args: ["-C", this.top, "cat-file", "blob", id] })
      .outputSync();
    return decoder.decode(stdout);
  }

  /** The identities that files of the user's folders would have; undefined for those that cannot be read. */
  idsOnDisk(paths: readonly string[]): (string | undefined)[] {
    const parts = Array.from(
      { length: Math.ceil(paths.length / MOST_PATHS) },
      (_, i) => paths.slice(i * MOST_PATHS, (i + 1) * MOST_PATHS),
    );
    return parts.flatMap((part) => {
      const args = ["-C", this.top, "hash-object", "--", ...part];
      const { stdout } = new Deno.Command("git", { args, stderr: "null" }).outputSync();
      const ids = decoder.decode(stdout).split("\n");
      return part.map((_, i) => ids[i]);
    });
  }

  async #headTree(): Promise<string | undefined> {
    const args = ["rev-parse", "--verify", "--quiet", `${HEAD}^{tree}`];
    return (await git(this.top, args).catch(() => "")).trimEnd() || undefined; // before the first commit there is none
  }
}

const decoder = new TextDecoder();
const LINE_FEED = 10;
/** How many paths a command line may hold for certain. */
const MOST_PATHS = 500;

/** What `cat-file --batch` prints: for each a line `<id> blob <bytes>`, the bytes, and a line feed. */
function batchEntries(output: Uint8Array): Map<string, string> {
  const contents = new Map<string, string>();
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(LINE_FEED, start);
    const [id = "", , size] = decoder.decode(output.subarray(start, end)).split(" ");
    const after = end + 1 + Number(size);
    contents.set(id, decoder.decode(output.subarray(end + 1, after)));
    start = after + 1;
  }
  return contents;
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  return decoder.decode(await gitBytes(folder, args));
}

/** @throws {UserError} If git says no @throws {Deno.errors.NotFound} If there is no git */
async function gitBytes(folder: string, args: readonly string[], input = ""): Promise<Uint8Array> {
  const child = new Deno.Command("git", {
    args: ["-C", folder, ...args],
    env: { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}), // it ended before it read all: told by its status
  ]);
  if (success) return stdout;
  throw new UserError(`Cannot read the git repository of "${folder}": ${decoder.decode(stderr).trim()}`);
}
