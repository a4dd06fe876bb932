import { quantileSorted } from "simple-statistics";

/** A stretch with one level or one line, positions [from, to). */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly intercept: number;
  /** Per step, about the segment's first position; 0 for a level. */
  readonly slope: number;
}

const SHORTEST = 5;
const MOST_CORRELATION = 0.97;
/** Noise of a series that stands still but for one jump, as a share of that. */
const STILL = 0.001;

/**
 * Stretches of one level or one line each, by PELT: the exact minimum of the squared residuals over their long-run variance, with MBIC's
 * 3 ln n for every change and ln n more for a line than for a level. The variance comes from differences, which no change disturbs.
 * Sources: Killick, Fearnhead & Eckley 2012, JASA 107 (PELT); Zhang & Siegmund 2007, Biometrics 63 (MBIC).
 */
export function segments(y: Float64Array): Segment[] {
  const n = y.length;
  const noise = longRunVariance(y);
  if (n < 2 * SHORTEST || !(noise > 0)) return [fit(sums(y), 0, n, 1, 0)];
  const prefix = sums(y);
  const penalty = 3 * Math.log(n);
  const forLine = Math.log(n) + 2;
  const cost = (from: number, to: number): number => {
    const { level, line } = residuals(prefix, from, to);
    return Math.min(level / noise, line / noise + forLine);
  };
  const best = new Float64Array(n + 1).fill(Infinity);
  const start = new Int32Array(n + 1);
  best[0] = -penalty;
  let candidates = [0];
  for (let to = SHORTEST; to <= n; to++) {
    const costs = candidates.map((from) => (best[from] ?? Infinity) + cost(from, to));
    for (const [k, total] of costs.entries())
      if (total + penalty < (best[to] ?? Infinity)) {
        best[to] = total + penalty;
        start[to] = candidates[k] ?? 0;
      }
    // What a further cut could gain at most is the penalty that tells a line from a level.
    candidates = candidates.filter((_, k) => (costs[k] ?? Infinity) <= (best[to] ?? Infinity) + forLine);
    if (to - SHORTEST + 1 >= SHORTEST) candidates.push(to - SHORTEST + 1);
  }
  const found: Segment[] = [];
  for (let to = n; to > 0; to = start[to] ?? 0) found.unshift(fit(prefix, start[to] ?? 0, to, noise, forLine));
  return found;
}

/** Variance of the noise as a level would see it, from first and second differences alone: γ0 (1 + ρ) / (1 − ρ) of an AR(1). */
function longRunVariance(y: Float64Array): number {
  const robust = (lag: number): number => {
    const steps = Float64Array.from({ length: y.length - lag }, (_, i) => Math.abs((y[i + lag] ?? 0) - (y[i] ?? 0))).sort();
    const middle = (1.4826 * quantileSorted(steps as unknown as number[], 0.5)) ** 2;
    if (middle > 0) return middle;
    // A series that hardly moves: all its steps but a single jump, which is what is looked for.
    let sum = 0;
    for (let i = 0; i < steps.length - lag; i++) sum += steps[i]! ** 2;
    return sum > 0 ? sum / steps.length : (STILL * (steps[steps.length - 1] ?? 0)) ** 2;
  };
  if (y.length < 4) return 0;
  const first = robust(1);
  if (!(first > 1e-30)) return 0;
  const rho = Math.min(MOST_CORRELATION, Math.max(0, robust(2) / first - 1));
  return (first * (1 + rho)) / (2 * (1 - rho) ** 2);
}

interface Sums {
  readonly y: Float64Array;
  readonly iy: Float64Array;
  readonly yy: Float64Array;
}

function sums(y: Float64Array): Sums {
  const n = y.length;
  const out = { y: new Float64Array(n + 1), iy: new Float64Array(n + 1), yy: new Float64Array(n + 1) };
  for (let i = 0; i < n; i++) {
    out.y[i + 1] = out.y[i]! + y[i]!;
    out.iy[i + 1] = out.iy[i]! + i * y[i]!;
    out.yy[i + 1] = out.yy[i]! + y[i]! ** 2;
  }
  return out;
}

function residuals(prefix: Sums, from: number, to: number): { level: number; line: number; mean: number; slope: number } {
  const n = to - from;
  const mean = (prefix.y[to]! - prefix.y[from]!) / n;
  const middle = from + (n - 1) / 2;
  const cross = prefix.iy[to]! - prefix.iy[from]! - middle * n * mean;
  const spread = (n * (n * n - 1)) / 12;
  const level = Math.max(0, prefix.yy[to]! - prefix.yy[from]! - n * mean * mean);
  const slope = spread > 0 ? cross / spread : 0;
  return { level, line: Math.max(0, level - slope * cross), mean, slope };
}

function fit(prefix: Sums, from: number, to: number, noise: number, forLine: number): Segment {
  const { level, line, mean, slope } = residuals(prefix, from, to);
  if (level / noise <= line / noise + forLine) return { from, to, intercept: mean, slope: 0 };
  return { from, to, intercept: mean - (slope * (to - from - 1)) / 2, slope };
}
