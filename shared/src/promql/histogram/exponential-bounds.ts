/**
 * Bounds of exponential buckets as Prometheus has them (`exponentialBounds` and `getBoundExponential` in model/histogram/generic.go of
 * prometheus/prometheus): its table of powers was not rounded as they are, and clients see the last digit.
 */

/** Of 2^(i/256), i from 0: one more than by how many steps of a float64 the table lies below. */
const BELOW =
  "1111112111211111112311222222222211211121122211221122102211221122" +
  "1111112222332132112111211112111111121011213311221222112121332222" +
  "2121223322322122222222323233323311221121223321332233212232332232" +
  "2243223233433343333333444455435422322333324422333243223333543344";

const FINEST = 8;
const POWERS = powers();

function powers(): Float64Array {
  const values = Float64Array.from({ length: 2 ** FINEST }, (_, i) => 2 ** (i / 2 ** FINEST));
  const words = new BigInt64Array(values.buffer);
  for (let i = 0; i < values.length; i++) words[i] = (words[i] ?? 0n) + 1n - BigInt(BELOW[i] ?? 1);
  return values;
}

/** Upper bound of bucket `index` of a schema from -4 to 8. What lies in the last one before the overflow bucket is finite. */
export function exponentialBound(schema: number, index: number): number {
  const exponent = schema < 0 ? index * 2 ** -schema : index >> schema;
  const power = schema < 0 ? 1 : (POWERS[(index & (2 ** schema - 1)) << (FINEST - schema)] ?? 1);
  if (exponent === 1024 && power === 1) return Number.MAX_VALUE;
  // 2 ** 1023 is the largest power there is; the smallest are subnormal.
  return exponent > 1023 ? Infinity : exponent < -1022 ? power * 2 ** -1022 * 2 ** (exponent + 1022) : power * 2 ** exponent;
}
