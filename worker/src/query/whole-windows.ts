import { seriesKey } from "@sightline/shared/model/labels";
import type { MatrixSeries } from "@sightline/shared/promql/api";

/** Of the most samples that a window beside it has, a whole one has more than this share. */
const WHOLE = 0.9;
/** What comes at random wavers by the root of its number: beyond so many of them, and beyond half, samples are missing. */
const ROOTS = 2;
/** Two windows that are more than so many steps apart have some without any sample between them. */
const APART = 1.5;
/** Where more than this share of the windows is not whole, samples do not come by a clock. */
const MOST_LEFT = 0.7;

/**
 * Rates without those over windows that a gap cuts, which are a part of what they should be. `counts`: of the same windows, how many samples
 * each has; `overlap`: windows that one sample is in; `stepMs`: from one window to the next. One sample fewer alone is no gap: where
 * the clock of a scrape wavers, a window of five samples has four now and then.
 */
export function ofWholeWindows(
  rates: readonly MatrixSeries[],
  counts: readonly MatrixSeries[],
  overlap: number,
  stepMs: number,
): MatrixSeries[] {
  const byKey = new Map(counts.map((one) => [seriesKey(one.labels), one]));
  return rates.map((series) => {
    const counted = byKey.get(seriesKey(series.labels));
    if (counted === undefined) return series;
    const { timestamps, values } = counted;
    const whole = new Set<number>();
    for (let i = 0; i < timestamps.length; i++) {
      const from = Math.max(0, i - overlap);
      const to = Math.min(timestamps.length, i + overlap + 1);
      const beside = values.slice(from, to);
      const most = Math.max(...beside);
      const isApart = timestamps.slice(from + 1, to).some((t, k) => t - timestamps[from + k]! > APART * stepMs);
      const isGap = isApart || Math.min(...beside) <= Math.max(most / 2, most - ROOTS * Math.sqrt(most));
      if (!isGap || values[i]! > WHOLE * most) whole.add(timestamps[i]!);
    }
    const kept = [...series.timestamps.keys()].filter((i) => whole.has(series.timestamps[i] ?? 0));
    if (kept.length === series.timestamps.length || kept.length < (1 - MOST_LEFT) * series.timestamps.length) return series;
    return {
      ...series,
      timestamps: Float64Array.from(kept, (i) => series.timestamps[i] ?? 0),
      values: Float64Array.from(kept, (i) => series.values[i] ?? 0),
    };
  });
}
