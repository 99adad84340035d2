import { permutation } from "../../../core/random/arrays.ts";
import { fillWords, type PhiloxKey } from "../../../core/random/philox.ts";

/**
 * Labels of which exactly `count`, drawn at random, have become another class, each of the others with equal probability.
 * @param labels each in [0, classes), of at least two classes
 * @param count at most as many as there are labels
 */
export function withNoise<Labels extends Uint8Array | Int32Array>(
  labels: Labels,
  classes: number,
  count: number,
  key: PhiloxKey,
): Labels {
  const noisy = labels.slice() as Labels;
  const order = permutation(labels.length, key, 0);
  const words = new Uint32Array(count);
  fillWords(words, key, 1); // lane 0 has made the permutation
  for (let i = 0; i < count; i++) {
    const further = 1 + Math.floor(words[i]! * 2 ** -32 * (classes - 1)); // 1 to classes - 1
    const example = order[i]!;
    noisy[example] = (labels[example]! + further) % classes;
  }
  return noisy;
}
