/** Which of several series a small chart is of. */
import type { RangeSeries } from "@sightline/shared/api/data-source";
import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import { seriesKey } from "@sightline/shared/model/labels";
import { distinguishingLabels } from "../alerts/alert-text.ts";

export interface ChartedSeries {
  readonly series: RangeSeries;
  readonly forecast: ForecastSeries | undefined;
  readonly expected: ExpectedRange | undefined;
  /** Its labels, where there are others; empty otherwise. */
  readonly which: string;
}

/** The first of those that go on longest, with its own forecast and the range that was expected of it, in whichever order these come. Null without any. */
export function chartedSeries(
  history: readonly RangeSeries[],
  forecasts: readonly ForecastSeries[],
  ranges: readonly ExpectedRange[],
): ChartedSeries | null {
  const newest = Math.max(...history.map(({ t }) => t.at(-1) ?? -Infinity));
  const series = history.find(({ t }) => (t.at(-1) ?? -Infinity) === newest);
  if (series === undefined) return null;
  const key = seriesKey(series.labels);
  const own = (one: Pick<RangeSeries, "labels">): boolean => seriesKey(one.labels) === key;
  return {
    series,
    forecast: forecasts.find(own),
    expected: ranges.find(own),
    which: history.length === 1 ? "" : distinguishingLabels(series.labels, 2),
  };
}
