import type { Failure, Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { QueryParams, QueryResult } from "@sightline/shared/promql/api";
import { evaluate, selectRequests } from "@sightline/shared/promql/engine";
import { Pace, SHARE_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { QueryMemory } from "@sightline/shared/promql/evaluation/query-memory";
import { type PacedSelect, evaluateInSlices } from "@sightline/shared/promql/slices";
import { queryResultChunks } from "@sightline/shared/promql/prometheus-json";
import type { Expr } from "@sightline/shared/promql/ast";
import type { PrometheusQuery } from "../objects/rpc.ts";
import type { Pause } from "./beside-ingest.ts";
import { cachedSteps } from "./cached-steps.ts";
import type { CachedSteps } from "./result-cache.ts";
import { withKnownSteps, withWrittenSteps } from "./known-steps.ts";
import { LONGEST_KEPT, PARSE_NS, parsedQuery } from "./parsed-queries.ts";
import { type QuerySource, notesOnAll } from "./query-source.ts";
import { QueryStats } from "./query-stats.ts";
import { type LongReader, MAX_LONG_QUERIES, MAX_WAITING_QUERIES, READER_TURNS } from "./reader-turns.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { ValueSlabs } from "../storage/value-slabs.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/** A query that never stops may take longer: as a clock stands still while an object computes, it stops once to look. */
const SHORT_TIMEOUT_MS = 200;

export const timeoutOf = ({ timeoutMs }: Pick<PrometheusQuery, "timeoutMs">): number =>
  Math.min(timeoutMs ?? DEFAULT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS);

export const paramsOf = ({ profile }: QuerySource, query: PrometheusQuery): QueryParams => ({
  startMs: query.startMs,
  endMs: query.endMs,
  stepMs: query.stepMs,
  ...(query.lookbackMs === undefined ? {} : { lookbackMs: query.lookbackMs }),
  ...(query.rawOnly === undefined ? {} : { rawOnly: query.rawOnly }),
  limits: {
    maxSamples: profile.maxSamplesTouched,
    maxPointsPerSeries: profile.maxPointsPerSeries,
    maxBytes: profile.maxQueryBytes,
  },
});

/** Runs a query in one go: for those who evaluate on behalf of a request of their own. Failures: those of the engine, `limit`. */
export function runQuery(reads: QuerySource, query: PrometheusQuery): Result<QueryResult> {
  const parsed = parsedQuery(query.query, reads.profile);
  if (!parsed.ok) return parsed;
  try {
    return evaluate(parsed.value, paramsOf(reads, query), (request) => reads.select(request));
  } catch (error) {
    return refusal(error);
  }
}

/** The same in steps of work. */
export function* runQueryStepwise(reads: QuerySource, query: PrometheusQuery, pace: Pace): Stepwise<Result<QueryResult>> {
  const parsed = parsedQuery(query.query, reads.profile);
  if (!parsed.ok) return parsed;
  try {
    return yield* evaluateInSlices(parsed.value, paramsOf(reads, query), selectOf(reads), { pace });
  } catch (error) {
    return refusal(error);
  }
}

/** How a query that stops reads: in steps of work where a source can. */
export const selectOf =
  (reads: QuerySource, slabs?: ValueSlabs): PacedSelect =>
  (request, pace) =>
    reads.selectStepwise?.(request, pace, slabs) ?? reads.select(request);

/** What a query works with while it is evaluated in steps. */
interface Run extends LongReader {
  readonly pace: Pace;
  readonly memory: QueryMemory;
  /** What it has read lies here until its answer is written; nothing that outlives the query does, as what is kept are values that were computed. */
  readonly slabs: ValueSlabs;
  /** Lets whatever waits for this object go first; false when the query's time is over. */
  readonly pause: () => Promise<boolean>;
  /** Beside others a query waits for its turn before it computes anything. Failures: `unavailable` where too many do, `timeout`. */
  readonly begin: () => Promise<Result<null>>;
  readonly timeoutMs: number;
  /** Whether it was long enough to stop. */
  readonly hasPaused: boolean;
}

function timedOut(run: Run): Result<never> {
  const limit = `the limit is ${run.timeoutMs / 1000} s`;
  if (run.hasPaused && !READER_TURNS.isActive(run) && READER_TURNS.isFull) {
    const others = `${MAX_LONG_QUERIES} long queries were under way, the limit maxLongQueries`;
    return fail("timeout", `query timed out before it could go on: ${limit}, and ${others}; ask again when they are done`);
  }
  return fail("timeout", `query timed out in expression evaluation: ${limit}; ask for less time or fewer series`);
}

/**
 * Runs a query in steps of work. Between them whatever waits for this object goes first: a long query delays no ingest,
 * and its deadline is seen (a clock stands still while an object computes). Failures: those of the engine, `limit`, `timeout`.
 */
async function runInSteps(
  reads: QuerySource,
  expr: Expr,
  whole: QueryParams,
  steps: CachedSteps | null,
  run: Run,
): Promise<Result<QueryResult>> {
  const evaluate = (params: QueryParams): Promise<Result<QueryResult>> => evaluateInSteps(reads, expr, params, run);
  if (reads.results === undefined || steps === null) return evaluate(whole);
  return withKnownSteps(reads.results, steps, whole, evaluate);
}

async function evaluateInSteps(reads: QuerySource, expr: Expr, params: QueryParams, run: Run): Promise<Result<QueryResult>> {
  try {
    return (await inTime(evaluateInSlices(expr, params, selectOf(reads, run.slabs), run), run)) ?? timedOut(run);
  } catch (error) {
    return refusal(error);
  }
}

/** Null where the query's time is over before it is done. */
async function inTime<T>(steps: Stepwise<T>, run: Run): Promise<T | null> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (!(await run.pause())) return null;
  }
}

