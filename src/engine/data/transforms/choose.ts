import type { Choice, SplitArrays } from "../../../artifacts/dataset.ts";
import { permutation } from "../../../core/random/arrays.ts";
import { drawKey } from "../../../core/random/keyed.ts";

/** What a choice is made for: two choices of one seed for different purposes have nothing to do with each other. */
export type Purpose = "test" | "subset" | "test_subset" | "validation" | "fraction";

/**
 * Which examples a choice takes. Of two choices that differ in their count alone, the larger one has all of the smaller.
 *
 * A stratified choice goes through each class in a random order: the example of rank r (from 0) among the n of its class
 * has the place (r + 1/2) / n, and those with the lowest places are taken. So the classes share the count by the method of
 * Sainte-Laguë, and no class is more than rounding away from its share.
 * @param labels of the examples to choose from
 * @returns bool as uint8 [labels.length], 1 where the example is taken
 * @see Balinski, Young, Fair Representation (2001), Webster's method (the same as Sainte-Laguë's)
 */
export function chosen(labels: Uint8Array, classes: number, choice: Choice, purpose: Purpose): Uint8Array {
  const taken = new Uint8Array(labels.length);
  if ("first" in choice) return taken.fill(1, 0, choice.first);
  const { count, seed, stratified } = choice;
  const strata = stratified ? examplesByClass(labels, classes) : [Int32Array.from(labels, (_, i) => i)];
  const key = drawKey({ record: "choice/1", purpose, seed });
  const places = strata.map((examples, i) => inRandomPlaces(examples, permutation(examples.length, key, i)));
  takeLowest(taken, places, count);
  return taken;
}

/** The places at which a mask has `value`, ascending. */
export function placesOf(mask: Uint8Array, value: 0 | 1): Int32Array {
  const places = new Int32Array(mask.length);
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === value) places[count++] = i;
  }
  return places.slice(0, count);
}

/**
 * The examples at some places, in their order.
 * @param pixels bytes of an image
 */
export function takeExamples(
  { images, labels }: SplitArrays,
  places: Int32Array,
  pixels: number,
): SplitArrays {
  const taken = { images: new Uint8Array(places.length * pixels), labels: new Uint8Array(places.length) };
  for (const [i, place] of places.entries()) {
    taken.images.set(images.subarray(place * pixels, (place + 1) * pixels), i * pixels);
    taken.labels[i] = labels[place]!;
  }
  return taken;
}

/** Examples of one class, and the place of each: between 0 and 1, ascending. */
interface Placed {
  readonly examples: Int32Array;
  readonly places: Float64Array;
}

function inRandomPlaces(examples: Int32Array, order: Int32Array): Placed {
  return {
    examples: order.map((i) => examples[i]!),
    places: Float64Array.from(order, (_, rank) => (rank + 0.5) / order.length),
  };
}

/** Equal places go by class. They are equal as fractions if and only if they are as numbers: there are less than 2^26. */
function takeLowest(taken: Uint8Array, strata: readonly Placed[], count: number): void {
  if (count === 0) return;
  const last = allPlaces(strata).sort()[count - 1]!;
  let left = count;
  for (const isTaken of [(place: number) => place < last, (place: number) => place === last]) {
    for (const { examples, places } of strata) {
      for (let i = 0; i < places.length && left > 0; i++) {
        if (!isTaken(places[i]!)) continue;
        taken[examples[i]!] = 1;
        left--;
      }
    }
  }
}

function allPlaces(strata: readonly Placed[]): Float64Array {
  const all = new Float64Array(strata.reduce((sum, { places }) => sum + places.length, 0));
  let at = 0;
  for (const { places } of strata) {
    all.set(places, at);
    at += places.length;
  }
  return all;
}

function examplesByClass(labels: Uint8Array, classes: number): Int32Array[] {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]!++;
  const examples = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < labels.length; i++) examples[labels[i]!]![counts[labels[i]!]!++] = i;
  return examples;
}
