/**
 * What the store costs: storing a result, beside the sync that it cannot do without; and opening a store and finding all
 * that it holds, beside asking the system for the same files and SQLite for as many rows. The looking is done in processes of
 * their own, so that each starts as a `weft plan` does.
 */
import { DatabaseSync } from "node:sqlite";
import { type Digest, sha256 } from "../src/core/digest.ts";
import { Store } from "../src/store/store.ts";
import { interleave, median, medianRatio, printTable, roundsFrom, runProcess } from "./measure.ts";

const ADDS = 1000;
const SIZES = [1000, 10_000, 100_000];
const WARM_UP = 50;

/** What a process that looks tells: milliseconds, and bytes at the end. */
interface Looked {
  readonly open: number;
  readonly has: number;
  readonly stats: number;
  readonly rows: number;
  readonly memory: number;
}

const [mode, ...args] = Deno.args;
if (mode === "look") console.log(JSON.stringify(await look(args[0]!, args[1]!, Number(args[2]), args[3]!)));
else await measure(roundsFrom(Deno.args, 5));

async function measure(rounds: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
  try {
    await measureAdds(folder, rounds);
    await measureLooks(folder, rounds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureAdds(folder: string, rounds: number): Promise<void> {
  const store = await Store.open(`${folder}/adds`, { cache: `${folder}/cache` });
  let made = 0;
  const add = () => store.add(inlineResult(`added ${made++}`));
  for (let i = 0; i < WARM_UP; i++) await add();
  const micros = await interleave(rounds, {
    sync: () => perItem(ADDS, () => syncs(`${folder}/raw`, ADDS)),
    one: () =>
      perItem(ADDS, async () => {
        for (let i = 0; i < ADDS; i++) await add();
      }),
    many: () => perItem(ADDS, () => atOnce(64, ADDS, add)),
  });
  await store.close();
  const row = (name: string, times: readonly number[]) => [
    name,
    median(times).toFixed(0),
    (1e6 / median(times)).toFixed(0),
    medianRatio(times, micros.sync).toFixed(2),
  ];
  printTable(["storing results of 300 bytes", "µs each", "a second", "beside a sync"], [
    row("fdatasync of a file, alone", micros.sync),
    row("add(), one at a time", micros.one),
    row("add(), 64 at once", micros.many),
  ]);
}

async function measureLooks(folder: string, rounds: number): Promise<void> {
  const rows: string[][] = [];
  for (const size of SIZES) {
    for (const shape of ["results with one object", "objects of one result"]) {
      const store = `${folder}/${shape.slice(0, 7)}-${size}`;
      const build = await buildTime(store, `${folder}/cache`, size, shape);
      const looks = await interleave(rounds, { [shape]: () => lookProcess(store, folder, size, shape) });
      rows.push(lookRow(`${size.toLocaleString("en")} ${shape}`, build, looks[shape]!));
    }
  }
  const columns = ["index made, ms", "open, ms", "has, ms", "stat alone", "rows alone", "has / alone", "MB"];
  printTable(["finding", ...columns], rows);
}

function lookRow(name: string, build: number, looks: readonly Looked[]): string[] {
  const of = (key: keyof Looked) => looks.map((look) => look[key]);
  const ms = (key: keyof Looked) => median(of(key)).toFixed(1);
  const alone = looks.map(({ stats, rows }) => stats + rows);
  return [
    name,
    build.toFixed(0),
    ms("open"),
    ms("has"),
    ms("stats"),
    ms("rows"),
    medianRatio(of("has"), alone).toFixed(2),
    (median(of("memory")) / 1e6).toFixed(0),
  ];
}

/** Fills a store, and has its index made from the segments. @returns How long the latter took, in ms */
async function buildTime(root: string, cache: string, size: number, shape: string): Promise<number> {
  const filling = await Store.open(root, { cache: `${cache}-filling` });
  const names = Array.from({ length: size }, (_, i) => `object ${i}`);
  for (const name of names) placeObject(root, name);
  const objects = names.map((name) => sha256(name));
  if (shape.startsWith("objects")) await filling.add({ ...inlineResult(`result 0`), objects });
  else {
    const results = objects.map((object, i) => ({ ...inlineResult(`result ${i}`), objects: [object] }));
    await Promise.all(results.map((result) => filling.add(result)));
  }
  await filling.close();
  const began = performance.now();
  await (await Store.open(root, { cache })).close();
  return performance.now() - began;
}

/** Without the syncs of Objects.put(): only what is found matters here. */
function placeObject(root: string, content: string): void {
  const digest = sha256(content);
  Deno.mkdirSync(`${root}/objects/${digest.slice(0, 2)}`, { recursive: true });
  Deno.writeTextFileSync(objectPath(root, digest), content);
}

async function lookProcess(store: string, folder: string, size: number, shape: string): Promise<Looked> {
  const own = ["run", "-A", "--quiet", new URL(import.meta.url).pathname, "look"];
  const place = [store, `${folder}/cache`, `${size}`, shape];
  const { stdout } = await runProcess({ program: Deno.execPath(), args: [...own, ...place] });
  return JSON.parse(stdout);
}

/** In a process of its own: opens a store, finds all that it holds, and then does the same without the store. */
async function look(root: string, cache: string, size: number, shape: string): Promise<Looked> {
  const results = shape.startsWith("objects") ? 1 : size;
  const identities = Array.from({ length: results }, (_, i) => sha256(`result ${i}`));
  const began = performance.now();
  const store = await Store.open(root, { cache });
  const open = performance.now() - began;
  const has = await milliseconds(() => {
    for (const identity of identities) if (!store.has(identity)) throw new Error(`Cannot find ${identity}`);
  });
  const memory = Deno.memoryUsage().rss;
  await store.close();
  const paths = Array.from({ length: size }, (_, i) => objectPath(root, sha256(`object ${i}`)));
  const stats = await milliseconds(() => {
    for (const path of paths) Deno.statSync(path);
  });
  return { open, has, stats, rows: await rawRows(identities), memory };
}

/** As many look-ups by 32 bytes in a table of as many rows. */
async function rawRows(identities: readonly Digest[]): Promise<number> {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE rows (key BLOB PRIMARY KEY, value BLOB); BEGIN");
  const insert = database.prepare("INSERT INTO rows VALUES (?, ?)");
  for (const identity of identities) insert.run(Uint8Array.fromHex(identity), new Uint8Array(200));
  database.exec("COMMIT");
  const select = database.prepare("SELECT value FROM rows WHERE key = ?");
  const taken = await milliseconds(() => {
    for (const identity of identities) select.get(Uint8Array.fromHex(identity));
  });
  database.close();
  return taken;
}

async function syncs(path: string, count: number): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true });
  const line = new Uint8Array(300);
  for (let i = 0; i < count; i++) {
    await file.write(line);
    await file.syncData();
  }
}

async function atOnce(width: number, count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

async function perItem(count: number, work: () => Promise<void>): Promise<number> {
  return 1000 * await milliseconds(work) / count;
}

async function milliseconds(work: () => void | Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function inlineResult(name: string) {
  return { identity: sha256(name), value: { name }, objects: [] as Digest[], seconds: 1 };
}

function objectPath(root: string, digest: Digest): string {
  return `${root}/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}
