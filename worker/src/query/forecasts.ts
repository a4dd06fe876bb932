import { forecast } from "@sightline/shared/forecast/forecast";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SeriesReads } from "./series-reads.ts";
import { runQuery } from "./prometheus-query.ts";

const MINUTE = 60_000;
const HISTORY_POINTS = 2000;
const MAX_SERIES = 50;
const STEPS = [10_000, 15_000, 30_000, MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE] as const;

/** Forecasts of every series of an expression over its own history, of eight times the horizon or as much as there is. Failure `limit`. */
export function forecastQuery(reads: SeriesReads, query: string, horizonMs: number, nowMs: number): Result<readonly ForecastSeries[]> {
  const history = Math.max(2 * 60 * MINUTE, Math.min(horizonMs * 8, 28 * 24 * 60 * MINUTE));
  const stepMs = STEPS.find((step) => history / step <= HISTORY_POINTS) ?? 60 * MINUTE;
  const endMs = Math.floor(nowMs / stepMs) * stepMs;
  const result = runQuery(reads, { query, startMs: endMs - Math.floor(history / stepMs) * stepMs, endMs, stepMs });
  if (!result.ok) return result;
  const { value } = result.value;
  if (value.type !== "matrix") return fail("bad_data", "a forecast needs an expression that gives series");
  if (value.series.length > MAX_SERIES)
    return fail("limit", `the expression gives ${value.series.length} series, a forecast takes at most ${MAX_SERIES}`);
  return ok(
    value.series.map((series) => ({
      labels: series.labels,
      ...forecast({ timestamps: series.timestamps, values: series.values, horizonMs, stepMs, ...boundsOf(query) }),
    })),
  );
}

/** A ratio stays within 0 and 1; other expressions are left free. */
const boundsOf = (query: string) => (/^\s*[a-zA-Z_:]+_ratio\b[^-+*/]*$/.test(query) ? { bounds: { lower: 0, upper: 1 } } : {});
