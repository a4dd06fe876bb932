/** Parts into which what was seen is cut. */
const PARTS = 8;
/** Of its growth so far: what grows less has stopped. */
const STOPPED = 0.05;
/** Standard errors by which it has to be less than that growth. */
const SURE = 3;

/** Whether a series without its season has grown all in all, and in its newest quarter has not. */
export function standsStill(y: Float64Array): boolean {
  const n = y.length;
  const part = Math.floor(n / PARTS);
  const [first, before, last] = [meanOf(y, 0, part), meanOf(y, n - 2 * part, n - part), meanOf(y, n - part, n)];
  const usual = (last - first) / (PARTS - 1);
  let squares = 0;
  for (let i = n - 2 * part; i < n; i++) squares += (y[i]! - (i < n - part ? before : last)) ** 2;
  const error = Math.sqrt(squares) / part;
  return usual > 0 && last - before < STOPPED * usual && usual - (last - before) > SURE * error;
}

function meanOf(y: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += y[i]! / (to - from);
  return sum;
}
