import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { QueryResult } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { writeQueryResult } from "@sightline/shared/promql/prometheus-json";
import type { PrometheusQuery } from "../objects/rpc.ts";
import type { SeriesReads } from "./series-reads.ts";
import { SelectRefusal } from "./series-reads.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/** Runs a query inside the shard. Failures: those of the engine, `limit`, `timeout`. */
export function runQuery(reads: SeriesReads, query: PrometheusQuery): Result<QueryResult> {
  const parsed = parseQuery(query.query);
  if (!parsed.ok) return parsed;
  const deadline = reads.now() + Math.min(query.timeoutMs ?? DEFAULT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS);
  try {
    return evaluate(
      parsed.value,
      {
        startMs: query.startMs,
        endMs: query.endMs,
        stepMs: query.stepMs,
        ...(query.lookbackMs === undefined ? {} : { lookbackMs: query.lookbackMs }),
        ...(query.rawOnly === undefined ? {} : { rawOnly: query.rawOnly }),
        limits: { maxSamples: reads.profile.maxSamplesTouched, maxPointsPerSeries: reads.profile.maxPointsPerSeries },
        cancelled: () => reads.now() > deadline,
      },
      (request) => reads.select(request),
    );
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
}

/** The whole Prometheus answer as UTF-8 JSON. */
export function answerQuery(reads: SeriesReads, query: PrometheusQuery): Result<ArrayBuffer> {
  const result = runQuery(reads, query);
  if (!result.ok) return result;
  const limited = query.limit === undefined || query.limit <= 0 ? result.value : limitSeries(result.value, query.limit);
  const body = writeQueryResult(limited);
  if (body.length > reads.profile.maxAnswerBytes) {
    return fail("limit", `the answer has ${body.length} bytes, at most ${reads.profile.maxAnswerBytes}; use a longer step or fewer series`);
  }
  return ok(body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer ? body.buffer : body.slice().buffer);
}

function limitSeries(result: QueryResult, limit: number): QueryResult {
  const { value } = result;
  const warnings = [...result.warnings, "results truncated due to limit"];
  if (value.type === "vector" && value.samples.length > limit)
    return { ...result, warnings, value: { ...value, samples: value.samples.slice(0, limit) } };
  if (value.type === "matrix" && value.series.length > limit)
    return { ...result, warnings, value: { ...value, series: value.series.slice(0, limit) } };
  return result;
}
