/** A project with a git repository and a store, for tests. No model is trained: what is stored is made up. */
import { dirname, join } from "node:path";
import { compile } from "../../src/compiler/compile.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import type { Digest } from "../../src/core/digest.ts";
import type { Override } from "../../src/language/params.ts";
import { outputOf, StageLookup, type StageOutput } from "../../src/scheduler/stage_lookup.ts";
import { stageKinds } from "../../src/stages/registry.ts";
import { Store } from "../../src/store/store.ts";

export const KINDS = stageKinds("pinned", () => "x86_64");

/** A pipeline that trains networks of one width. */
export function pipeline(width: number, models = 2): string {
  return `weft: 1
name: widths
params: { models: ${models} }
stages:
  images: { kind: dataset, source: mnist }
  nets: { kind: family, dataset: images, architecture: { kind: mlp, depth: 1, width: ${width} } }
  draw: { kind: sampling, family: nets, method: random, count: "\${{ params.models }}" }
  trained: { kind: train, sample: draw, epochs: 2 }
`;
}

export class Project {
  readonly outputs: string;

  constructor(readonly folder: string) {
    this.outputs = `${folder}/outputs`;
  }

  /** Writes a file, or removes it. */
  write(path: string, text: string | null): void {
    const full = join(this.folder, path);
    if (text === null) return Deno.removeSync(full);
    Deno.mkdirSync(dirname(full), { recursive: true });
    Deno.writeTextFileSync(full, text);
  }

  async git(...args: string[]): Promise<void> {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
    const { success, stderr } = await new Deno.Command("git", {
      args: ["-C", this.folder, ...who, ...args],
      env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  async commit(): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", "a change");
  }

  open(use: "run" | "read" = "read"): Promise<Store> {
    return Store.open(`${this.outputs}/store`, { use });
  }

  /** Stores results for all models of a pipeline, a lasting and an interim state of each, and its stage. @returns Their identities */
  async store(
    text: string,
    options: { readonly imports?: Record<string, string>; readonly set?: Override[] } = {},
  ) {
    const plan = planOf(text, options);
    const store = await this.open("run");
    try {
      return await storeAll(plan, store);
    } finally {
      await store.close();
    }
  }

  /** Which of the identities are stored. */
  async has(identities: readonly Digest[]): Promise<boolean[]> {
    const store = await this.open();
    try {
      return identities.map((identity) => store.has(identity));
    } finally {
      await store.close();
    }
  }
}

/** A project in a folder that is gone after the test. */
export async function withProject(test: (project: Project) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const cache = Deno.env.get("WEFT_CACHE");
  try {
    await Deno.mkdir(`${folder}/project`);
    Deno.env.set("WEFT_CACHE", `${folder}/cache`); // for the store's index
    Deno.writeTextFileSync(`${folder}/project/.gitignore`, "outputs/\n");
    await test(new Project(`${folder}/project`));
  } finally {
    if (cache === undefined) Deno.env.delete("WEFT_CACHE");
    else Deno.env.set("WEFT_CACHE", cache);
    await Deno.remove(folder, { recursive: true });
  }
}

export function planOf(
  text: string,
  { imports = {}, set = [] }: { readonly imports?: Record<string, string>; readonly set?: Override[] },
): Plan {
  const read = (path: string) => ({ path, text: imports[path]! });
  const compiled = compile({ path: "a.yaml", text }, KINDS, { overrides: set, read });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

async function storeAll({ nodes }: Plan, store: Store): Promise<Digest[]> {
  const lookup = new StageLookup(store);
  const outputs = new Map<string, StageOutput>();
  const stored: Digest[] = [];
  for (const node of nodes) {
    if (node.kind.contract !== "plan") {
      const { identity, items = [] } = await lookup.identify(node, outputs);
      for (const item of items) {
        const bytes = new TextEncoder().encode(`weights of ${item.identity}`.repeat(50));
        const objects = [await store.objects.put(bytes)];
        await store.add({
          identity: item.identity,
          value: item.item.id,
          objects,
          seconds: 2,
          of: "result/1",
        });
        stored.push(item.identity);
      }
      const value = items.map(({ item }) => item.id);
      const { digest } = outputOf(node, value);
      const parts = items.map(({ identity }) => identity);
      await store.add({ identity, value, objects: [], seconds: 0.1, output: digest, parts, of: "stage/1" });
      stored.push(identity);
    }
    outputs.set(node.instance, (await lookup.output(node, outputs))!);
  }
  return stored;
}
