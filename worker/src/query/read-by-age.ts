import { seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { type History, type HistoryRequest, lookbackOf, readHistory } from "./history.ts";
import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";

/** What has been there for less than this share of the time that is read has too few of its points. */
export const YOUNG = 0.25;
/** Generations that are told apart beside the oldest. */
export const GENERATIONS = 2;

/**
 * The series of an expression, each in about as many points as are wanted: those that came much later than the oldest are read again, from
 * when they came, for the oldest's step would leave them a few points or none. The oldest come first. Failures: those of a query, `limit`.
 */
export function readByAge(
  reads: QuerySource,
  request: HistoryRequest,
  generations = GENERATIONS,
): Result<readonly [History, ...History[]]> {
  const read = readHistory(reads, request);
  if (!read.ok) return read;
  const { query, series, startMs, endMs, stepMs, spacingMs } = read.value;
  if (generations === 0 || stepMs <= spacingMs) return ok([read.value]);
  const since = new Map(series.map((one) => [keyOf(one), one.timestamps[0] ?? endMs]));
  // The youngest have no point yet.
  for (const one of newest(reads, query, request.endMs, lookbackOf(spacingMs))) if (!since.has(keyOf(one))) since.set(keyOf(one), endMs);
  const isYoung = (firstMs: number): boolean => endMs - firstMs < YOUNG * (endMs - startMs);
  const young = new Map([...since].filter(([, firstMs]) => isYoung(firstMs)));
  if (young.size === 0) return ok([read.value]);
  const later = readByAge(reads, { ...request, startMs: Math.min(...young.values()) - stepMs }, generations - 1);
  // Finer steps and those who came last see more series than the whole does, which stands without them.
  if (!later.ok) return later.error.code === "limit" ? ok([read.value]) : later;
  const again = later.value.map((history) => ({ ...history, series: history.series.filter((one) => young.has(keyOf(one))) }));
  const known = new Set(again.flatMap((history) => history.series.map(keyOf)));
  const oldest = { ...read.value, series: series.filter((one) => !known.has(keyOf(one))) };
  return ok([oldest, ...again.filter((history) => history.series.length > 0)]);
}

const keyOf = ({ labels }: Pick<MatrixSeries, "labels">): string => seriesKey(labels);
