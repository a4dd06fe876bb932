/**
 * The profile of a period in bins, read with a straight line between their centres. Each bin keeps its level and its visits; a bin's first
 * day is a plain mean, later days renew it by a third. Source: Taylor & Letham 2018 (daily and weekly profiles).
 */
const RENEWAL = 0.3;
/** Bins on either side that a smooth profile is a mean of. */
const SMOOTH = 2;

/**
 * The profile at `phase` in [0, 1); NaN while a neighbour has not been seen. Levels are at `at`, visits after them. Neighbours further apart than
 * `edge` have an edge between them: nothing is drawn across it.
 */
export function seasonAt(f: Float64Array, at: number, bins: number, phase: number, edge: number): number {
  const position = phase * bins - 0.5;
  const below = Math.floor(position);
  const share = position - below;
  const left = (below + bins) % bins;
  const right = (below + 1) % bins;
  if (f[at + bins + left] === 0 || f[at + bins + right] === 0) return Number.NaN;
  const apart = f[at + right]! - f[at + left]!;
  if (Math.abs(apart) > edge) return f[at + (share < 0.5 ? left : right)]!;
  return f[at + left]! + share * apart;
}

/** The mean of the profile over about an hour at `phase`; of bins that have been seen. */
export function smoothAt(f: Float64Array, at: number, bins: number, phase: number): number {
  const middle = Math.floor(phase * bins);
  let sum = 0;
  let seen = 0;
  for (let k = middle - SMOOTH; k <= middle + SMOOTH; k++) {
    const bin = (k + bins) % bins;
    if (f[at + bins + bin] === 0) continue;
    sum += f[at + bin]!;
    seen++;
  }
  return sum / seen;
}

const binAt = (bins: number, phase: number): number => Math.min(bins - 1, Math.floor(phase * bins));

/** `perVisit`: steps that fall into one bin in one period. Gives the share of `x` in its bin from now on. */
export function learnSeason(f: Float64Array, at: number, bins: number, phase: number, x: number, perVisit: number): number {
  const bin = binAt(bins, phase);
  const visits = f[at + bins + bin]!;
  const rate = rateOf(visits, perVisit);
  f[at + bin] = Math.fround(f[at + bin]! + rate * (x - f[at + bin]!));
  f[at + bins + bin] = visits + 1;
  return rate;
}

/** Takes back what the last value that was learned brought too much to its bin. */
export function unlearn(f: Float64Array, at: number, bins: number, phase: number, excess: number): void {
  const bin = at + binAt(bins, phase);
  f[bin] = Math.fround(f[bin]! - excess);
}

/** The bin as it was before it learned `x`, which it did last. */
export function unlearnSeason(f: Float64Array, at: number, bins: number, phase: number, x: number, perVisit: number): void {
  const bin = binAt(bins, phase);
  const visits = f[at + bins + bin]! - 1;
  if (visits < 1) return;
  const rate = rateOf(visits, perVisit);
  f[at + bin] = Math.fround((f[at + bin]! - rate * x) / (1 - rate));
  f[at + bins + bin] = visits;
}

const rateOf = (visits: number, perVisit: number): number => Math.max(1 / (visits + 1), Math.min(0.5, RENEWAL / Math.max(1, perVisit)));
