import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Result } from "@sightline/shared/model/result";
import type { Pause } from "./beside-ingest.ts";
import { ok } from "@sightline/shared/model/result";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { selectRequests } from "@sightline/shared/promql/engine";
import type { PrometheusQuery } from "../objects/rpc.ts";
import { type GatherOptions, acrossShards } from "./across-shards.ts";
import { type ForecastRecords, forecastQuery } from "./forecasts.ts";
import { answerQuery, paramsOf, timeoutOf } from "./prometheus-query.ts";
import { parsedQuery } from "./parsed-queries.ts";
import type { QuerySource } from "./query-source.ts";

/** How the other shards are reached; undefined where there are none, and then nothing is gathered. */
export type Among = Pick<GatherOptions, "peers" | "wait"> | undefined;

/** A shard by itself whose archive is asked. */
export const ALONE: NonNullable<Among> = { peers: [], wait: () => new Promise(() => undefined) };

/** The whole Prometheus answer, over the series of this shard and `among`; `pause` lets whatever else waits for this object go first. */
export async function queryAmong(local: QuerySource, among: Among, query: PrometheusQuery, pause: Pause): Promise<Result<ArrayBuffer>> {
  if (among === undefined && local.reaches === undefined) return answerQuery(local, query, pause);
  const parsed = parsedQuery(query.query, local.profile);
  if (!parsed.ok) return answerQuery(local, query, pause);
  const known = selectRequests(parsed.value, paramsOf(local, query));
  if (among === undefined && !known.some((request) => local.reaches?.(request))) return answerQuery(local, query, pause);
  const options = { ...(among ?? ALONE), timeoutMs: timeoutOf(query), partial: query.partial === true, pause };
  return acrossShards(local, options, known, (source) => answerQuery(source, query, pause));
}

/** Several instant or range queries over the same shards, which are asked once for all of them; null for one without an answer. */
export async function queriesAmong(
  local: QuerySource,
  among: Among,
  queries: readonly PrometheusQuery[],
  pause: Pause,
): Promise<readonly (ArrayBuffer | null)[]> {
  const answerAll = async (source: QuerySource): Promise<Result<(ArrayBuffer | null)[]>> => {
    const answers: (ArrayBuffer | null)[] = [];
    for (const query of queries) {
      const answer = await answerQuery(source, query, pause);
      answers.push(answer.ok ? answer.value : null);
    }
    return ok(answers);
  };
  const requests = new Map<string, SelectRequest>();
  for (const query of among === undefined ? [] : queries) {
    const parsed = parsedQuery(query.query, local.profile);
    if (!parsed.ok) continue;
    for (const request of selectRequests(parsed.value, paramsOf(local, query))) requests.set(JSON.stringify(request), request);
  }
  const options =
    among === undefined ? null : { ...among, timeoutMs: timeoutOf({}), partial: queries.every((query) => query.partial === true), pause };
  const answered = options === null ? await answerAll(local) : await acrossShards(local, options, [...requests.values()], answerAll);
  return answered.ok ? answered.value : queries.map(() => null);
}

export async function forecastAmong(
  local: QuerySource,
  among: Among,
  query: string,
  horizonMs: number,
  nowMs: number,
  records?: ForecastRecords,
): Promise<Result<readonly ForecastSeries[]>> {
  if (among === undefined) return forecastQuery(local, query, horizonMs, nowMs, records);
  const options = { ...among, timeoutMs: timeoutOf({}), partial: false };
  return acrossShards(local, options, [], (source) => forecastQuery(source, query, horizonMs, nowMs, records));
}
