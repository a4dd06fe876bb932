import { inLogarithms } from "./in-logarithms.ts";
import type { Member, Seasons } from "./member.ts";
import { weightedMedian } from "./weighted-median.ts";

/** Histories shorter than this many long seasons say nothing about how alike two of their days are. */
const FEWEST_WEEKS = 2.2;
/** A day this many days ago counts 1/e as much as the last. */
const MEMORY_DAYS = 30;
/** On real series most levels go back: that one stayed is believed once the backtest shows it, and then outweighs this by far. */
const BELIEVED = 0.3;
/** How fast a weekday loses weight the less its days are like those of the forecast one. */
const LIKENESS = 3;

/**
 * What each step of a day usually is on days of the same kind: the weighted median of all days, in which each weekday counts as its days are
 * like those of the weekday that is forecast. A Tuesday learns from every workday, a Sunday from Sundays. It knows no level and no last
 * value, and so is of another opinion than the rest.
 */
export const dayKinds: Member = { name: "days of a kind", forecast: inLogarithms(usualDays) };

/**
 * The same of what is left of each day without the mean of the week that ends with it, at the level of the last day: right where a level moved
 * for good, which the rest expect back.
 */
export const dayKindsAtLevel: Member = {
  name: "days of a kind at today's level",
  prior: BELIEVED,
  forecast: inLogarithms((y, seasons, horizon) => {
    const { short, long } = seasons;
    const before = y.length - short;
    if (before < long) return null;
    const levelled = y.slice(0, before);
    for (let end = before; end > 0; end -= short) {
      const last = Math.max(long, end);
      let level = 0;
      for (let i = last - long; i < last; i++) level += y[i]! / long;
      for (let i = Math.max(0, end - short); i < end; i++) levelled[i]! -= level;
    }
    const usual = usualDays(levelled, seasons, short + horizon);
    if (usual === null) return null;
    const apart = Array.from({ length: short }, (_, step) => ({ value: y[before + step]! - usual[step]!, weight: 1 }));
    const level = weightedMedian(apart.sort((one, other) => one.value - other.value));
    return usual.subarray(short).map((value) => value + level);
  }),
};

function usualDays(y: Float64Array, { short, long }: Seasons, horizon: number): Float64Array | null {
  const n = y.length;
  if (short <= 1 || long <= short || n < FEWEST_WEEKS * long) return null;
  const days = Math.floor(n / short);
  const week = Math.round(long / short);
  // Day 0 is the last one, day 1 the one before it; day 0 of a week is the last one's weekday.
  const at = (day: number, step: number): number => y[n - (day + 1) * short + step]!;
  // The lower quartile of all pairs: neither an odd day nor a level that moved makes a weekday unlike itself.
  const distance = (one: number, other: number): number => {
    const pairs: number[] = [];
    for (let i = one; i < days; i += week)
      for (let j = other; j < days; j += week) {
        if (i === j) continue;
        let sum = 0;
        for (let step = 0; step < short; step++) sum += (at(i, step) - at(j, step)) ** 2;
        pairs.push(sum / short);
      }
    return pairs.sort((a, b) => a - b)[pairs.length >> 2] ?? 0;
  };
  const out = new Float64Array(horizon);
  for (let ahead = 0; ahead * short < horizon; ahead++) {
    if (ahead >= week) {
      out.copyWithin(ahead * short, (ahead - week) * short, (ahead - week + 1) * short);
      continue;
    }
    const wanted = week - 1 - ahead;
    const own = distance(wanted, wanted);
    const likeness = Array.from({ length: week }, (_, kind) =>
      kind === wanted ? 1 : Math.min(1, (own / (distance(wanted, kind) + 1e-12)) ** LIKENESS),
    );
    for (let step = 0; step < short && ahead * short + step < horizon; step++) {
      const parts = Array.from({ length: days }, (_, day) => ({
        value: at(day, step),
        weight: Math.exp(-day / MEMORY_DAYS) * likeness[day % week]!,
      }));
      out[ahead * short + step] = weightedMedian(parts.sort((a, b) => a.value - b.value));
    }
  }
  return out;
}