/** A refusal to read is thrown through the engine. */
function refusal(error: unknown): Result<never> {
  if (error instanceof SelectRefusal) return fail(error.code, error.message);
  throw error;
}

/** The whole Prometheus answer as UTF-8 JSON; what is wrong with the expression is said in Prometheus's words. */
export async function answerQuery(reads: QuerySource, query: PrometheusQuery, pause: Pause): Promise<Result<ArrayBuffer>> {
  const timeoutMs = timeoutOf(query);
  const run = {
    pace: new Pace(),
    memory: new QueryMemory(reads.profile.maxQueryBytes),
    slabs: new ValueSlabs(),
    timeoutMs,
    deadlineMs: reads.now() + timeoutMs,
    hasPaused: false,
    begin: async (): Promise<Result<null>> => {
      if (READER_TURNS.isCrowded) {
        const message = `${MAX_WAITING_QUERIES} questions wait already, the limit maxWaitingQueries; ask again when some are answered`;
        return { ok: false, error: { code: "unavailable", message, retryAfterMs: 1000 } };
      }
      if (READER_TURNS.isBusy) {
        await pause(undefined, run.deadlineMs);
        if (reads.now() > run.deadlineMs)
          return fail(
            "timeout",
            `query timed out before it could begin: the limit is ${timeoutMs / 1000} s, and others were asked before it; ask again when they are done`,
          );
      }
      run.pace = new Pace(SHARE_NS, READER_TURNS.firstShareNs);
      return ok(null);
    },
    pause: async (): Promise<boolean> => {
      await pause(run);
      run.hasPaused = true;
      return reads.now() <= run.deadlineMs;
    },
  };
  try {
    return await answerInSteps(reads, query, run);
  } finally {
    run.slabs.giveBack(reads.now());
    READER_TURNS.computed(run.pace.sinceStop);
    READER_TURNS.leave(run);
  }
}

