import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Result } from "@sightline/shared/model/result";
import { parseQuery, selectRequests } from "@sightline/shared/promql/engine";
import type { PrometheusQuery } from "../objects/rpc.ts";
import { type GatherOptions, acrossShards } from "./across-shards.ts";
import { forecastQuery } from "./forecasts.ts";
import { answerQuery, paramsOf, timeoutOf } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

/** How the other shards are reached; undefined where there are none, and then nothing is gathered. */
export type Among = Pick<GatherOptions, "peers" | "wait"> | undefined;

/** The whole Prometheus answer, over the series of this shard and `among`; `pause` lets whatever else waits for this object go first. */
export async function queryAmong(
  local: QuerySource,
  among: Among,
  query: PrometheusQuery,
  pause: () => Promise<void>,
): Promise<Result<ArrayBuffer>> {
  if (among === undefined) return answerQuery(local, query, pause);
  const parsed = parseQuery(query.query, local.profile);
  if (!parsed.ok) return answerQuery(local, query, pause);
  const options = { ...among, timeoutMs: timeoutOf(query), partial: query.partial === true };
  const known = selectRequests(parsed.value, paramsOf(local, query));
  return acrossShards(local, options, known, (source) => answerQuery(source, query, pause));
}

export async function forecastAmong(
  local: QuerySource,
  among: Among,
  query: string,
  horizonMs: number,
  nowMs: number,
): Promise<Result<readonly ForecastSeries[]>> {
  if (among === undefined) return forecastQuery(local, query, horizonMs, nowMs);
  const options = { ...among, timeoutMs: timeoutOf({}), partial: false };
  return acrossShards(local, options, [], (source) => forecastQuery(source, query, horizonMs, nowMs));
}
