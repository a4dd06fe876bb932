import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { readRollup } from "./rollup-chunk.ts";
import { RESOLUTIONS } from "./rollup-tiers.ts";
import { DAY_MS, dayOf } from "./run-manifest.ts";
import { orderKeys } from "./run-reads.ts";
import { ROLLUP } from "./run-row.ts";
import type { SeriesStore } from "./series-store.ts";
import type { TierChoice, TierRequest } from "./tier-choice.ts";
import { chooseTier } from "./tier-choice.ts";

/**
 * Series as the request allows them: aggregates of finished days and raw samples after those. Series that a tier does
 * not hold, as native histograms and what is too sparse for it, are read raw.
 */
export function readTiered(store: SeriesStore, refs: readonly number[], request: TierRequest, nowMs: number): SelectedSeries[] {
  const { startMs, endMs } = request;
  const choice =
    (request.maxResolutionMs ?? 0) > 0 || request.coarserWhenGone === true ? chooseTier(store.runs.runs, rawDays(store), request) : null;
  if (choice === null) return store.read(refs, startMs, endMs, nowMs);
  const columns = readColumns(store, refs, choice, request, nowMs);
  const raw = refs.filter((_, at) => columns[at] === null);
  const found = raw.length === 0 ? [] : store.read(raw, startMs, endMs, nowMs);
  const tiered = refs.filter((_, at) => columns[at] !== null);
  const tails = new Map(
    store.read(tiered, Math.max(startMs, choice.untilMs), endMs, nowMs).map((series) => [series.labels, series] as const),
  );
  for (let at = 0; at < refs.length; at++) {
    const rollup = columns[at] ?? null;
    const labels = store.index.get(refs[at] as number)?.labels;
    if (rollup === null || labels === undefined) continue;
    const tail = tails.get(labels) ?? { labels, timestamps: new Float64Array(), values: new Float64Array() };
    if (rollup.ends.length > 0) found.push({ ...tail, rollup });
    else if (tail.timestamps.length > 0) found.push(tail);
  }
  return found;
}

function rawDays(store: SeriesStore): ReadonlySet<number> {
  const days = new Set(store.blocks.days.flatMap((day) => [day, day - 1]));
  for (const run of store.runs.runs) if (run.resolutionMs === 0) days.add(run.day);
  return days;
}

/** The buckets of each series; null where the tier cannot stand for its raw samples. */
function readColumns(
  store: SeriesStore,
  refs: readonly number[],
  choice: TierChoice,
  request: TierRequest,
  nowMs: number,
): (RollupColumns | null)[] {
  const { resolutionMs, untilMs } = choice;
  const pieces: RollupColumns[][] = refs.map(() => []);
  const first = dayOf(request.startMs - resolutionMs + 1);
  const runs = store.runs.runs.filter((run) => run.resolutionMs === resolutionMs && run.day >= first && run.day * DAY_MS < untilMs);
  const keys = orderKeys(refs, store.metricOf);
  for (const run of runs.sort((a, b) => a.day - b.day))
    store.runs.read(run, keys, nowMs, (row, chunk, at) => {
      if (row.kind(chunk) === ROLLUP)
        pieces[keys.places[at] as number]?.push(readRollup(row.reader(chunk), row.times(chunk), resolutionMs));
    });
  return pieces.map((of) => {
    // A tier that holds dense series alone says nothing of the days on which a series is not in it.
    const partial = resolutionMs === RESOLUTIONS[0] ? of.length < runs.length : of.length === 0;
    const useless = request.needsSketches === true && of.some((one) => one.sketches === undefined);
    return partial || useless ? null : joined(of, request.startMs - resolutionMs, untilMs, resolutionMs);
  });
}

/** Buckets with afterMs < end <= untilMs of consecutive pieces. */
function joined(pieces: readonly RollupColumns[], afterMs: number, untilMs: number, resolutionMs: number): RollupColumns {
  let length = 0;
  for (const { ends } of pieces) for (const end of ends) if (end > afterMs && end <= untilMs) length += 1;
  const gather = (column: (piece: RollupColumns) => Float64Array): Float64Array => {
    const all = new Float64Array(length);
    let to = 0;
    for (const piece of pieces) {
      const from = column(piece);
      for (let i = 0; i < from.length; i++) {
        const end = piece.ends[i] as number;
        if (end > afterMs && end <= untilMs) all[to++] = from[i] as number;
      }
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
  for (const piece of pieces)
    piece.ends.forEach((end, i) => {
      if (end > afterMs && end <= untilMs) sketches.push(piece.sketches?.[i]);
    });
  return { ...columns, sketches };
}