async function answerInSteps(reads: QuerySource, query: PrometheusQuery, run: Run): Promise<Result<ArrayBuffer>> {
  const stats = query.stats === true ? new QueryStats(reads) : undefined;
  const { length } = query.query;
  // A long text takes up to 0.1 s in one go: it has its turn before, and others have theirs behind it.
  let begun = length > LONGEST_KEPT ? await run.begin() : null;
  if (begun?.ok === false) return begun;
  const parsed = parsedQuery(query.query, reads.profile);
  if (begun !== null && run.pace.spend(length * PARSE_NS) && !(await run.pause())) return timedOut(run);
  if (!parsed.ok) return inPrometheusWords(parsed);
  // As Prometheus's: it counts from before the first step, however short the query.
  if (run.timeoutMs <= 0) return timedOut(run);
  const whole = { ...paramsOf(reads, query), ...(stats === undefined ? {} : { tally: stats.tally }) };
  const steps = reads.results === undefined ? null : cachedSteps(parsed.value, query, whole);
  const answer = async (): Promise<Result<ArrayBuffer>> => {
    begun ??= await run.begin();
    if (!begun.ok) return begun;
    const result = await runInSteps(stats?.source ?? reads, parsed.value, whole, steps, run);
    if (!result.ok) return inPrometheusWords(result);
    if (run.timeoutMs < SHORT_TIMEOUT_MS && !run.hasPaused && !(await run.pause())) return timedOut(run);
    const requests = reads.notesOn === undefined ? [] : selectRequests(parsed.value, whole);
    const notes = await inTime(notesOnAll(reads, requests, run.pace), run);
    if (notes === null) return timedOut(run);
    const noted = withNotes(result.value, { warnings: reads.warnings, infos: [...(reads.infos ?? []), ...new Set(notes)] });
    const limited = query.limit === undefined || query.limit <= 0 ? noted : limitSeries(noted, query.limit);
    return writeAnswer(limited, stats?.json(run.memory.peak), reads.profile.maxAnswerBytes, run);
  };
  const keeps = reads.results !== undefined && steps !== null && query.limit === undefined;
  return keeps ? withWrittenSteps(reads.results, steps, answer) : answer();
}

const inPrometheusWords = (refused: { readonly ok: false; readonly error: Failure }): Result<never> =>
  refused.error.code === "bad_data" ? fail("bad_data", `invalid parameter "query": ${refused.error.message}`) : refused;

/** A byte of JSON. */
const BYTE_NS = 12;

/** Failures: `limit` as soon as the answer is too long, `timeout`. */
async function writeAnswer(result: QueryResult, stats: string | undefined, maxBytes: number, run: Run): Promise<Result<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (const chunk of queryResultChunks(result, stats)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes)
      return fail("limit", `the answer has more than ${maxBytes} bytes, the limit maxAnswerBytes; use a longer step or fewer series`);
    if (run.pace.spend(chunk.length * BYTE_NS) && !(await run.pause())) return timedOut(run);
  }
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return ok(only.buffer);
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return ok(body.buffer);
}

/** Of the engine's notes an answer has the first few of each kind and the number of the others, as Prometheus's. */
const MOST_NOTES = 10;

function firstOf(notes: readonly string[], kind: "warning" | "info"): readonly string[] {
  if (notes.length <= MOST_NOTES) return notes;
  return [...notes.slice(0, MOST_NOTES), `${notes.length - MOST_NOTES} more ${kind} annotations omitted`];
}

const isWarning = (note: string): boolean => note.startsWith("PromQL warning: ");

/** With what is to be said of what was read; a note that warns says so itself. */
function withNotes(
  result: QueryResult,
  { warnings = [], infos = [] }: { readonly [Notes in "warnings" | "infos"]?: QuerySource[Notes] | undefined },
): QueryResult {
  return {
    ...result,
    warnings: [...firstOf(result.warnings, "warning"), ...warnings, ...infos.filter(isWarning)],
    infos: [...firstOf(result.infos, "info"), ...infos.filter((note) => !isWarning(note))],
  };
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
