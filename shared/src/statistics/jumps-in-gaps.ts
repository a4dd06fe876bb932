import { median } from "simple-statistics";

/** In shorter gaps nothing much is hidden. */
const SHORTEST = 2;
/** What changed unseen is a jump where it is this many times what changed elsewhere in as long. */
const NO_LIKE = 1.5;
/** Usual changes from one value to the next. */
const WAVERS = 4;

/**
 * Values whose gaps hold what the series usually grows by, and where more changed than ever in as long a time, all of that at their end: what
 * was brought in or deleted while nobody looked is one step, and the line that `y` has there would be growth without any noise. `missing`: 1 at the steps that no
 * sample fell into. The same object where there is none.
 */
export function withJumpsInGaps(y: Float64Array, missing: Uint8Array): Float64Array {
  if (!missing.includes(1)) return y;
  const out = y.slice();
  for (let from = missing.indexOf(1); from > 0;) {
    const to = missing.indexOf(0, from);
    if (to < 0) break;
    if (to - from >= SHORTEST) jumpAtEnd(out, y, missing, from, to);
    from = missing.indexOf(1, to);
  }
  return out;
}

function jumpAtEnd(out: Float64Array, y: Float64Array, missing: Uint8Array, from: number, to: number): void {
  const steps = to - from + 1;
  const { slope, wavers } = besideGap(y, missing, from, to);
  const whole = y[to]! - y[from - 1]!;
  // What stood still with its machine grew less than usual, and did not jump.
  const grown = whole * Math.sign(slope);
  if (slope !== 0 && grown >= -wavers && grown <= Math.abs(slope * steps) + wavers) return;
  const changed = whole - slope * steps;
  if (Math.abs(changed) <= NO_LIKE * mostIn(y, missing, steps, slope)) return;
  for (let i = from; i < to; i++) out[i] = y[from - 1]! + slope * (i - from + 1);
}

/** Mean change a step beside the gap, as far to either side as the gap is long, none where that is no more than values waver; and how much these do. */
function besideGap(y: Float64Array, missing: Uint8Array, from: number, to: number): { readonly slope: number; readonly wavers: number } {
  const reach = Math.max(to - from, y.length / 10);
  const changes: number[] = [];
  for (let i = Math.max(1, Math.ceil(from - reach)); i < Math.min(y.length, to + reach); i++)
    if (missing[i] === 0 && missing[i - 1] === 0) changes.push(y[i]! - y[i - 1]!);
  if (changes.length === 0) return { slope: 0, wavers: 0 };
  const sum = changes.reduce((all, one) => all + one, 0);
  const wavers = WAVERS * median(changes.map(Math.abs));
  return { slope: Math.abs(sum) > wavers ? sum / changes.length : 0, wavers };
}

/** The most that changed beside the slope within as many steps as were seen without a gap; of fewer, by as much as those are fewer. */
function mostIn(y: Float64Array, missing: Uint8Array, steps: number, slope: number): number {
  let longest = 0;
  let run = 0;
  for (const one of missing) longest = Math.max(longest, (run = one === 1 ? 0 : run + 1));
  const reach = Math.max(1, Math.min(steps, Math.floor(longest / 2)));
  let gaps = 0;
  let most = 0;
  for (let i = 0; i < y.length; i++) {
    gaps += missing[i]! - (i > reach ? missing[i - reach - 1]! : 0);
    if (i >= reach && gaps === 0) most = Math.max(most, Math.abs(y[i]! - y[i - reach]! - slope * reach));
  }
  return (most * steps) / reach;
}
