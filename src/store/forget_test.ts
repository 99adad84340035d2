import { assert, assertEquals, assertMatch } from "@std/assert";
import { digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import { Store } from "./store.ts";

const identity = digestOf({ record: "test/1" });
const state = digestOf({ record: "state/1" });

Deno.test("Store.forget() makes results count as missing until one is added, and the first stays", () =>
  withStore(async (store, warnings) => {
    await add(store, [1]);
    store.forget(identity);
    assertEquals([store.has(identity), await store.read(identity), await store.readAll(identity)], [
      false,
      undefined,
      [],
    ]);
    assertEquals((await add(store, [1])).value, [1]);
    assertEquals([(await store.readAll(identity)).length, warnings], [1, []]);
    store.forget(identity);
    assertEquals((await add(store, [2])).value, [1]);
    assertEquals((await store.read(identity))!.value, [1]);
    assertMatch(
      warnings.join(),
      /^Result [0-9a-f]{64} came out differently than the one that is stored, which stays/,
    );
  }));

Deno.test("Store.forget() of a result that turns out damaged stores the new one", () =>
  withStore(async (store, warnings) => {
    const object = await store.objects.put(new TextEncoder().encode("weights"));
    await store.add({ identity, value: [1], objects: [object], seconds: 1 });
    store.forget(identity);
    await store.objects.remove([object]);
    await add(store, [2]);
    assertEquals([(await store.read(identity))!.value, warnings], [[2], []]);
  }));

Deno.test("Store.forget() leaves out states, and takes new ones", () =>
  withStore(async (store) => {
    const keep = (value: Json) =>
      store.add({ identity: state, value, objects: [], seconds: 1, state: "interim" });
    await keep("old");
    store.forget(state);
    assert(!store.has(state));
    await keep("new");
    assertEquals((await store.readAll(state)).map(({ value }) => value).includes("new"), true);
  }));

async function withStore(test: (store: Store, warnings: string[]) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const warnings: string[] = [];
  const cache = `${root}/cache`;
  const store = await Store.open(`${root}/store`, { warn: (message) => warnings.push(message), cache });
  try {
    await test(store, warnings);
  } finally {
    await store.close();
    await Deno.remove(root, { recursive: true });
  }
}

function add(store: Store, value: Json) {
  return store.add({ identity, value, objects: [], seconds: 1 });
}
