/**
 * Multi-window, multi-burn-rate alerts (Google SRE workbook, chapter 5): a burn is reported when both a long window and
 * a short one, a twelfth of it, spend the budget `factor` times faster than the objective allows.
 */
import type { Severity } from "../model/alert.ts";
import type { BurnRate } from "../model/slo.ts";

export interface BurnWindow {
  readonly name: string;
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
  readonly severity: Severity;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const BURN_WINDOWS: readonly BurnWindow[] = [
  { name: "1h", longMs: HOUR, shortMs: 5 * MINUTE, factor: 14.4, severity: "critical" },
  { name: "6h", longMs: 6 * HOUR, shortMs: 30 * MINUTE, factor: 6, severity: "critical" },
  { name: "1d", longMs: 24 * HOUR, shortMs: 2 * HOUR, factor: 3, severity: "error" },
  { name: "3d", longMs: 72 * HOUR, shortMs: 6 * HOUR, factor: 1, severity: "warning" },
];

/** Below this many bad events in the long window nobody is woken: one failure of three requests is no trend. */
export const MIN_BAD_EVENTS = 5;

/** How many times faster than allowed the budget is spent; 0 without events. */
export const burnRate = (good: number, total: number, objective: number): number =>
  total > 0 ? Math.max(0, 1 - good / total) / (1 - objective) : 0;

/** `count(ms)` gives good and total events of the last `ms`. */
export function judgeBurn(
  window: BurnWindow,
  objective: number,
  count: (ms: number) => { readonly good: number; readonly total: number },
): BurnRate {
  const inLong = count(window.longMs);
  const inShort = count(window.shortMs);
  const long = burnRate(inLong.good, inLong.total, objective);
  const short = burnRate(inShort.good, inShort.total, objective);
  const enough = inLong.total - inLong.good >= MIN_BAD_EVENTS;
  const { longMs, shortMs, factor } = window;
  return { longMs, shortMs, factor, long, short, firing: enough && long >= factor && short >= factor };
}
