import type { RollupColumns } from "@sightline/shared/model/rollup";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { ArchiveVisit } from "./archive-visit.ts";
import { BucketGather } from "./bucket-gather.ts";
import { pendingDays, readPending } from "./pending-days.ts";
import { RESOLUTIONS } from "./rollup-tiers.ts";
import { DAY_MS, aggregateOrders, dayOf } from "./run-manifest.ts";
import type { RunEntry } from "./run-manifest.ts";
import { type OrderedKeys, orderKeys } from "./ordered-keys.ts";
import type { SeriesStore } from "./series-store.ts";
import type { TierChoice, TierRequest } from "./tier-choice.ts";
import { chooseTier, coarserTiers, hasTiers } from "./tier-choice.ts";

/**
 * Series as the request allows them: aggregates of finished days and raw samples after those. Of a day to which samples came
 * after its aggregates were made, these are made of its raw samples as they are read. Series that a tier does
 * not hold, as what is too sparse for it and native histograms where it is not the coarsest, are read raw, or coarser where raw samples are gone. With
 * `visit` those that only the archive has are not gone.
 */
export function readTiered(
  store: SeriesStore,
  refs: readonly number[],
  request: TierRequest,
  nowMs: number,
  visit?: ArchiveVisit,
): SelectedSeries[] {
  if (!takesAggregates(request) || !hasTiers(store.runs.runs, request))
    return store.read(refs, request.startMs, request.endMs, nowMs, visit);
  const days = rawDays(store, visit);
  const choice = chooseTier(store.runs.runs, days, request);
  if (choice === null) return store.read(refs, request.startMs, request.endMs, nowMs, visit);
  const found: SelectedSeries[] = [];
  let rest = readTier(store, refs, choice, request, nowMs, found, visit);
  if (rest.length > 0 && request.coarserWhenGone === true) {
    for (const coarser of coarserTiers(store.runs.runs, days, choice, request))
      rest = readTier(store, rest, coarser, request, nowMs, found, visit);
  }
  return rest.length === 0 ? found : [...found, ...store.read(rest, request.startMs, request.endMs, nowMs, visit)];
}

export const takesAggregates = ({ maxResolutionMs = 0, coarserWhenGone }: TierRequest): boolean =>
  maxResolutionMs > 0 || coarserWhenGone === true;

/** The end, ms, of the last day asked for of which only aggregates are left, and no archive has more; -Infinity without any. */
export function goneUntil(store: SeriesStore, { startMs, endMs }: TierRequest): number {
  const raw = new Set(rawDays(store, undefined));
  for (const { day } of store.retention.catalog.runs) raw.add(day);
  const first = dayOf(startMs + 1);
  const last = dayOf(endMs);
  const isGone = ({ resolutionMs, day }: RunEntry): boolean => resolutionMs > 0 && day >= first && day <= last && !raw.has(day);
  return store.runs.runs.reduce((until, run) => (isGone(run) ? Math.max(until, (run.day + 1) * DAY_MS) : until), -Infinity);
}

/** Adds the series that the tier can stand for; returns the others. */
function readTier(
  store: SeriesStore,
  refs: readonly number[],
  choice: TierChoice,
  request: TierRequest,
  nowMs: number,
  found: SelectedSeries[],
  visit: ArchiveVisit | undefined,
): readonly number[] {
  const columns = readColumns(store, refs, choice, request, nowMs, visit);
  const tiered = refs.filter((_, at) => columns[at] !== null);
  const tails = store.readPlaces(tiered, Math.max(request.startMs, choice.untilMs), request.endMs, nowMs, visit);
  let place = 0;
  for (let at = 0; at < refs.length; at++) {
    const rollup = columns[at] ?? null;
    if (rollup === null) continue;
    const own = tails[place++] ?? null;
    const labels = own?.labels ?? store.index.labels(refs[at] as number);
    if (labels === undefined) continue;
    const tail = own ?? { labels, timestamps: new Float64Array(), values: new Float64Array() };
    if (rollup.ends.length > 0) found.push({ ...tail, rollup });
    else if (tail.timestamps.length > 0) found.push(tail);
  }
  return refs.filter((_, at) => columns[at] === null);
}

