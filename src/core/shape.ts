/** How many elements an array of a shape has; 1 for a scalar's, []. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
