import type { Seasons } from "./member.ts";
import type { RegularGrid } from "./regular-grid.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What is usual shows in so many turns; of older ones it may have been otherwise. */
const FEWEST_TURNS = 3;
const MOST_TURNS = 14;
const LONGEST_MS = 2 * DAY;
/** Of the squared deviations, those that the other turns foretell: less is chance. */
const LEAST_TOLD = 0.15;
/** What was usual and is no more would be forecast on: the newest of these times must be told, too, where what is missed of them is as much as half of what is told. */
const NEWEST_MS = [6 * HOUR, DAY];
const AS_MUCH = 0.5;

/** What samples do within the steps that models know, by when in a day, an hour or a season they are; in units of `y`. */
export interface WithinSteps {
  /** Mean deviation from the line through the steps' middles over `widthMs` about a time, ms. */
  readonly at: (t: number, widthMs: number) => number;
  /** Of what is left: root mean square, infinite where nothing is usual, and mean size. */
  readonly deviation: number;
  readonly error: number;
}

/** Of samples that lie closer together than the steps: a batch of twenty minutes each hour is none in means of an hour. Null where they do not. */
export function withinSteps(
  timestamps: ArrayLike<number>,
  values: ArrayLike<number>,
  grid: Pick<RegularGrid, "y" | "stepMs" | "lastMs" | "lagMs" | "scale" | "spacingMs">,
  { short, long }: Seasons,
  /** The first step of those that are like the newest. */
  since = 0,
): WithinSteps | null {
  const { y, stepMs, lastMs, lagMs, scale, spacingMs } = grid;
  if (!(spacingMs < stepMs) || !(scale > 0)) return null;
  const firstMs = lastMs - lagMs - (y.length - 1) * stepMs;
  const times: number[] = [];
  const off: number[] = [];
  for (let i = 0; i < Math.min(timestamps.length, values.length); i++) {
    const place = (timestamps[i]! - firstMs) / stepMs;
    const value = values[i]! / scale;
    if (!(place >= since) || !Number.isFinite(value)) continue;
    const low = Math.min(y.length - 1, Math.floor(place));
    const next = y[Math.min(y.length - 1, low + 1)]!;
    times.push(timestamps[i]!);
    off.push(value - y[low]! - (place - low) * (next - y[low]!));
  }
  if (times.length === 0) return null;
  const periods = new Set([DAY, HOUR, ...[short, long].flatMap((period) => (period > 1 ? [period * stepMs] : []))]);
  const found = [...periods]
    .filter((period) => isWhole(period / spacingMs) && (isWhole(period / stepMs) || isWhole(stepMs / period)))
    .flatMap((period) => usual(times, off, period, spacingMs) ?? [])
    .toSorted((a, b) => b.told - a.told);
  const [best] = found;
  if (best !== undefined && best.told >= LEAST_TOLD) return best;
  // As it is now: what has ended is no error to come.
  return { at: () => 0, deviation: Infinity, error: sizes(off.slice(times.findIndex((t) => t > lastMs - DAY))).error };
}

const isWhole = (ratio: number): boolean => ratio >= 1 && Math.abs(ratio - Math.round(ratio)) < 1e-9;

interface Usual extends WithinSteps {
  readonly told: number;
}

/** Means by phase of the newest turns, judged by how well each turn is told by the others. */
function usual(times: readonly number[], off: readonly number[], periodMs: number, spacingMs: number): Usual | null {
  const phases = Math.round(periodMs / spacingMs);
  const lastMs = times.at(-1)!;
  const sinceMs = lastMs - Math.max(MOST_TURNS * periodMs, LONGEST_MS);
  if (phases < 2 || lastMs - times[0]! < FEWEST_TURNS * periodMs) return null;
  const phaseOf = (t: number): number => ((Math.round((t - lastMs) / spacingMs) % phases) + phases) % phases;
  const sum = new Float64Array(phases);
  const count = new Float64Array(phases);
  for (let i = 0; i < times.length; i++) {
    if (times[i]! <= sinceMs) continue;
    const phase = phaseOf(times[i]!);
    sum[phase]! += off[i]!;
    count[phase]!++;
  }
  const mean = sum.map((total, phase) => (count[phase]! > 0 ? total / count[phase]! : 0));
  const left: number[] = [];
  const whole: number[] = [];
  const ages: number[] = [];
  for (let i = 0; i < times.length; i++) {
    if (times[i]! <= sinceMs) continue;
    const phase = phaseOf(times[i]!);
    const n = count[phase]!;
    whole.push(off[i]!);
    ages.push(lastMs - times[i]!);
    // Told by the other turns alone.
    left.push(n > 1 ? ((off[i]! - mean[phase]!) * n) / (n - 1) : off[i]!);
  }
  const kept = sizes(left);
  const inAll = sizes(whole).deviation;
  // What stands still within its steps has nothing to be told.
  if (!(inAll > 0)) return null;
  const told = 1 - (kept.deviation / inAll) ** 2;
  const profile = sizes(Array.from(mean)).deviation ** 2;
  for (const newestMs of NEWEST_MS) {
    const from = ages.findIndex((age) => age < newestMs);
    const [missed, there] = [left, whole].map((each) => sizes(each.slice(from)).deviation ** 2);
    if (missed! > AS_MUCH * profile && missed! > (1 - LEAST_TOLD) * there!) return null;
  }
  const at = (t: number, widthMs: number): number => {
    const each = Math.max(1, Math.round(widthMs / spacingMs));
    let total = 0;
    for (let k = 0; k < each; k++) total += mean[phaseOf(t + (k - (each - 1) / 2) * spacingMs)]!;
    return total / each;
  };
  return { at, told, ...kept };
}

function sizes(off: readonly number[]): Pick<WithinSteps, "deviation" | "error"> {
  const n = Math.max(1, off.length);
  const squares = off.reduce((sum, one) => sum + one * one, 0);
  return { deviation: Math.sqrt(squares / n), error: off.reduce((sum, one) => sum + Math.abs(one), 0) / n };
}
