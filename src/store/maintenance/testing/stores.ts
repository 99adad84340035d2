/** Stores for tests, put together from a short description. */
import { type Digest, sha256 } from "../../../core/digest.ts";
import { Store } from "../../store.ts";

/** A result: numbers name results and objects. */
export interface Told {
  readonly name: number;
  /** Each is an object of its own content, which results that name it share. */
  readonly objects: readonly number[];
  readonly parts?: readonly number[];
  readonly seconds?: number;
  readonly state?: "interim" | "lasting";
  /** Length of the value: long ones become objects. */
  readonly length?: number;
}

export const identityOf = (name: number): Digest => sha256(`result ${name}`);
export const contentOf = (object: number) =>
  new TextEncoder().encode(`object ${object} `.repeat(20 + object));

/** Stores results, each by a writer of its own where `writers` says so: a segment for each. */
export async function fill(root: string, results: readonly Told[], writers = 1): Promise<void> {
  for (let writer = 0; writer < writers; writer++) {
    const store = await openStore(root);
    for (const told of results.filter((_, i) => i % writers === writer)) await addTo(store, told);
    await store.close();
  }
}

export function openStore(root: string): Promise<Store> {
  return Store.open(root, { cache: `${root}-cache` });
}

/** A folder for a store, gone after the test. */
export async function withStore(test: (root: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/store`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file below a folder, with its size and the time of its last change: equal where nothing was written. */
export function filesBelow(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) { for (const [file, state] of filesBelow(path)) files.set(file, state); }
    else {
      const { size, ino, mtime } = Deno.statSync(path);
      files.set(path, `${size} ${ino} ${mtime?.getTime()}`);
    }
  }
  return files;
}

async function addTo(store: Store, { name, objects, parts = [], seconds = 1, state, length = 0 }: Told) {
  await store.add({
    identity: identityOf(name),
    value: { name, text: "x".repeat(length) },
    objects: await Promise.all(objects.map((object) => store.objects.put(contentOf(object)))),
    seconds,
    ...(parts.length > 0 && { parts: parts.map(identityOf) }),
    ...(state && { state }),
    of: state === undefined ? "result/1" : "state/1",
  });
}
