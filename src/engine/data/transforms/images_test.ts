import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ImageShape } from "../../../artifacts/dataset.ts";
import { grayscale } from "./grayscale.ts";
import { normalizationOf } from "./normalize.ts";
import { resize } from "./resize.ts";

/** What PyTorch and Pillow make of the images that {@link made} makes: tests/reference/images.py. */
const reference: { resize: Changed[]; grayscale: Changed[] } = JSON.parse(
  await Deno.readTextFile(new URL("../../../../tests/reference/images.json", import.meta.url)),
);

interface Changed {
  readonly from: ImageShape;
  readonly to: readonly [number, number];
  readonly values: readonly number[];
}

for (const { from, to, values } of reference.resize) {
  Deno.test(`resize() makes of ${from.join(" x ")} pixels the ${to.join(" x ")} that PyTorch makes`, () => {
    const image = made(from);
    assertEquals(Array.from(resize(image, from, to)), values);
    const two = new Uint8Array([...new Uint8Array(image.length), ...image]); // the second is as if alone
    assertEquals(Array.from(resize(two, from, to).subarray(values.length)), values);
  });
}

Deno.test("resize() leaves images of one colour as they are, and stays between the darkest and the brightest", () => {
  const size = fc.integer({ min: 1, max: 12 });
  const shape = fc.tuple(size, size, fc.integer({ min: 1, max: 4 }));
  fc.assert(fc.property(shape, size, size, fc.nat(255), fc.nat(255), (shape, height, width, a, b) => {
    const plain = new Uint8Array(shape[0] * shape[1] * shape[2]).fill(a);
    assert(resize(plain, shape, [height, width]).every((value) => value === a));
    const mixed = plain.map((_, i) => i % 3 === 0 ? a : b);
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    assert(resize(mixed, shape, [height, width]).every((value) => value >= low && value <= high));
  }));
});

Deno.test("resize() turned on its side is the turned image resized", () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(fc.property(size, size, size, size, (height, width, newHeight, newWidth) => {
    const image = made([height, width, 1]);
    const resized = resize(image, [height, width, 1], [newHeight, newWidth]);
    const turned = resize(transposed(image, height, width), [width, height, 1], [newWidth, newHeight]);
    assertEquals(turned, transposed(resized, newHeight, newWidth));
  }));
});

for (const { from, values } of reference.grayscale) {
  Deno.test(`grayscale() makes of ${from.join(" x ")} pixels the luma that Pillow makes`, () => {
    assertEquals(Array.from(grayscale(made(from))), values);
  });
}

Deno.test("grayscale() keeps grey, and gives the primaries their weights of 0.299, 0.587 and 0.114", () => {
  const greys = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(grayscale(Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3))), greys);
  assertEquals(grayscale(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255)), Uint8Array.of(76, 150, 29));
});

Deno.test("normalizationOf() standard gives each channel mean 0 and standard deviation 1", () => {
  const channels = fc.integer({ min: 1, max: 4 });
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 80 });
  fc.assert(fc.property(channels, bytes, (channels, bytes) => {
    const images = bytes.subarray(0, bytes.length - bytes.length % channels);
    const { mean: means, std: deviations } = normalizationOf("standard", images, channels);
    for (let channel = 0; channel < channels; channel++) {
      const bytes = [...images].filter((_, i) => i % channels === channel);
      const own = bytes.map((byte) => (byte - means[channel]!) / deviations[channel]!);
      const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
      const variance = own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length;
      const isPlain = images.every((byte, i) => i % channels !== channel || byte === images[channel]);
      assert(Math.abs(mean) < 1e-5 && Math.abs(variance - (isPlain ? 0 : 1)) < 1e-5);
    }
  }));
});

Deno.test("normalizationOf() standard keeps its digits where bytes hardly vary, however many there are", () => {
  const images = new Uint8Array(1_000_000).fill(255);
  images[500_000] = 254;
  const { mean, std } = normalizationOf("standard", images, 1);
  assertEquals(mean, [255 - 1e-6]);
  assert(Math.abs(std[0]! - Math.sqrt(1e-6 * (1 - 1e-6))) < 1e-15, `${std}`);
});

/** Bytes by the formula of tests/reference/images.py. */
function made(shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return Uint8Array.from({ length: count }, (_, i) => (7919 * i + (i * i) % 251) % 256);
}

function transposed(image: Uint8Array, height: number, width: number): Uint8Array {
  return image.map((_, i) => image[(i % height) * width + Math.floor(i / height)]!);
}
