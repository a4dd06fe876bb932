import { BY_THE_MONTH, SINCE_RESET_MS } from "@sightline/shared/capacity/monthly-reset";
import { joinKey, type ResourceRule } from "@sightline/shared/capacity/bounded-resources";
import { formatDuration } from "@sightline/shared/model/duration";
import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import type { Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { bareSelector } from "./bare-selector.ts";
import { fallsOften } from "./counts-up.ts";
import { countedEarlier } from "./counted-earlier.ts";
import { highestOf, instantSelectors } from "./highest-of.ts";
import { HOURLY_MS, type History, type HistoryRequest, atInstant, readHistory } from "./history.ts";
import { mostUrgent, type UseOf } from "./most-urgent.ts";
import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";
import { readByAge } from "./read-by-age.ts";
import { upToEnd, upToNewest } from "./up-to-newest.ts";
import { type Counted, counted, usedInAll } from "./used-in-all.ts";

/** A season of a day and of a week are still seen in so many. */
export const POINTS = 360;
const MAX_SERIES = 500;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What an expression was at its highest is looked for so many times, in all its series. */
const MOST_LOOKS = 500_000;
/** What is silent for longer than so many of its distances, and than `HOURLY_MS`, is gone. */
const MISSED = 3;

/** What is used of one thing over time, up to now. */
export interface Use {
  readonly series: MatrixSeries;
  /** The highest within the time before each point. */
  readonly peaks: MatrixSeries | undefined;
  /** Of what may be used by the month: before the time that was asked for. */
  readonly earlier?: MatrixSeries;
  /** Nothing is sent of it any more. */
  readonly isGone: boolean;
}

export interface ReadUse {
  /** What was evaluated. */
  readonly query: string;
  readonly uses: readonly Use[];
  /** Labels of what has a limit and was not read. */
  readonly left: readonly Labels[];
  /** What is not in it. */
  readonly warning?: string;
}

interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * By a rule: all of it or, of more series than can be read, what is told already and the most urgent. What somebody declared is refused then: its labels may be none
 * that series have. Failures: those of a query, `limit`.
 */
export function* readUse(reads: QuerySource, rule: ResourceRule, { startMs, endMs }: Range, of: UseOf): Stepwise<Result<ReadUse>> {
  const there = newest(reads, atInstant(rule.used, HOURLY_MS), endMs, HOURLY_MS).length;
  const many = fail("limit", `the expression gives ${there} series, at most ${MAX_SERIES}; narrow it or aggregate`);
  const whole = there > MAX_SERIES ? many : yield* readAll(reads, rule, { startMs, endMs });
  // Series that have ended count, too.
  if (whole.ok || whole.error.code !== "limit" || rule.name !== undefined) return whole;
  const urgent = mostUrgent(reads, rule.used, { startMs, endMs, lookbackMs: HOURLY_MS, most: MAX_SERIES }, of);
  if (urgent === null) return whole;
  const read = yield* readAll(urgent.reads, rule, { startMs, endMs });
  return read.ok ? ok({ ...read.value, left: urgent.left }) : read;
}

function* readAll(reads: QuerySource, rule: ResourceRule, { startMs, endMs }: Range): Stepwise<Result<ReadUse>> {
  const range = { endMs, points: POINTS, maxSeries: MAX_SERIES };
  const counts = rule.name === undefined ? null : counted(reads, rule.used);
  const inAll = counts === null ? null : yield* readCounted(reads, rule, counts, { startMs, ...range });
  if (inAll !== null) return inAll;
  const read = readByAge(reads, { query: rule.used, startMs, ...range, counts: true });
  if (!read.ok) return read;
  const earlier = earlierInMonth(reads, rule, { startMs, endMs });
  const uses: Use[] = [];
  for (const used of read.value) {
    if (used.series.length === 0) continue;
    const [first, ...others] = peaksOf(reads, rule, used).map(
      (query) => (): Result<History> => readHistory(reads, { query, ...range, startMs: used.startMs, like: used }),
    );
    let peaks = first?.() ?? fail("bad_data", "nothing is to be read");
    for (const other of others) if (!peaks.ok && peaks.error.code === "limit") peaks = other();
    // What is no vector has no highest.
    if (!peaks.ok && peaks.error.code !== "bad_data") return peaks;
    const highest = new Map((peaks.ok ? upToEnd(reads, peaks.value, endMs) : []).map((series) => [joinKey(series.labels), series]));
    for (const series of upToNewest(reads, used, endMs)) {
      const before = earlier.get(joinKey(series.labels));
      uses.push({
        series,
        peaks: highest.get(joinKey(series.labels)),
        isGone: isGone(series, used.stepMs, endMs),
        ...(before === undefined ? {} : { earlier: before }),
      });
    }
  }
  return ok({ query: read.value[0].query, uses, left: [] });
}

/** By the hour, since before the month began, by `joinKey`: empty where nothing is used by the month, or all of it was asked for. */
function earlierInMonth(reads: QuerySource, { kind, used }: ResourceRule, { startMs, endMs }: Range): ReadonlyMap<string, MatrixSeries> {
  const sinceMs = endMs - SINCE_RESET_MS;
  if (!BY_THE_MONTH.includes(kind) || sinceMs >= startMs) return new Map();
  const points = Math.ceil((startMs - sinceMs) / HOUR);
  const read = readHistory(reads, { query: used, startMs: sinceMs, endMs: startMs, points, maxSeries: MAX_SERIES, counts: true });
  return new Map(read.ok ? read.value.series.map((series) => [joinKey(series.labels), series]) : []);
}

/** Null where that says nothing: of more counters than can be read, and of what is none after all. */
function* readCounted(
  reads: QuerySource,
  rule: ResourceRule,
  counts: Counted,
  range: Omit<HistoryRequest, "query">,
): Stepwise<Result<ReadUse> | null> {
  const { endMs } = range;
  const read = readByAge(reads, { query: counts.query, ...range, counts: true });
  if (!read.ok) return null;
  const stepMs = Math.max(...read.value.map((history) => history.stepMs));
  const { startMs } = read.value[0];
  yield;
  if (!counts.isSure && read.value.some((history) => comesAndGoes(reads, counts, history))) return null;
  const earlier = yield* countedEarlier(reads, counts, startMs);
  if (earlier.ok && earlier.value === null) return null;
  const within = (func: string): readonly MatrixSeries[] => read.value.flatMap((history) => overSteps(reads, counts, history, func));
  const series = usedInAll(
    read.value.flatMap((history) => upToNewest(reads, history, endMs)),
    counts,
    earlier.ok && earlier.value !== null ? earlier.value : new Map(),
    { lowest: within("min_over_time"), grown: counts.isSure ? within("increase") : [] },
  );
  const useOf = (one: MatrixSeries): Use => ({ series: one, peaks: undefined, isGone: isGone(one, stepMs, endMs) });
  if (series === null) return null;
  const warning = earlier.ok ? {} : { warning: `it is counted since ${new Date(startMs).toISOString()}: ${earlier.error.message}` };
  return ok({ query: rule.used, uses: series.map(useOf), left: [], ...warning });
}

/** Whether there is one among them that fell so often until it was last seen to fall that it counts nothing, whatever its name says. */
function comesAndGoes(reads: QuerySource, { selector }: Counted, history: History): boolean {
  const fell = history.series.map(({ timestamps, values }) => {
    const last = values.findLastIndex((value, i) => i > 0 && value < values[i - 1]!);
    return timestamps[last] ?? -Infinity;
  });
  const lastMs = Math.max(...fell);
  return Number.isFinite(lastMs) && fallsOften(reads, selector, history, lastMs);
}

/** A function of the time before each point, where that can be read. */
function overSteps(reads: QuerySource, { selector }: Counted, history: History, func: string): readonly MatrixSeries[] {
  const { startMs, endMs, stepMs, spacingMs } = history;
  const query = selector.over(func, Math.ceil(Math.max(stepMs, spacingMs) / 1000) * 1000);
  const read = readHistory(reads, { query, startMs, endMs, points: POINTS, maxSeries: MAX_SERIES, counts: true, like: history });
  return read.ok ? read.value.series : [];
}

/**
 * PromQL of the highest within `$step`, what is read first and what else where that is too much: of a metric among its samples, of an expression as
 * often as it is sampled, or every five minutes.
 */
function peaksOf(reads: QuerySource, { used, peak, inputs }: ResourceRule, history: History): readonly string[] {
  const { series, startMs, endMs, stepMs, spacingMs } = history;
  const looksOf = (count: number): number => ((endMs - startMs) * count) / MOST_LOOKS;
  if (peak !== undefined) {
    const count = inputs === undefined ? 1 : (newest(reads, inputs, endMs, HOURLY_MS)[0]?.value ?? 1);
    const burst = Math.ceil(Math.max(5 * MINUTE, 4 * spacingMs, looksOf(count)) / MINUTE) * MINUTE;
    if (!peak.includes("$burst") || burst <= Math.max(stepMs, 5 * MINUTE)) return [peak.replaceAll("$burst", formatDuration(burst))];
  }
  const bare = bareSelector(used);
  if (bare !== undefined) return [bare.over("max_over_time", Math.ceil(Math.max(stepMs, spacingMs) / 1000) * 1000)];
  const within = (query: string, everyMs: number): string =>
    `max_over_time((${query})[$step:${formatDuration(Math.ceil(everyMs / 1000) * 1000)}])`;
  if (stepMs < 5 * MINUTE) return [within(used, Math.max(spacingMs, looksOf(series.length)))];
  // Steps of 5 min are read from rollups, shorter ones from all samples.
  const seldom = Math.max(5 * MINUTE, looksOf(series.length));
  const selectors = instantSelectors(used);
  const beneath = selectors?.flatMap((selector) => newest(reads, selector, endMs, HOURLY_MS)).length ?? Infinity;
  const often = Math.max(spacingMs, looksOf(Math.max(beneath, series.length)));
  // Of many that are of one series each, that one's highest.
  const highest = beneath > 0 && beneath <= series.length ? highestOf(used, 5 * MINUTE) : undefined;
  return [...(often < 5 * MINUTE ? [within(used, often)] : []), within(highest ?? used, seldom)];
}

/** Silent for longer than it usually is between two points. */
function isGone({ timestamps }: MatrixSeries, stepMs: number, endMs: number): boolean {
  const distances = Float64Array.from({ length: timestamps.length - 1 }, (_, i) => timestamps[i + 1]! - timestamps[i]!).sort();
  const usual = Math.max(stepMs, distances[distances.length >> 1] ?? 0);
  return endMs - (timestamps.at(-1) ?? 0) > Math.max(HOURLY_MS, MISSED * usual);
}
