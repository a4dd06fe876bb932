import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { parseQuery, selectRequests } from "@sightline/shared/promql/engine";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";

/** What the samples under an expression are like. */
export interface DataSpan {
  /** Time of the oldest sample, ms; as far back as was asked when there are samples that old. */
  readonly firstMs: number;
  /** Of the newest sample, ms. */
  readonly lastMs: number;
  /** Median distance of the samples of the densest series, ms. */
  readonly spacingMs: number;
}

/** Time that is looked at for the spacing, and at the start of the history for whether it reaches that far. */
const PROBE_MS = 10 * 60_000;

/**
 * Since when there are samples under an expression, and how far apart they are. A long history is looked at only at its
 * two ends. Null when there are fewer than two samples. Failures: those of the parser, `limit`.
 */
export function dataSpan(reads: QuerySource, query: string, startMs: number, endMs: number): Result<DataSpan | null> {
  const parsed = parseQuery(query);
  if (!parsed.ok) return parsed;
  const requests = selectRequests(parsed.value, { startMs: endMs, endMs, stepMs: 0 });
  const read = (fromMs: number, toMs: number): SelectedSeries[] =>
    requests.flatMap((request) => reads.select({ ...request, ...shifted(request, fromMs, toMs, endMs) }));
  try {
    let recent = read(Math.max(startMs, endMs - PROBE_MS), endMs);
    const reachesBack = endMs - startMs > 2 * PROBE_MS && read(startMs, startMs + PROBE_MS).length > 0;
    if (reachesBack && !Number.isNaN(spacingOf(recent)))
      return ok({ firstMs: startMs, lastMs: newestOf(recent), spacingMs: spacingOf(recent) });
    recent = read(startMs, endMs);
    const spacingMs = spacingOf(recent);
    if (Number.isNaN(spacingMs)) return ok(null);
    return ok({ firstMs: Math.min(...recent.map(({ timestamps }) => timestamps[0] ?? endMs)), lastMs: newestOf(recent), spacingMs });
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
}

/** Whether samples are beneath an expression at all: `hour()` has values without any. */
export function readsSamples(query: string): boolean {
  const parsed = parseQuery(query);
  return parsed.ok && selectRequests(parsed.value, { startMs: 0, endMs: 0, stepMs: 0 }).length > 0;
}

/** The same selector over other times; what it has of `offset` is kept. */
function shifted(request: SelectRequest, fromMs: number, toMs: number, endMs: number): { startMs: number; endMs: number } {
  const offset = endMs - request.endMs;
  return { startMs: fromMs - offset, endMs: toMs - offset };
}

const newestOf = (series: readonly SelectedSeries[]): number => Math.max(...series.map(({ timestamps }) => timestamps.at(-1) ?? -Infinity));

/** Of the densest series; NaN when none has two samples. */
function spacingOf(series: readonly SelectedSeries[]): number {
  let smallest = Number.NaN;
  for (const { timestamps } of series) {
    if (timestamps.length < 2) continue;
    const distances = new Float64Array(timestamps.length - 1);
    for (let index = 1; index < timestamps.length; index++) distances[index - 1] = (timestamps[index] ?? 0) - (timestamps[index - 1] ?? 0);
    const median = distances.sort()[distances.length >> 1] ?? Number.NaN;
    if (!(median >= smallest)) smallest = median;
  }
  return smallest;
}
