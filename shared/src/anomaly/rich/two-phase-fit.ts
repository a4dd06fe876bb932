/** By how much likelier, as a difference of logarithms of likelihoods, what is at once must be than what goes on. */
const MUCH_LIKELIER = 3;

/**
 * Whether values went from one level to another at once, rather than further and further from some moment on: what a step leaves of their squares is much less
 * than what a broken line does, level until then and straight from there; each from the moment from which it leaves least. Values count as no further than
 * half of the way beyond either end of it, `from` and `to`. O(n²). Source: Hinkley 1971, Inference in two-phase regression.
 */
export function isStep(values: Float64Array, from: number, to: number): boolean {
  const n = values.length;
  const margin = Math.abs(to - from) / 2;
  const [low, high] = [Math.min(from, to) - margin, Math.max(from, to) + margin];
  const held = values.map((value) => Math.max(low, Math.min(high, value)));
  const left = [Infinity, Infinity];
  for (let at = 1; at < n; at++) {
    left[0] = Math.min(
      left[0]!,
      unexplained(held, (i) => (i < at ? 0 : 1)),
    );
    left[1] = Math.min(
      left[1]!,
      unexplained(held, (i) => Math.max(0, i - at + 1)),
    );
  }
  return (n / 2) * Math.log(left[1]! / left[0]!) > MUCH_LIKELIER;
}

/** Sum of squares that a straight function of `along` leaves. */
function unexplained(values: Float64Array, along: (i: number) => number): number {
  const n = values.length;
  let [x, y, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [place, value] = [along(i), values[i]! - values[0]!];
    x += place;
    y += value;
    xx += place * place;
    xy += place * value;
    yy += value * value;
  }
  const product = xy - (x * y) / n;
  return Math.max(0, yy - (y * y) / n - (product * product) / (xx - (x * x) / n));
}
