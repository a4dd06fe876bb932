import { seriesKey } from "@sightline/shared/model/labels";
import type { MatrixSeries } from "@sightline/shared/promql/api";

/** Of the most samples that a window beside it has, a whole one has more than this share. */
const WHOLE = 0.9;
/** Where more than this share of the windows is not whole, samples do not come by a clock. */
const MOST_LEFT = 0.7;

/**
 * Rates without those over windows that a gap cuts, which are a part of what they should be. `counts`: of the same windows, how many samples
 * each has; `overlap`: windows that one sample is in.
 */
export function ofWholeWindows(rates: readonly MatrixSeries[], counts: readonly MatrixSeries[], overlap: number): MatrixSeries[] {
  const byKey = new Map(counts.map((one) => [seriesKey(one.labels), one]));
  return rates.map((series) => {
    const counted = byKey.get(seriesKey(series.labels));
    if (counted === undefined) return series;
    const whole = new Set<number>();
    for (let i = 0; i < counted.timestamps.length; i++) {
      let most = 0;
      for (let beside = i - overlap; beside <= i + overlap; beside++) most = Math.max(most, counted.values[beside] ?? 0);
      if ((counted.values[i] ?? 0) > WHOLE * most) whole.add(counted.timestamps[i] ?? 0);
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
