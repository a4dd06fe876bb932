import type { LiveSeries } from "@sightline/shared/api/live";
import { type SeriesSamples, isStale } from "@sightline/shared/model/sample";
import type { Labels } from "@sightline/shared/model/labels";

/** JSON has no NaN and no infinities, so they travel as words. */
function liveValue(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (isStale(value)) return "stale";
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

export function liveSeries(series: SeriesSamples & { readonly labels: Labels }): LiveSeries {
  const t = Array.from(series.timestamps);
  const v = Array.from(series.values, liveValue);
  const { labels, histograms } = series;
  if (histograms === undefined || histograms.every((histogram) => histogram === undefined)) return { labels, t, v };
  return { labels, t, v, h: t.map((_, index) => histograms[index] ?? null) };
}
