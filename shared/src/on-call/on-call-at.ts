import { handoverBefore, handoversOf } from "./rotation.ts";
import type { DutyWindow, Layer, Schedule } from "./schedule.ts";
import { instantOf, onDay, parseMinutes, parseWall, wallAt, weekdayOf } from "./wall-clock.ts";

/** Start and end, ms, of the window that begins on the day `days` after that of `ms`; null when none does. */
export function windowOn(window: DutyWindow, timeZone: string, ms: number, days: number): readonly [number, number] | null {
  const from = parseMinutes(window.from);
  const to = parseMinutes(window.to);
  if (from === null || to === null) return null;
  const begins = onDay(wallAt(ms, timeZone), days, from);
  if (window.weekdays !== undefined && !window.weekdays.includes(weekdayOf(begins))) return null;
  return [instantOf(begins, timeZone), instantOf(onDay(begins, to > from ? 0 : 1, to), timeZone)];
}

/** A window of at most a day that holds `ms` began on its day or the one before; two before where a zone skipped a day. */
function onDuty({ windows, timeZone }: Layer, ms: number): boolean {
  if (windows === undefined || windows.length === 0) return true;
  return windows.some((window) =>
    [-2, -1, 0].some((days) => {
      const held = windowOn(window, timeZone, ms, days);
      return held !== null && held[0] <= ms && ms < held[1];
    }),
  );
}

function turnAt(layer: Layer, ms: number): string | null {
  const handovers = handoversOf(layer);
  if (handovers === null || layer.users.length === 0) return null;
  const end = layer.end === undefined ? null : parseWall(layer.end);
  if (end !== null && ms >= instantOf(end, layer.timeZone)) return null;
  const turn = handoverBefore(handovers, ms);
  return turn === -1 || !onDuty(layer, ms) ? null : (layer.users[turn % layer.users.length] ?? null);
}

/** Null when nobody is. `source`: the layer's name, or `override`. */
export function onCallAt(schedule: Schedule, ms: number): { readonly user: string; readonly source: string } | null {
  const standIn = schedule.overrides.findLast(({ startMs, endMs }) => startMs <= ms && ms < endMs);
  if (standIn !== undefined) return { user: standIn.user, source: "override" };
  for (const layer of schedule.layers.toReversed()) {
    const user = turnAt(layer, ms);
    if (user !== null) return { user, source: layer.name };
  }
  return null;
}
