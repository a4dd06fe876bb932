import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries, QueryParams, QueryResult } from "@sightline/shared/promql/api";
import { sortByLabels } from "@sightline/shared/promql/evaluation/label-order";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { type CachedSteps, type ResultCache, joinSteps } from "./result-cache.ts";

/** Evaluates the steps of a query that are not known yet, and keeps what it gives. An answer that has something to note is given as it is. */
export async function withKnownSteps(
  results: ResultCache,
  steps: CachedSteps,
  whole: QueryParams,
  evaluate: (params: QueryParams) => Promise<Result<QueryResult>>,
): Promise<Result<QueryResult>> {
  const evaluating = results.begin();
  try {
    const known = results.find(steps);
    if (known !== null && known.endMs >= steps.endMs) return ok(matrixOf(known.series));
    const result = await evaluate(known === null ? whole : { ...whole, startMs: known.endMs + steps.stepMs });
    if (!result.ok) return result;
    const { value, warnings, infos } = result.value;
    // Notes may be of any step, and the known ones have none.
    if (value.type !== "matrix" || warnings.length + infos.length > 0) return known === null ? result : await evaluate(whole);
    const series = known === null ? value.series : finish(sortByLabels(joinSteps(known.series, value.series), new Pace(Infinity)));
    results.keep(steps, series, evaluating);
    return ok(matrixOf(series));
  } finally {
    results.forget(evaluating);
  }
}

/** The answer as it was written before when nothing has changed since; else writes it, and keeps it with its steps where they are kept. */
export async function withWrittenSteps(
  results: ResultCache,
  steps: CachedSteps,
  answer: () => Promise<Result<ArrayBuffer>>,
): Promise<Result<ArrayBuffer>> {
  const before = results.written(steps);
  if (before !== null) return ok(before);
  const evaluating = results.begin();
  try {
    const written = await answer();
    if (written.ok) results.write(steps, written.value, evaluating);
    return written;
  } finally {
    results.forget(evaluating);
  }
}

const matrixOf = (series: readonly MatrixSeries[]): QueryResult => ({ value: { type: "matrix", series }, warnings: [], infos: [] });
