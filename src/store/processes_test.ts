import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { sha256 } from "../core/digest.ts";
import { StoreError } from "./errors.ts";
import { takeInventory } from "./maintenance/inventory.ts";
import { Store } from "./store.ts";
import { type Folders, withFolders } from "./testing/folders.ts";

Deno.test("Two processes that store at once lose nothing, and each result has a row of its own", () =>
  withFolders(async (folders) => {
    const children = ["left", "right"].map((name) => new Child(folders, ADDING, name, "100"));
    for (const child of children) assertEquals((await child.status()).code, 0);
    const store = await Store.open(folders.root, {
      cache: folders.cache,
      warn: (message) => assert(false, message),
    });
    for (const name of ["left", "right"]) {
      for (let i = 0; i < 100; i++) {
        assertEquals((await store.read(sha256(`${name} ${i}`)))?.value, { name, i });
      }
    }
    assertEquals(store.auditIndex(), []);
    assertEquals(takeInventory(folders.root).records.length, 200);
    await store.close();
  }));

Deno.test("Store.read() reads what another process is storing, as soon as that says so", () =>
  withFolders(async (folders) => {
    const store = await Store.open(folders.root, {
      cache: folders.cache,
      warn: (message) => assert(false, message),
    });
    const child = new Child(folders, ADDING, "other", "60");
    for (let i = 0; i < 60; i++) {
      assertEquals(await child.line(), `stored ${i}`);
      store.refresh();
      assertEquals((await store.read(sha256(`other ${i}`)))?.value, { name: "other", i });
    }
    assertEquals((await child.status()).code, 0);
    await store.close();
  }));

Deno.test("Store keeps what a process stored that was killed at any moment, and needs no repair", () =>
  withFolders(async (folders) => {
    for (const [round, lines] of [1, 3, 8, 20].entries()) {
      const child = new Child(folders, ADDING, `killed ${round}`, "1000000");
      for (let i = 0; i < lines; i++) await child.line();
      await child.kill();
      const warn = (message: string) => assert(false, message);
      const store = await Store.open(folders.root, { cache: folders.cache, use: "run", warn });
      for (let i = 0; i < lines; i++) {
        const stored = await store.read(sha256(`killed ${round} ${i}`));
        assertEquals(stored?.value, { name: `killed ${round}`, i });
        await store.objects.get(stored!.objects[0]!);
      }
      assertEquals([...Deno.readDirSync(`${folders.root}/tmp`)], []);
      assertEquals(store.auditIndex(), []);
      await store.close();
    }
  }));

Deno.test("Store.claim() gives a result to one at a time, in this process and in others, and leaves no file", () =>
  withFolders(async (folders) => {
    const store = await Store.open(folders.root, { cache: folders.cache });
    const claim = store.claim(sha256("a"))!;
    assertEquals(store.claim(sha256("a")), undefined);
    store.claim(sha256("b"))!.release();
    assertEquals(await new Child(folders, CLAIMING).line(), "taken by another");
    claim.release();
    assertEquals([...Deno.readDirSync(`${folders.root}/claims`)], []);
    const child = new Child(folders, CLAIMING);
    assertEquals(await child.line(), "claimed");
    assertEquals(store.claim(sha256("a")), undefined);
    await child.kill();
    store.claim(sha256("a"))!.release();
    assertEquals([...Deno.readDirSync(`${folders.root}/claims`)], []);
    await store.close();
  }));

Deno.test("Store.lockExclusive() refuses while a run has the store open, until its process is gone", () =>
  withFolders(async (folders) => {
    const run = new Child(folders, RUNNING);
    assertEquals(await run.line(), "running");
    const store = await Store.open(folders.root, { cache: folders.cache });
    const error = assertThrows(() => store.lockExclusive(), StoreError);
    assertMatch(error.message, /Cannot remove anything from the store ".*": a run is using it/);
    const other = await Store.open(folders.root, { cache: folders.cache, use: "run" });
    await other.close();
    await run.kill();
    store.lockExclusive().release();
    await store.close();
  }));

Deno.test("Store.open() for a run waits while results are being removed, says so, and ends with its signal", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    const held = store.lockExclusive();
    const told = Promise.withResolvers<string>();
    const waiting = Store.open(root, { cache, use: "run", warn: told.resolve });
    assertMatch(await told.promise, /Waiting for the store ".*": results are being removed from it/);
    const stopped = new AbortController();
    const impatient = Store.open(root, {
      cache,
      use: "run",
      warn: () => stopped.abort(new Error("stopped")),
      signal: stopped.signal,
    });
    assertEquals(await impatient.catch((error) => error.message), "stopped");
    await (await Store.open(root, { cache })).close(); // for reading, nobody waits
    held.release();
    await (await waiting).close();
    await store.close();
  }));

const HEAD = `
  import { Store } from ${JSON.stringify(import.meta.resolve("./store.ts"))};
  import { sha256 } from ${JSON.stringify(import.meta.resolve("../core/digest.ts"))};
  const [root, cache, name, count] = Deno.args;
  const forever = () => new Promise((resolve) => setTimeout(resolve, 1e8));`;
/** Stores results one after the other, each with an object, and tells of each. */
const ADDING = `${HEAD}
  const store = await Store.open(root, { cache, use: "run" });
  for (let i = 0; i < Number(count); i++) {
    const objects = [await store.objects.put(new TextEncoder().encode(name + i + "x".repeat(5000)))];
    await store.add({ identity: sha256(name + " " + i), value: { name, i }, objects, seconds: 1 });
    console.log("stored " + i);
  }
  await store.close();`;
const CLAIMING = `${HEAD}
  const claim = (await Store.open(root, { cache })).claim(sha256("a"));
  console.log(claim === undefined ? "taken by another" : "claimed");
  if (claim !== undefined) await forever();`;
const RUNNING = `${HEAD}
  const store = await Store.open(root, { cache, use: "run" });
  console.log("running");
  await forever();`;

/** Another process that runs a program with the store's folders as its arguments. */
class Child {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor({ root, cache }: Folders, program: string, ...rest: string[]) {
    const url = `data:application/typescript,${encodeURIComponent(program)}`;
    const args = ["run", "--quiet", "--no-check", "-A", url, root, cache, ...rest];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that it writes. */
  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#output.read();
      if (done) throw new Error("Cannot read a line: the process ended");
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async status(): Promise<Deno.CommandStatus> {
    while (!(await this.#output.read()).done); // what it writes must go somewhere
    return await this.#child.status;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.status();
  }
}
