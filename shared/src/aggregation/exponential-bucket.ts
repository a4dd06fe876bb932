/**
 * Bucket boundaries of exponential (native) histograms: bucket i of schema s holds (2^((i-1)·2^-s), 2^(i·2^-s)].
 * Exact at boundaries, as Prometheus does it (model/histogram/generic.go: getBoundExponential, client_golang's
 * nativeHistogramBounds): the logarithm is never taken, the mantissa is looked up in a table of 2^s bounds.
 */

export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

const tables: (Float64Array | undefined)[] = [];

/** Mantissas in [0.5, 1) at which the buckets of one power of two begin; schema > 0. */
function mantissaBounds(schema: number): Float64Array {
  const known = tables[schema];
  if (known !== undefined) return known;
  const size = 2 ** schema;
  const table = new Float64Array(size);
  for (let i = 0; i < size; i++) table[i] = 2 ** (i / size - 1);
  tables[schema] = table;
  return table;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Index of the bucket that holds a positive finite value; `schema` in -4…8. */
export function bucketIndex(value: number, schema: number): number {
  // value = mantissa · 2^exponent with mantissa in [0.5, 1), as C's frexp gives it; subnormals are lifted first.
  let lift = 0;
  float[0] = value;
  if ((words[1] ?? 0) >>> 20 === 0) {
    float[0] = value * 2 ** 54;
    lift = 54;
  }
  const high = words[1] ?? 0;
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - lift;
  words[1] = (high & 0x800fffff) | (1022 << 20);
  const mantissa = float[0] ?? 0.5;
  if (schema <= 0) {
    const index = mantissa === 0.5 ? exponent - 1 : exponent;
    const shift = -schema;
    return (index + (1 << shift) - 1) >> shift;
  }
  const bounds = mantissaBounds(schema);
  let low = 0;
  let end = bounds.length;
  while (low < end) {
    const middle = (low + end) >>> 1;
    if ((bounds[middle] ?? 1) < mantissa) low = middle + 1;
    else end = middle;
  }
  return low + (exponent - 1) * bounds.length;
}

/** Inclusive upper bound of a positive bucket; the largest finite number where the true bound is 2^1024. */
export function bucketUpperBound(index: number, schema: number): number {
  if (schema <= 0) {
    const exponent = index * 2 ** -schema;
    return exponent >= 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const size = 2 ** schema;
  const exponent = Math.floor(index / size) + 1;
  const mantissa = mantissaBounds(schema)[index - (exponent - 1) * size] ?? 0.5;
  if (mantissa === 0.5 && exponent > 1024) return Number.MAX_VALUE;
  // Two factors, because 2^1024 alone is not a number and 2^-1074 times a mantissa must round once.
  return exponent > 1 ? mantissa * 2 * 2 ** (exponent - 1) : mantissa * 2 ** exponent;
}

/** Exclusive lower bound of a positive bucket. */
export const bucketLowerBound = (index: number, schema: number): number => bucketUpperBound(index - 1, schema);
