/**
 * A function that makes its value when it is first called, and gives the same one ever after.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * let calls = 0;
 * const value = once(() => ++calls);
 * assertEquals([value(), value()], [1, 1]);
 * ```
 */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
