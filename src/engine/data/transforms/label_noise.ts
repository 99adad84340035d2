import { permutation } from "../../../core/random/arrays.ts";
import { fillWords, type PhiloxKey } from "../../../core/random/philox.ts";

/**
 * Labels of which exactly `count`, drawn at random, have become another class, each of the others with equal probability.
 * @param labels each in [0, classes), of at least two classes
 * @param count at most as many as there are labels
 */
export function withNoise(labels: Uint8Array, classes: number, count: number, key: PhiloxKey): Uint8Array {
  const noisy = labels.slice();
  const order = permutation(labels.length, key, 0);
  const words = new Uint32Array(count);
  fillWords(words, key, 1); // lane 0 has made the permutation
  for (let i = 0; i < count; i++) {
    const example = order[i]!;
    noisy[example] = otherClass(labels[example]!, classes, words[i]!);
  }
  return noisy;
}

/**
 * Another class than `label`, each of the others with equal probability but for 2^-32.
 * @param word uint32, random
 */
export function otherClass(label: number, classes: number, word: number): number {
  const further = 1 + Math.floor(word * 2 ** -32 * (classes - 1)); // 1 to classes - 1
  return (label + further) % classes;
}
