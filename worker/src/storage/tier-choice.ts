import type { RunEntry } from "./run-manifest.ts";
import { DAY_MS, dayOf } from "./run-manifest.ts";
import { RESOLUTIONS } from "./rollup-tiers.ts";

/** What a reader can use; `SelectRequest` of the engine is one. */
export interface TierRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly maxResolutionMs?: number;
  readonly coarserWhenGone?: true;
  readonly needsSketches?: true;
}

/** Aggregates up to `untilMs`, a multiple of their resolution, and raw samples after it. */
export interface TierChoice {
  readonly resolutionMs: number;
  readonly untilMs: number;
  /** The end of the last day asked for of which raw samples are gone; -Infinity without any. */
  readonly goneMs: number;
}

/** Only these buckets tell distributions, ms. */
const SKETCHED = RESOLUTIONS.at(-1) ?? 0;

/** Whether there are aggregates of any of the days asked for. */
export function hasTiers(runs: readonly RunEntry[], { startMs, endMs }: TierRequest): boolean {
  const first = dayOf(startMs + 1);
  const last = dayOf(Math.min(endMs, 8e15));
  return runs.some((run) => run.resolutionMs > 0 && run.day >= first && run.day <= last);
}

/**
 * The coarsest tier that the request allows and that has every finished day from its start on; where raw samples are
 * gone, the finest one that has those days, if the request takes it. Null: raw samples only.
 */
export function chooseTier(runs: readonly RunEntry[], rawDays: ReadonlySet<number>, request: TierRequest): TierChoice | null {
  const first = dayOf(request.startMs + 1);
  const last = dayOf(Math.min(request.endMs, 8e15));
  const tiers = RESOLUTIONS.map((resolutionMs) => ({ resolutionMs, days: daysOf(runs, resolutionMs, first, last) }));
  const raw = [...rawDays].filter((day) => day >= first && day <= last);
  const gone = [...new Set(tiers.flatMap(({ days }) => [...days]))].filter((day) => !rawDays.has(day));
  const lastGone = gone.reduce((a, b) => Math.max(a, b), -Infinity);
  const allowed = request.maxResolutionMs ?? 0;
  for (const { resolutionMs, days } of tiers.toReversed()) {
    if (resolutionMs > allowed || (request.needsSketches === true && resolutionMs !== SKETCHED)) continue;
    const open = raw.reduce((day, one) => (days.has(one) ? day : Math.min(day, one)), Infinity);
    const covered = [...days].filter((day) => day < open).reduce((a, b) => Math.max(a, b), -Infinity);
    if (gone.every((day) => days.has(day)) && covered >= lastGone && covered > -Infinity)
      return until(resolutionMs, covered, request, lastGone);
  }
  if (request.coarserWhenGone !== true || gone.length === 0) return null;
  const has = ({ days }: (typeof tiers)[number]): boolean => request.needsSketches !== true && gone.every((day) => days.has(day));
  const finest = tiers.find(has) ?? tiers.at(-1);
  return finest === undefined ? null : until(finest.resolutionMs, lastGone, request, lastGone);
}

/** Tiers coarser than the one chosen that still have days whose raw samples are gone; none where none are gone. */
export function coarserTiers(
  runs: readonly RunEntry[],
  rawDays: ReadonlySet<number>,
  choice: TierChoice,
  request: TierRequest,
): TierChoice[] {
  const first = dayOf(request.startMs + 1);
  const last = dayOf(Math.min(request.endMs, 8e15));
  return RESOLUTIONS.filter((resolutionMs) => resolutionMs > choice.resolutionMs).flatMap((resolutionMs) => {
    const gone = [...daysOf(runs, resolutionMs, first, last)].filter((day) => !rawDays.has(day));
    const lastGone = Math.max(...gone);
    const found = gone.length === 0 ? null : until(resolutionMs, lastGone, request, lastGone);
    return found === null ? [] : [found];
  });
}

function until(resolutionMs: number, day: number, request: TierRequest, gone: number): TierChoice | null {
  const untilMs = Math.min((day + 1) * DAY_MS, Math.floor(request.endMs / resolutionMs) * resolutionMs);
  return untilMs > request.startMs - resolutionMs ? { resolutionMs, untilMs, goneMs: (gone + 1) * DAY_MS } : null;
}

function daysOf(runs: readonly RunEntry[], resolutionMs: number, first: number, last: number): ReadonlySet<number> {
  const days = new Set<number>();
  for (const run of runs) if (run.resolutionMs === resolutionMs && run.day >= first && run.day <= last) days.add(run.day);
  return days;
}
