/**
 * Makes a matrix of full rank orthogonal, in place: orthonormal columns, or, where it is wider than high, orthonormal rows.
 * They are the Q of a QR decomposition whose R has a positive diagonal: of a matrix of independent normal values, each
 * orthogonal matrix is equally probable (Mezzadri, How to generate random matrices from the classical compact groups,
 * 2007, section 5). A kernel of more axes counts as [product of all but the last, last].
 *
 * Modified Gram-Schmidt in float64, by + - * / and the square root, so that no version of V8 changes a bit. Vectors leave
 * the rest in groups of four, since the rest is larger than a processor's caches.
 * @param values row-major
 * @see Golub and Van Loan, Matrix Computations (2013), 5.2.8
 */
export function orthonormalize(values: Float32Array, columns: number): void {
  const rows = values.length / columns;
  const isWide = rows < columns;
  const vectors = Array.from(
    { length: Math.min(rows, columns) },
    (_, i) =>
      isWide
        ? Float64Array.from(values.subarray(i * columns, (i + 1) * columns))
        : Float64Array.from({ length: rows }, (_, row) => values[row * columns + i]!),
  );
  gramSchmidt(vectors);
  for (const [i, vector] of vectors.entries()) {
    if (isWide) values.set(vector, i * columns);
    else vector.forEach((value, row) => values[row * columns + i] = value);
  }
}

const GROUP = 4;

function gramSchmidt(vectors: readonly Float64Array[]): void {
  for (let first = 0; first < vectors.length; first += GROUP) {
    const group = vectors.slice(first, first + GROUP);
    for (const [i, vector] of group.entries()) {
      for (const before of group.slice(0, i)) removePart(vector, before);
      normalize(vector);
    }
    if (!isFour(group)) return; // it is the last one
    for (let i = first + GROUP; i < vectors.length; i++) removeParts(vectors[i]!, group);
  }
}

type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

function isFour(group: readonly Float64Array[]): group is Four {
  return group.length === GROUP;
}

/** Makes a vector orthogonal to four orthonormal ones. */
function removeParts(vector: Float64Array, [a, b, c, d]: Four): void {
  let alongA = 0, alongB = 0, alongC = 0, alongD = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i]!;
    alongA += value * a[i]!;
    alongB += value * b[i]!;
    alongC += value * c[i]!;
    alongD += value * d[i]!;
  }
  for (let i = 0; i < vector.length; i++) {
    vector[i] = vector[i]! - (alongA * a[i]! + alongB * b[i]! + (alongC * c[i]! + alongD * d[i]!));
  }
}

/** Makes a vector orthogonal to one of length 1. */
function removePart(vector: Float64Array, from: Float64Array): void {
  let along = 0;
  for (let i = 0; i < vector.length; i++) along += vector[i]! * from[i]!;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - along * from[i]!;
}

function normalize(vector: Float64Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
}
