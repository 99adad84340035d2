/*
 * Elementary functions of + - * / and the square root only, which IEEE 754 rounds in one way. Those of V8 may change
 * with its version, and with them every draw and every initial weight.
 */

/** Natural logarithm. Relative error below 2^-52. @throws {RangeError} Unless `x` is positive and finite */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) {
    throw new RangeError(`Cannot take the logarithm of ${x}: it must be positive and finite`);
  }
  if (x < 2 ** -1022) return log(x * 2 ** 54) - 54 * LN2;
  number[0] = x;
  let exponent = (words[HIGH]! >>> 20) - 1023;
  words[HIGH] = (words[HIGH]! & 0xfffff) | 0x3ff00000; // now in [1, 2)
  if (number[0] > 1.4142135623730951) {
    number[0] /= 2;
    exponent++;
  }
  // log(1 + f) = 2 artanh(s) = 2s + 2s (z/3 + z²/5 + ...) with z = s² < 0.03, and 2s = f - s f
  const f = number[0] - 1;
  const s = f / (2 + f);
  const rest = s * (f - artanhRest(s * s));
  return exponent * LN2_HIGH + (f - (rest - exponent * LN2_LOW));
}

/** Exponential function. Relative error below 2^-51. @throws {RangeError} If |x| > 708: no normal number is near */
export function exp(x: number): number {
  if (!(Math.abs(x) <= 708)) {
    throw new RangeError(`Cannot take the exponential of ${x}: it must be in [-708, 708]`);
  }
  const exponent = Math.round(x / LN2);
  const r = (x - exponent * LN2_HIGH) - exponent * LN2_LOW; // |r| < 0.35
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (sum * r) / n;
  words[HIGH] = (exponent + 1023) << 20;
  words[1 - HIGH] = 0;
  return sum * number[0]!;
}

/**
 * Quantile of the standard normal distribution: the z that a normal variate stays below with probability `p`.
 * Relative error about 1e-16 as published, tested to 2e-15.
 * @throws {RangeError} Unless `p` is in (0, 1)
 * @see Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics 37 (1988),
 *   routine PPND16
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) {
    throw new RangeError(`Cannot give the normal quantile of ${p}: it must be in (0, 1)`);
  }
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * central(0.180625 - q * q);
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? tail(r - 1.6) : farTail(r - 5);
  return q < 0 ? -z : z;
}

/**
 * Cosine of π x. Absolute error below 2^-52.
 * @throws {RangeError} Unless `x` is in [0, 1]
 */
export function cosPi(x: number): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`Cannot take the cosine of ${x} π: it must be in [0, 1]`);
  if (x > 0.5) return -cosPi(1 - x);
  return x <= 0.25 ? cosine(Math.PI * x) : sine(Math.PI * (0.5 - x));
}

/** base to a natural number, by squaring. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}

const LN2 = 0.6931471805599453;
/** The leading 32 bits of ln 2, so that its products with exponents are exact, and what is left of it. */
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;

/** A double and its two words. */
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** 2 (z/3 + z²/5 + z³/7 + ...), to 2^-56 of 2 for z < 0.03. */
function artanhRest(z: number): number {
  const tail = 2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21 + z * (2 / 23))));
  return z * (2 / 3 + z * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * tail))))));
}

/** Taylor's series, to 2^-58 for |x| < 0.79. */
function cosine(x: number): number {
  let sum = 1;
  for (let n = 16; n >= 2; n -= 2) sum = 1 - (sum * x * x) / (n * (n - 1));
  return sum;
}

/** Taylor's series, to 2^-58 of x for |x| < 0.79. */
function sine(x: number): number {
  let sum = 1;
  for (let n = 17; n >= 3; n -= 2) sum = 1 - (sum * x * x) / (n * (n - 1));
  return x * sum;
}

function central(r: number): number {
  return (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r +
                    45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r +
        133.14166789178437745) * r + 3.387132872796366608) /
    (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r +
                      21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r +
          42.313330701600911252) * r + 1);
}

function tail(r: number): number {
  return (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
                    1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r +
        4.6303378461565452959) * r + 1.42343711074968357734) /
    (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
                      0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r +
          2.05319162663775882187) * r + 1);
}

function farTail(r: number): number {
  return (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.2426609473880784386e-3) *
                      r +
                    0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r +
        5.4637849111641143699) * r + 6.6579046435011037772) /
    (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
                      7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) *
            r +
          0.59983220655588793769) * r + 1);
}
