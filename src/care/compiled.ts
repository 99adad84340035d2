import { dirname, isAbsolute, join } from "node:path";
import { compileWithFiles } from "../compiler/compile.ts";
import type { Plan } from "../compiler/plan.ts";
import { type Diagnostic, UserError } from "../core/diagnostic.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import type { StageKind } from "../core/stage_kind.ts";
import type { ReadImport } from "../language/imports.ts";
import { OwnFiles } from "../sources/own_files.ts";
import { TreeFiles } from "./tree_files.ts";
import type { Project, ProjectTree } from "./trees.ts";

/** What keeps a clean-up from knowing what to keep. */
export interface UnreadableRoot {
  /** As it is given to `--ignore`: `main:pipelines/widths.yaml`. */
  readonly name: string;
  readonly why: string;
}

/** The plans of a project's pipelines, with their default params. Files that are the same in two trees are compiled once. */
export class ProjectPlans {
  readonly unreadable: UnreadableRoot[] = [];
  /** How many pipelines there are, those of equal content counted once. */
  count = 0;
  /** By path and content of a pipeline: what else it was compiled from then. */
  readonly #compiled = new Map<string, Beside[]>();
  readonly #disk: OwnFiles;

  constructor(
    private readonly project: Project,
    private readonly kinds: readonly StageKind[],
    private readonly isIgnored: (name: string, path: string) => boolean,
  ) {
    this.#disk = new OwnFiles({ base: project.top, folders: [project.top] });
  }

  async *plans(): AsyncGenerator<Plan> {
    for (const tree of this.project.trees) {
      for (const path of tree.pipelines) {
        if (this.isIgnored(tree.prefix + path, path)) continue;
        const plan = await this.#planOf(tree, path);
        if (plan !== undefined) yield plan;
      }
    }
  }

  async #planOf(tree: ProjectTree, path: string): Promise<Plan | undefined> {
    const text = tree.text(path)!;
    const key = `${path}\n${sha256(text)}`;
    const before = this.#compiled.get(key) ?? [];
    const isSame = ({ imported, asked }: Beside) =>
      [...imported].every(([path, digest]) => digestOfFile(tree, path) === digest) &&
      [...asked].every(([path, state]) => tree.state(path) === state);
    if (before.some(isSame)) return undefined;
    const imported = new Map<string, Digest | undefined>();
    const files = new TreeFiles(tree, this.#disk);
    this.#compiled.set(key, [...before, { imported, asked: files.asked }]);
    const compiled = await compileWithFiles({ path, text }, this.kinds, {
      read: importer(tree, imported),
      files,
    });
    const why = compiled.ok ? whyUnknown(compiled.value) : firstProblem(compiled.error);
    if (why !== undefined) this.unreadable.push({ name: tree.prefix + path, why });
    if (!compiled.ok || why !== undefined) return undefined;
    this.count += 1;
    return compiled.value;
  }
}

/** What a pipeline is compiled from besides its text. */
interface Beside {
  /** The files that it imports, by path. */
  readonly imported: ReadonlyMap<string, Digest | undefined>;
  /** Files of the user, by path: see ProjectTree.state. */
  readonly asked: ReadonlyMap<string, string>;
}

/** @throws {UserError} If there is any: without it what it needs would be removed */
export function refuseUnreadable(unreadable: readonly UnreadableRoot[]): void {
  const [first, ...others] = unreadable;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `; the same goes for ${namesOf(others)}`;
  throw new UserError(
    `Cannot tell what "${first.name}" needs: ${first.why}${more}`,
    `correct it there, or remove it; or go on without it, and lose what it alone needs: --ignore ${first.name}`,
  );
}

const MAX_NAMED = 3;

function namesOf(roots: readonly UnreadableRoot[]): string {
  const names = roots.slice(0, MAX_NAMED).map(({ name }) => `"${name}"`).join(", ");
  return roots.length <= MAX_NAMED ? names : `${names} and ${roots.length - MAX_NAMED} more`;
}

/** What a plan lacks, of which a run would know what it needs; undefined where it lacks nothing. */
function whyUnknown({ nodes }: Plan): string | undefined {
  const absent = nodes.flatMap(({ unknown }) => unknown?.files ?? [])[0];
  return absent && told(absent.warning);
}

function firstProblem(diagnostics: readonly Diagnostic[]): string {
  return told(diagnostics.find(({ severity }) => severity === "error")!);
}

function told({ message, at }: Diagnostic): string {
  return at === undefined ? message : `${message} (${at.path}:${at.line}:${at.column})`;
}

/** Reads within a tree alone, and notes what was read. */
function importer(tree: ProjectTree, imported: Map<string, Digest | undefined>): ReadImport {
  return (path, from) => {
    const place = isAbsolute(path) ? path : join(dirname(from), path);
    if (isAbsolute(path) || place.startsWith("..")) return { why: "it is outside of the project" };
    const text = tree.text(place);
    imported.set(place, digestOfFile(tree, place));
    return text === undefined ? { why: "there is no such file" } : { path: place, text };
  };
}

function digestOfFile(tree: ProjectTree, path: string): Digest | undefined {
  const text = tree.text(path);
  return text === undefined ? undefined : sha256(text);
}
