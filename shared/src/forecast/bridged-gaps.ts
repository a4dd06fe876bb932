import type { Seasons } from "./member.ts";

/** Shorter gaps are bridged along a line as well as by anything else. */
const SHORTEST = 3;
/** Values on either side of a gap that its level is told from. */
const BESIDE = 6;

/**
 * A history whose gaps hold what their phase is in the seasons nearest before and after, moved so that it meets what lies beside the gap; the line
 * that `y` has there would be a day without a season, and come back as one. `missing`: 1 at the steps that no sample fell into. The same where there is no season.
 */
export function bridgedGaps(y: Float64Array, missing: Uint8Array, { short, long }: Seasons): Float64Array {
  if (short <= 1 || !missing.includes(1)) return y;
  const out = y.slice();
  for (let from = missing.indexOf(1); from >= 0;) {
    const next = missing.indexOf(0, from);
    const to = next < 0 ? y.length : next;
    if (to - from >= SHORTEST) bridge(out, y, missing, from, to, (i) => likeIt(y, missing, i, long) ?? likeIt(y, missing, i, short));
    from = missing.indexOf(1, to);
  }
  return out;
}

type Like = (i: number) => number | null;

function bridge(out: Float64Array, y: Float64Array, missing: Uint8Array, from: number, to: number, like: Like): void {
  const off = (start: number, end: number): number => {
    let sum = 0;
    let count = 0;
    for (let i = Math.max(0, start); i < Math.min(end, y.length); i++) {
      const usual = missing[i] === 1 ? null : like(i);
      if (usual === null) continue;
      sum += y[i]! - usual;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  };
  const [before, after] = [off(from - BESIDE, from), off(to, to + BESIDE)];
  for (let i = from; i < to; i++) {
    const usual = like(i);
    const share = (i - from + 1) / (to - from + 1);
    if (usual !== null) out[i] = usual + before * (1 - share) + after * share;
  }
}

/** The mean of the values of the same phase nearest before and after; of one where the other is not there. */
function likeIt(y: Float64Array, missing: Uint8Array, i: number, period: number): number | null {
  if (period <= 1) return null;
  let before = i - period;
  while (before >= 0 && missing[before] === 1) before -= period;
  let after = i + period;
  while (after < y.length && missing[after] === 1) after += period;
  if (before < 0) return after < y.length ? y[after]! : null;
  return after < y.length ? (y[before]! + y[after]!) / 2 : y[before]!;
}