/** Days whose raw samples are there. What came after those had left, later than the aggregates of them, stands for no day. */
function rawDays(store: SeriesStore, visit: ArchiveVisit | undefined): ReadonlySet<number> {
  const days = new Set(store.blocks.days.flatMap((day) => [day, day - 1]));
  const { runs } = store.runs;
  const orders = aggregateOrders(runs);
  for (const run of runs) if (run.resolutionMs === 0 && run.order <= (orders.get(run.day) ?? Infinity)) days.add(run.day);
  for (const day of visit?.days ?? []) days.add(day);
  return days;
}

/** The buckets of each series; null where the tier cannot stand for its raw samples, but also without distributions where those of some day have left. */
function readColumns(
  store: SeriesStore,
  refs: readonly number[],
  choice: TierChoice,
  request: TierRequest,
  nowMs: number,
  visit: ArchiveVisit | undefined,
): (RollupColumns | null)[] {
  const { resolutionMs, untilMs, goneMs } = choice;
  const sketched = request.needsSketches === true;
  const first = dayOf(request.startMs - resolutionMs + 1);
  const made = store.runs.runs.filter((run) => run.resolutionMs === resolutionMs && run.day >= first && run.day * DAY_MS < untilMs);
  const pending = pendingDays(store, refs, new Set(made.map(({ day }) => day)), nowMs, visit);
  const runs = made.filter(({ day }) => !pending.has(day));
  const keys = orderKeys(refs, store.metricOf);
  const terms = { resolutionMs, afterMs: request.startMs - resolutionMs, untilMs, goneMs, sketched, chunks: runs.length + pending.size };
  const gathers = refs.map(() => new BucketGather(terms));
  for (const run of made.toSorted((a, b) => a.day - b.day)) {
    const columns = pending.has(run.day) ? readPending(store, refs, run.day, { resolutionMs, sketched }, nowMs, visit) : null;
    for (const [at, one] of columns ?? []) gathers[at]?.append(one);
    if (columns !== null) continue;
    store.runs.read(run, keys, nowMs, (row, chunk, at) => {
      gathers[keys.places[at] as number]?.read(row.kind(chunk), row.reader(chunk), row.times(chunk));
    });
  }
  // Made by a build that left native histograms out, which are still there raw.
  const raw = rawDays(store, visit);
  const incomplete = runs.some((run) => run.digests !== true && raw.has(run.day));
  const isGone = runs.some((run) => !raw.has(run.day));
  const present = gathers.some(({ chunks }) => chunks < runs.length) ? daysPresent(store, keys, runs, nowMs) : null;
  return gathers.map((gather, at) => {
    // A tier of dense series alone: on a day without it the series may have been there, and sparse.
    const partial = gather.empty || (present !== null && gather.chunks < (present[at] as number));
    return partial || (incomplete && gather.hasDigests) || (sketched && gather.sketchless && !isGone) ? null : gather.finish();
  });
}

/** On how many of the runs' days each series has any samples; the coarsest tier holds every series. */
function daysPresent(store: SeriesStore, keys: OrderedKeys, runs: readonly RunEntry[], nowMs: number): Uint32Array {
  const days = new Set(runs.map((run) => run.day));
  const counts = new Uint32Array(keys.refs.length);
  for (const run of store.runs.runs) {
    if (run.resolutionMs !== RESOLUTIONS.at(-1) || !days.has(run.day)) continue;
    store.runs.read(run, keys, nowMs, (_row, _chunk, at) => {
      const place = keys.places[at] as number;
      counts[place] = (counts[place] as number) + 1;
    });
  }
  return counts;
}
