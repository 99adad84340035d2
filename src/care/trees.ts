import { join, relative } from "node:path";
import { parseDocument } from "yaml";
import { fileError } from "../core/file_failure.ts";
import { Git, type GitTree, HEAD } from "./git.ts";

/** The files of a project, as they are in the folders of the user or on a branch. Paths begin at its uppermost folder. */
export interface ProjectTree {
  /** `main:` in front of the names of a branch's files, as git writes it; nothing for the folders of the user. */
  readonly prefix: string;
  /** Its YAML files that are pipelines. */
  readonly pipelines: readonly string[];
  /** Undefined where there is no such file. */
  readonly text: (path: string) => string | undefined;
  /**
   * What tells whether another tree has the same at a path: identities of the files there; empty where the tree has none,
   * or is what is on disk.
   */
  readonly state: (path: string) => string;
  /** Whether what the tree has at a path, a file or a folder, is what is on disk. What it does not have may be there. */
  readonly isOnDisk: (path: string) => boolean;
}

export interface Project {
  /** Its uppermost folder. */
  readonly top: string;
  readonly trees: readonly ProjectTree[];
  /** How many branches and tags there are. */
  readonly refs: number;
  /** Why there are no branches and tags. */
  readonly withoutGit?: string;
}

/**
 * The project around a folder: what is checked out as it is now, and every local branch and tag.
 * @throws {UserError} If git refuses to read its repository, or the system a file or a folder
 */
export async function projectAround(folder: string): Promise<Project> {
  const git = await Git.around(folder);
  if (!(git instanceof Git)) {
    const trees = [workingTree(folder, folder, yamlFilesBelow(folder))];
    return { top: folder, trees, refs: 0, withoutGit: git.none };
  }
  const working = workingTree(folder, git.top, (await git.workingFiles()).filter(isYaml));
  const named = await git.trees();
  const refs = named.filter(({ name }) => name !== HEAD).length;
  return { top: git.top, trees: [working, ...await gitTrees(git, named)], refs };
}

/** Whether a text is a pipeline's: its uppermost map has the key `weft`. One that is no YAML is, if it looks like that. */
export function isPipeline(text: string): boolean {
  if (!text.includes("weft")) return false;
  if (/^(weft|"weft"|'weft')\s*:/m.test(text)) return true; // what does not compile must be told, so it counts
  const document = parseDocument(text, { logLevel: "silent" });
  return document.errors.length === 0 && document.has("weft");
}

function workingTree(folder: string, top: string, paths: readonly string[]): ProjectTree {
  const prefix = relative(folder, top);
  const texts = new Map<string, string | undefined>();
  const text = (path: string) => {
    if (!texts.has(path)) texts.set(path, readText(join(top, path)));
    return texts.get(path);
  };
  return {
    prefix: prefix && `${prefix}/`,
    pipelines: paths.filter((path) => isPipeline(text(path) ?? "")),
    text,
    state: () => "",
    isOnDisk: () => true,
  };
}

/** Branches and tags with the same files are read once. */
async function gitTrees(git: Git, named: readonly GitTree[]): Promise<ProjectTree[]> {
  const byTree = Map.groupBy(named, ({ tree }) => tree);
  const listed: { readonly name: string; readonly files: ReadonlyMap<string, string> }[] = [];
  for (const [tree, [first]] of byTree) listed.push({ name: first!.name, files: await git.files(tree) });
  const yaml = new Set(
    listed.flatMap(({ files }) => [...files].filter(([path]) => isYaml(path)).map(([, id]) => id)),
  );
  const texts = await git.contents([...yaml]);
  const pipelines = new Set([...texts].filter(([, text]) => isPipeline(text)).map(([id]) => id));
  return listed.map(({ name, files }) => ({
    prefix: `${name}:`,
    pipelines: [...files].filter(([path, id]) => isYaml(path) && pipelines.has(id)).map(([path]) => path),
    text: (path) => {
      const id = files.get(path);
      return id === undefined ? undefined : texts.get(id) ?? git.contentSync(id);
    },
    state: (path) => JSON.stringify(filesAt(files, path)),
    isOnDisk: (path) => {
      const held = filesAt(files, path);
      return held.length === 0 || isOnDisk(git, path, held);
    },
  }));
}

/** Of a tree's files, the one at a path or those below it: paths and identities. */
function filesAt(files: ReadonlyMap<string, string>, path: string): [string, string][] {
  const id = files.get(path);
  if (id !== undefined) return [[path, id]];
  return [...files].filter(([name]) => name.startsWith(`${path}/`));
}

/** @param held all that there must be: in a folder of which a tree has a part, the rest would go with it */
function isOnDisk(git: Git, path: string, held: readonly (readonly [string, string])[]): boolean {
  const place = join(git.top, path);
  const there = isFolder(place) ? filesBelow(place).map((name) => `${path}/${name}`) : [path];
  const names = held.map(([name]) => name);
  if (there.length !== names.length || new Set([...there, ...names]).size !== names.length) return false;
  const ids = git.idsOnDisk(names);
  return held.every(([, id], i) => ids[i] === id);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function filesBelow(folder: string, below = ""): string[] {
  return entriesOf(join(folder, below)).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(folder, `${below}${name}/`) : [below + name]
  );
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path);
}

/** Without hidden folders and those of packages. */
function yamlFilesBelow(folder: string, below = ""): string[] {
  return entriesOf(join(folder, below)).flatMap(({ name, isDirectory }) => {
    const path = below + name;
    if (isDirectory) return /^\.|^node_modules$/.test(name) ? [] : yamlFilesBelow(folder, `${path}/`);
    return isYaml(path) ? [path] : [];
  });
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    throw fileError(error, `read the folder "${folder}"`, HELP);
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw fileError(error, `read "${path}"`, HELP);
  }
}

/** What cannot be read may be a pipeline: what it needs must not be removed. */
const UNREADABLE = "make it readable, or go to the folder of the project, where no such thing is";
const HELP = { forbidden: UNREADABLE, gone: UNREADABLE, inTheWay: UNREADABLE, other: UNREADABLE };
