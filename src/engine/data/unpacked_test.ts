import { assertEquals } from "@std/assert";
import { sha256 } from "../../core/digest.ts";
import type { SourceArrays } from "./sources.ts";
import { type KnownArrays, UnpackedData, unpackedFolder, type UnpackedLimits } from "./unpacked.ts";

Deno.test("UnpackedData keeps what was unpacked, by what it is known by and the state of its files", () =>
  inCache(async ({ open }) => {
    assertEquals(await open(1), { ...ARRAYS, unpacked: true });
    assertEquals(await open(1), { ...ARRAYS, unpacked: false });
    assertEquals(await open(1, "a state"), { ...ARRAYS, unpacked: true });
    assertEquals(await open(1, "a state"), { ...ARRAYS, unpacked: false });
    assertEquals(await open(1, "another"), { ...ARRAYS, unpacked: true });
    assertEquals(await open(2), { ...ARRAYS, unpacked: true });
  }));

Deno.test("UnpackedData counts as missing what is damaged or cut off", () =>
  inCache(async ({ open, kept }) => {
    await open(1);
    const [path] = kept();
    const whole = await Deno.readFile(path!);
    for (const damaged of [whole.with(40, whole[40]! ^ 1), whole.with(0, whole[0]! ^ 1), whole.subarray(1)]) {
      await Deno.writeFile(path!, damaged);
      assertEquals(await open(1), { ...ARRAYS, unpacked: true });
      assertEquals(await Deno.readFile(path!), whole);
    }
  }));

Deno.test("UnpackedData removes what was used longest ago once it has too much", () =>
  inCache(async ({ open, kept }) => {
    const age = async (path: string, seconds: number) => await Deno.utime(path, seconds, seconds);
    await open(1);
    const [first] = kept();
    await open(2);
    const second = kept().find((path) => path !== first);
    await age(first!, 1000);
    await age(second!, 2000);
    assertEquals((await open(1)).unpacked, false); // used now
    await open(3);
    assertEquals([kept().length, kept().includes(first!), kept().includes(second!)], [2, true, false]);
  }, { mostBytes: 2 * 60 }));

Deno.test("UnpackedData keeps nothing that is soon unpacked, and is of no use where nothing can be written", async () => {
  await inCache(async ({ open }) => {
    for (let i = 0; i < 2; i++) assertEquals((await open(1)).unpacked, true);
  }, { slowSeconds: 60 });
  await inCache(async ({ open, cache }) => {
    await Deno.writeTextFile(`${cache}/unpacked`, "a file in the folder's place");
    for (let i = 0; i < 2; i++) assertEquals((await open(1)).unpacked, true);
  });
});

const ARRAYS: SourceArrays = {
  train: { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16), labels: Uint8Array.of(0, 1) },
  test: { images: Uint8Array.of(21, 22, 23, 24, 25, 26), labels: Uint8Array.of(1) },
};

function known(number: number): KnownArrays {
  const split = (count: number) => ({ count, digest: sha256(`split ${number}`) });
  return { shape: [1, 2, 3], splits: { train: split(2), test: split(1) } };
}

interface InCache {
  readonly cache: string;
  open(number: number, state?: string): Promise<SourceArrays & { unpacked: boolean }>;
  /** Paths of what is kept. */
  kept(): string[];
}

async function inCache(
  body: (cache: InCache) => Promise<void>,
  limits: Partial<UnpackedLimits> = {},
): Promise<void> {
  const cache = await Deno.makeTempDir();
  const env = new Map([["WEFT_CACHE", cache]]);
  const data = new UnpackedData(env, { slowSeconds: 0, ...limits });
  const open = async (number: number, state?: string) => {
    let unpacked = false;
    const arrays = await data.open(known(number), () => {
      unpacked = true;
      return Promise.resolve(ARRAYS);
    }, state);
    return { ...arrays, unpacked };
  };
  const folder = unpackedFolder(env);
  const kept = () => [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
  try {
    await body({ cache, open, kept });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}
