import { Store } from "./store.ts";
import type { Folders } from "./testing/folders.ts";
import { testStore, type View } from "./testing/store_contract.ts";

testStore({
  name: "looked at in the same process",
  open: async ({ root, cache }) => {
    const warnings: string[] = [];
    const writer = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    return { writer, view: () => refreshed(writer, warnings), close: () => writer.close() };
  },
});

testStore({
  name: "index in memory",
  open: async ({ root, cache }) => {
    await Deno.writeTextFile(cache, "a file where the cache would be");
    const warnings: string[] = [];
    const writer = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    const own = () =>
      warnings.splice(0, warnings.length, ...warnings.filter((message) => !aboutCache(message)));
    const view = () => refreshed(writer, warnings).then((view) => (own(), view));
    return { writer, view, close: () => writer.close() };
  },
});

testStore({
  name: "opened again",
  open: async (folders) => await reopened(folders, () => {}),
});

testStore({
  name: "opened again after its index was removed",
  open: async (folders) => await reopened(folders, () => Deno.removeSync(folders.cache, { recursive: true })),
});

testStore({
  name: "looked at by another process",
  open: async ({ root, cache }) => {
    const writer = await Store.open(root, { cache });
    const other = new OtherProcess(root, `${cache}-other`);
    return {
      writer,
      view: () => Promise.resolve(other),
      close: async () => {
        await other.end();
        await writer.close();
      },
    };
  },
});

function refreshed(store: Store, warnings: readonly string[]): Promise<View> {
  store.refresh();
  return Promise.resolve(viewOf(store, warnings));
}

/** A store that is opened for each look, beside the one that writes. */
async function reopened({ root, cache }: Folders, before: () => void) {
  const writer = await Store.open(root, { cache });
  const open: Store[] = [writer];
  return {
    writer,
    view: async () => {
      const warnings: string[] = [];
      before();
      const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
      open.push(store);
      return viewOf(store, warnings);
    },
    close: async () => {
      for (const store of open) await store.close();
    },
  };
}

function viewOf(store: Store, warnings: readonly string[]): View {
  return {
    has: (identity) => Promise.resolve(store.has(identity)),
    read: (identity) => store.read(identity),
    readAll: (identity) => store.readAll(identity),
    warnings,
  };
}

function aboutCache(message: string): boolean {
  return message.startsWith("Cannot use the store's index: ") &&
    message.endsWith("all records are read instead");
}

/** A view of the store in testing/view_process.ts, with an index of its own. */
class OtherProcess implements View {
  warnings: readonly string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #text = "";

  constructor(root: string, cache: string) {
    const program = new URL("./testing/view_process.ts", import.meta.url).pathname;
    const args = ["run", "--quiet", "--no-check", "-A", program, root, cache];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async has(identity: string): Promise<boolean> {
    return await this.#ask("has", identity) as boolean;
  }

  async read(identity: string): ReturnType<View["read"]> {
    return (await this.#ask("read", identity) ?? undefined) as Awaited<ReturnType<View["read"]>>;
  }

  async readAll(identity: string): ReturnType<View["readAll"]> {
    return await this.#ask("readAll", identity) as Awaited<ReturnType<View["readAll"]>>;
  }

  async end(): Promise<void> {
    await this.#input.close();
    while (!(await this.#output.read()).done);
    await this.#child.status;
  }

  /** One question after the other. */
  #ask(ask: string, identity: string): Promise<unknown> {
    const answer = this.#turn.then(async () => {
      await this.#input.write(new TextEncoder().encode(JSON.stringify({ ask, identity }) + "\n"));
      while (!this.#text.includes("\n")) this.#text += (await this.#output.read()).value;
      const [line, ...rest] = this.#text.split("\n");
      this.#text = rest.join("\n");
      const told = JSON.parse(line!);
      this.warnings = told.warnings;
      return told.answer;
    });
    this.#turn = answer;
    return answer;
  }
}
