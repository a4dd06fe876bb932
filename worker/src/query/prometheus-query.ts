import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { QueryParams, QueryResult } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { writeQueryResult } from "@sightline/shared/promql/prometheus-json";
import type { PrometheusQuery } from "../objects/rpc.ts";
import type { QuerySource } from "./query-source.ts";
import { QueryStats } from "./query-stats.ts";
import { SelectRefusal } from "./select-refusal.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

export const timeoutOf = ({ timeoutMs }: Pick<PrometheusQuery, "timeoutMs">): number =>
  Math.min(timeoutMs ?? DEFAULT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS);

export const paramsOf = ({ profile }: QuerySource, query: PrometheusQuery): QueryParams => ({
  startMs: query.startMs,
  endMs: query.endMs,
  stepMs: query.stepMs,
  ...(query.lookbackMs === undefined ? {} : { lookbackMs: query.lookbackMs }),
  ...(query.rawOnly === undefined ? {} : { rawOnly: query.rawOnly }),
  limits: { maxSamples: profile.maxSamplesTouched, maxPointsPerSeries: profile.maxPointsPerSeries },
});

/** Runs a query in one go: for those who evaluate on behalf of a request of their own. Failures: those of the engine, `limit`. */
export function runQuery(reads: QuerySource, query: PrometheusQuery): Result<QueryResult> {
  const parsed = parseQuery(query.query, reads.profile);
  if (!parsed.ok) return parsed;
  try {
    return evaluate(parsed.value, paramsOf(reads, query), (request) => reads.select(request));
  } catch (error) {
    return refusal(error);
  }
}

/**
 * Runs a query slice by slice. Between slices whatever waits for this object goes first: a long query delays no ingest,
 * and its deadline is seen (a clock stands still while an object computes). Failures: those of the engine, `limit`, `timeout`.
 */
async function runInSlices(reads: QuerySource, query: PrometheusQuery, pause: () => Promise<void>): Promise<Result<QueryResult>> {
  const parsed = parseQuery(query.query, reads.profile);
  if (!parsed.ok) return parsed;
  const timeoutMs = timeoutOf(query);
  const slices = evaluateInSlices(parsed.value, paramsOf(reads, query), (request) => reads.select(request));
  const deadline = reads.now() + timeoutMs;
  let tookMs = 0;
  try {
    for (;;) {
      const before = reads.now();
      const slice = slices.next(tookMs);
      if (slice.done === true) return slice.value;
      await pause();
      tookMs = reads.now() - before;
      if (reads.now() <= deadline) continue;
      const limit = `the limit is ${timeoutMs / 1000} s; ask for less time or fewer series`;
      return fail("timeout", `query timed out in expression evaluation: ${limit}`);
    }
  } catch (error) {
    return refusal(error);
  }
}

/** A refusal to read is thrown through the engine. */
function refusal(error: unknown): Result<never> {
  if (error instanceof SelectRefusal) return fail(error.code, error.message);
  throw error;
}

/** The whole Prometheus answer as UTF-8 JSON; what is wrong with the expression is said in Prometheus's words. */
export async function answerQuery(reads: QuerySource, query: PrometheusQuery, pause: () => Promise<void>): Promise<Result<ArrayBuffer>> {
  const stats = query.stats === true ? new QueryStats(reads) : undefined;
  const result = await runInSlices(stats?.source ?? reads, query, pause);
  if (!result.ok && result.error.code === "bad_data") return fail("bad_data", `invalid parameter "query": ${result.error.message}`);
  if (!result.ok) return result;
  const { warnings = [] } = reads;
  const whole = warnings.length === 0 ? result.value : { ...result.value, warnings: [...result.value.warnings, ...warnings] };
  const limited = query.limit === undefined || query.limit <= 0 ? whole : limitSeries(whole, query.limit);
  const body = writeQueryResult(limited, stats?.json());
  if (body.length > reads.profile.maxAnswerBytes) {
    return fail("limit", `the answer has ${body.length} bytes, at most ${reads.profile.maxAnswerBytes}; use a longer step or fewer series`);
  }
  return ok(body.buffer);
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
