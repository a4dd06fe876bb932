/** What series were at the same time of the day, or of the week, before. */
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { Earlier } from "@sightline/shared/trend/compare-since";
import { bareSelector } from "./bare-selector.ts";
import { type History, readHistory } from "./history.ts";
import type { QuerySource } from "./query-source.ts";

export const BACK_DAY_MS = 86_400_000;
export const BACK_WEEK_MS = 7 * BACK_DAY_MS;

export interface EarlierHistory {
  readonly backMs: number;
  readonly history: History;
}

/** The same stretch so much before, of a longer one what lies before it. Failures: those of a query, `limit`. */
export function readEarlier(
  reads: QuerySource,
  query: string,
  now: History,
  backMs: number,
  limits: { readonly points: number; readonly maxSeries: number },
): Result<EarlierHistory> {
  const startMs = now.startMs - backMs;
  const endMs = Math.min(now.endMs - backMs, now.startMs);
  const history = readHistory(reads, { query, startMs, endMs, ...limits, like: now });
  if (history.ok) return ok({ backMs, history: history.value });
  // Of more series than can be seen between the steps nothing is known that is like what is now.
  const isMean = now.areMeans && bareSelector(query) === undefined && history.error.code === "limit";
  return isMean ? ok({ backMs, history: { ...now, startMs, endMs, series: [] } }) : history;
}

/** Of one series. */
export function earlierOf(earlier: readonly EarlierHistory[], labels: Labels): Earlier[] {
  const key = seriesKey(labels);
  return earlier.map(({ backMs, history }) => {
    const { timestamps, values } = history.series.find((one) => seriesKey(one.labels) === key) ?? { timestamps: [], values: [] };
    return { backMs, timestamps, values };
  });
}
