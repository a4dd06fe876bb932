import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { ArchiveVisit } from "./archive-visit.ts";
import { readRollup } from "./rollup-chunk.ts";
import { addPending, pendingDays } from "./pending-days.ts";
import { RESOLUTIONS } from "./rollup-tiers.ts";
import { DAY_MS, dayOf } from "./run-manifest.ts";
import type { RunEntry } from "./run-manifest.ts";
import { type OrderedKeys, orderKeys } from "./ordered-keys.ts";
import { ROLLUP } from "./run-row.ts";
import { firstAfter } from "./sample-run.ts";
import type { SeriesStore } from "./series-store.ts";
import type { TierChoice, TierRequest } from "./tier-choice.ts";
import { chooseTier, coarserTiers, hasTiers } from "./tier-choice.ts";

/**
 * Series as the request allows them: aggregates of finished days and raw samples after those. Of a day to which samples came
 * after its aggregates were made, these are made of its raw samples as they are read. Series that a tier does
 * not hold, as native histograms and what is too sparse for it, are read raw, or coarser where raw samples are gone. With
 * `visit` those that only the archive has are not gone.
 */
export function readTiered(
  store: SeriesStore,
  refs: readonly number[],
  request: TierRequest,
  nowMs: number,
  visit?: ArchiveVisit,
): SelectedSeries[] {
  const wanted = (request.maxResolutionMs ?? 0) > 0 || request.coarserWhenGone === true;
  if (!wanted || !hasTiers(store.runs.runs, request)) return store.read(refs, request.startMs, request.endMs, nowMs, visit);
  const days = rawDays(store, visit);
  const choice = chooseTier(store.runs.runs, days, request);
  if (choice === null) return store.read(refs, request.startMs, request.endMs, nowMs, visit);
  const found: SelectedSeries[] = [];
  let rest = readTier(store, refs, choice, request, nowMs, found, visit);
  if (rest.length > 0 && request.coarserWhenGone === true) {
    for (const coarser of coarserTiers(store.runs.runs, days, choice, request))
      rest = readTier(store, rest, coarser, request, nowMs, found, visit);
  }
  if (rest.length > 0) found.push(...store.read(rest, request.startMs, request.endMs, nowMs, visit));
  return found;
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
  const tails = new Map(
    store
      .read(tiered, Math.max(request.startMs, choice.untilMs), request.endMs, nowMs, visit)
      .map((series) => [series.labels, series] as const),
  );
  for (let at = 0; at < refs.length; at++) {
    const rollup = columns[at] ?? null;
    const labels = store.index.get(refs[at] as number)?.labels;
    if (rollup === null || labels === undefined) continue;
    const tail = tails.get(labels) ?? { labels, timestamps: new Float64Array(), values: new Float64Array() };
    if (rollup.ends.length > 0) found.push({ ...tail, rollup });
    else if (tail.timestamps.length > 0) found.push(tail);
  }
  return refs.filter((_, at) => columns[at] === null);
}

function rawDays(store: SeriesStore, visit: ArchiveVisit | undefined): ReadonlySet<number> {
  const days = new Set(store.blocks.days.flatMap((day) => [day, day - 1]));
  for (const run of store.runs.runs) if (run.resolutionMs === 0) days.add(run.day);
  for (const day of visit?.days ?? []) days.add(day);
  return days;
}

/** The buckets of each series; null where the tier cannot stand for its raw samples. */
function readColumns(
  store: SeriesStore,
  refs: readonly number[],
  choice: TierChoice,
  request: TierRequest,
  nowMs: number,
  visit: ArchiveVisit | undefined,
): (RollupColumns | null)[] {
  const { resolutionMs, untilMs } = choice;
  const pieces: RollupColumns[][] = refs.map(() => []);
  const first = dayOf(request.startMs - resolutionMs + 1);
  const made = store.runs.runs.filter((run) => run.resolutionMs === resolutionMs && run.day >= first && run.day * DAY_MS < untilMs);
  const pending = pendingDays(store, refs, new Set(made.map(({ day }) => day)), nowMs, visit);
  const runs = made.filter(({ day }) => !pending.has(day));
  const keys = orderKeys(refs, store.metricOf);
  for (const run of runs.sort((a, b) => a.day - b.day))
    store.runs.read(run, keys, nowMs, (row, chunk, at) => {
      if (row.kind(chunk) === ROLLUP)
        pieces[keys.places[at] as number]?.push(
          readRollup(row.reader(chunk), row.times(chunk), resolutionMs, request.needsSketches === true),
        );
    });
  const found = pieces.map((of) => of.length);
  const present = pieces.some((of) => of.length < runs.length) ? daysPresent(store, keys, runs, nowMs) : null;
  const untold = addPending(store, refs, pending, { resolutionMs, sketched: request.needsSketches === true }, nowMs, pieces, visit);
  return pieces.map((of, at) => {
    if (untold.has(at)) return null;
    // A tier of dense series alone: on a day without it the series may have been there, and sparse.
    const partial = of.length === 0 || (present !== null && (found[at] as number) < (present[at] as number));
    const useless = request.needsSketches === true && of.some((one) => one.sketches === undefined);
    return partial || useless ? null : joined(of, request.startMs - resolutionMs, untilMs, resolutionMs);
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

/** Buckets with afterMs < end <= untilMs of consecutive pieces. */
function joined(pieces: readonly RollupColumns[], afterMs: number, untilMs: number, resolutionMs: number): RollupColumns {
  const parts = pieces.map((piece) => ({ piece, from: firstAfter(piece.ends, afterMs), to: firstAfter(piece.ends, untilMs) }));
  const length = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const gather = (column: (piece: RollupColumns) => Float64Array): Float64Array => {
    const all = new Float64Array(length);
    let at = 0;
    for (const { piece, from, to } of parts) {
      const whole = column(piece);
      all.set(to - from === whole.length ? whole : whole.subarray(from, to), at);
      at += to - from;
    }
    return all;
  };
  const columns = {
    resolutionMs,
    ends: gather((piece) => piece.ends),
    counts: gather((piece) => piece.counts),
    sums: gather((piece) => piece.sums),
    mins: gather((piece) => piece.mins),
    maxs: gather((piece) => piece.maxs),
    firsts: gather((piece) => piece.firsts),
    lasts: gather((piece) => piece.lasts),
    firstTimes: gather((piece) => piece.firstTimes),
    lastTimes: gather((piece) => piece.lastTimes),
    innerIncreases: gather((piece) => piece.innerIncreases),
  };
  if (!pieces.some((piece) => piece.sketches !== undefined)) return columns;
  const sketches: (SketchBins | undefined)[] = [];
  for (const { piece, from, to } of parts) for (let i = from; i < to; i++) sketches.push(piece.sketches?.[i]);
  return { ...columns, sketches };
}
