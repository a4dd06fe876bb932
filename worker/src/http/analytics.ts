import { seriesKey } from "@sightline/shared/model/labels";
import { encodeUtf8 } from "@sightline/shared/encoding/utf8";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { ForecastResponse, SeriesStats, StatsResponse } from "@sightline/shared/api/responses";
import { projectStub } from "../objects/stubs.ts";
import type { ToldAnomalies } from "../objects/anomaly-rpc.ts";
import { jsonPieces } from "../query/label-reads.ts";
import { inSteps } from "../query/query-source.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { bytesOf, mergedLists } from "./json-list.ts";
import { letOthersIn } from "./let-others-in.ts";
import { mergeRanges } from "./merge-ranges.ts";
import { warnIfNone } from "../query/no-series.ts";
import type { Parameters } from "./parameters.ts";
import { askShards, type Shard, shardAt } from "./shards.ts";
import { wholeAnswer } from "./whole-answer.ts";
import { durationParameter, requiredParameter, timeParameter } from "./v1-time.ts";

const HOUR = 3_600_000;
const MAX_HORIZON = 30 * 24 * HOUR;
/** Of all shards together: some 8 MB. */
const MOST_ANOMALIES = 10_000;

const eachShard = <T>(call: Call<unknown>, ask: (shard: Shard) => Promise<T>): Promise<T[]> =>
  askShards(call.c.env, call.principal.project, ask);

/** Ms before `endMs`: `window`, or since `start`. */
function statsWindow(parameters: Parameters, endMs: number): number {
  if (parameters.get("start") === null) return durationParameter(parameters, "window", 300_000);
  if (parameters.get("window") !== null) throw new HttpFailure("bad_request", "Give start or window, not both.");
  const windowMs = endMs - timeParameter(parameters, "start", endMs);
  if (windowMs <= 0) throw new HttpFailure("bad_request", "start is not before end; swap them.");
  return windowMs;
}

/** The last shard that has a series which an earlier one has too, as a sender leaves it that moved; null when there is none. */
function lastWithOthers(parts: readonly (readonly SeriesStats[])[]): number | null {
  const seen = new Set<string>();
  let last: number | null = null;
  for (const [position, part] of parts.entries()) {
    const keys = part.map(({ labels }) => seriesKey(labels));
    if (keys.some((key) => seen.has(key))) last = position;
    for (const key of keys) seen.add(key);
  }
  return last;
}

export function analyticsRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/stats",
      role: "viewer",
      summary: "Count, extremes, mean, deviation and quantiles of every series a selector matches",
      parameters: {
        query: "PromQL selector",
        window: "Duration, 5m when absent",
        start: "ms or RFC 3339, instead of window",
        end: "ms or RFC 3339, now when absent",
      },
    },
    async (call) => {
      const selector = requiredParameter(call.parameters, "query");
      const windowEnd = timeParameter(call.parameters, "end", Date.now());
      const windowMs = statsWindow(call.parameters, windowEnd);
      const parts = await eachShard<readonly SeriesStats[]>(call, async (shard) =>
        unwrap(await shard.stats(selector, windowMs, windowEnd)),
      );
      const inSeveral = lastWithOthers(parts);
      let series = parts.flat();
      if (inSeveral !== null) {
        const { shard, among } = await shardAt(call.c.env, call.principal.project, inSeveral);
        const whole = unwrap(await shard.stats(selector, windowMs, windowEnd, among));
        series = [...new Map([...series, ...whole].map((one) => [seriesKey(one.labels), one])).values()];
      }
      const response: StatsResponse = { series, windowStart: windowEnd - windowMs, windowEnd, ...warnIfNone(selector, series) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/forecast",
      role: "viewer",
      summary:
        "What every series of an expression will do, with 80% and 95% intervals, or why that cannot be said; and how earlier forecasts fared",
      parameters: { query: "PromQL expression", horizon: "Duration, 1h when absent, at most 30d" },
    },
    async (call) => {
      const query = requiredParameter(call.parameters, "query");
      const horizonMs = durationParameter(call.parameters, "horizon", HOUR);
      if (horizonMs > MAX_HORIZON) throw new HttpFailure("limit_exceeded", "The horizon is longer than 30 days; ask for less.");
      const { project } = call.principal;
      const series = unwrap(await projectStub(call.c.env, project).forecast(query, horizonMs));
      const response: ForecastResponse = { series, ...warnIfNone(query, series) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/anomalies",
      role: "viewer",
      summary: "Anomalies of the series a selector matches, newest first; with bands=1 their expected ranges too",
      parameters: {
        query: "PromQL selector; everything when absent",
        start: "ms or RFC 3339, an hour ago when absent",
        end: "ms or RFC 3339",
        bands: "1 for ranges",
      },
    },
    async (call) => {
      const endMs = timeParameter(call.parameters, "end", Date.now());
      const startMs = timeParameter(call.parameters, "start", endMs - HOUR);
      if (startMs > endMs) throw new HttpFailure("bad_request", "start is after end; swap them.");
      const bands = call.parameters.get("bands") === "1";
      const selector = call.parameters.get("query") ?? '{__name__!=""}';
      const body = await wholeAnswer(async () => {
        const parts = await eachShard<ToldAnomalies>(call, async (shard) => unwrap(await shard.anomalies(selector, startMs, endMs, bands)));
        const anomalies = await mergedLists(
          parts.map((part) => part.anomalies),
          "newest",
        );
        const left = `There are ${anomalies.entries} anomalies; these are the newest ${MOST_ANOMALIES}. Ask for a shorter time or for fewer series.`;
        const warnings = [...parts.flatMap((part) => part.warnings ?? []), ...(anomalies.entries > MOST_ANOMALIES ? [left] : [])];
        const ranges = mergeRanges(parts.map((part) => part.ranges ?? []));
        // As `AnomaliesResponse`, some entries at a time.
        const listed = bands ? unwrap(await inSteps(jsonPieces(ranges, new Pace()), letOthersIn)) : null;
        return [
          encodeUtf8('{"anomalies":['),
          ...bytesOf(anomalies, MOST_ANOMALIES),
          ...(listed === null ? [] : [encodeUtf8('],"ranges":['), ...bytesOf(listed, Infinity)]),
          encodeUtf8(`]${warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : ""}}`),
        ];
      });
      return new Response(body, { headers: { "content-type": "application/json" } });
    },
  );
}
