/**
 * Luma of colour images by ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, rounded. The weights are multiples of 2^-16, as Pillow
 * has them: what comes out equals its `convert("L")` to the bit.
 * @param images uint8 [n, height, width, 3]
 * @returns uint8 [n, height, width, 1]
 */
export function grayscale(images: Uint8Array): Uint8Array {
  const gray = new Uint8Array(images.length / 3);
  for (let i = 0, from = 0; i < gray.length; i++, from += 3) {
    const luma = 19595 * images[from]! + 38470 * images[from + 1]! + 7471 * images[from + 2]!;
    gray[i] = (luma + 0x8000) >>> 16;
  }
  return gray;
}
