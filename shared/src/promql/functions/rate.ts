/** rate, increase and delta: extrapolated to the window's ends (Prometheus `extrapolatedRate`). */
import { startedAnew, startsInside } from "../select/counter-starts.ts";
import type { Window } from "../select/window.ts";
import type { WindowSeries } from "../select/window-series.ts";

/** `change` and what the resets among the window's floats took away. */
function corrected(change: number, { fLo, fHi, series }: Window): number {
  let sum = change;
  for (let i = fLo + 1; i < fHi; i++) if (isReset(series, i)) sum += series.floats[i - 1] as number;
  return sum;
}

/** Whether the float at `i` counts from zero again: it is less than the one before, or its counting began after that. */
export function isReset({ floats, floatTimes, starts }: WindowSeries, i: number): boolean {
  if ((floats[i] ?? 0) < (floats[i - 1] ?? 0)) return true;
  return starts !== undefined && startedAnew(starts[i - 1] ?? 0, floatTimes[i - 1] ?? 0, starts[i] ?? 0, floatTimes[i] ?? 0);
}

/** How much the change between first and last sample is stretched to stand for the whole window. `zeroStart`: value at the first sample of a counter, or undefined. */
export function extrapolationFactor(
  window: Pick<Window, "startMs" | "endMs">,
  firstMs: number,
  lastMs: number,
  samples: number,
  zero: { first: number; change: number } | undefined,
): number {
  const sampled = (lastMs - firstMs) / 1000;
  const between = sampled / (samples - 1);
  const threshold = between * 1.1;
  let toStart = (firstMs - window.startMs) / 1000;
  let toEnd = (window.endMs - lastMs) / 1000;
  if (toStart >= threshold) toStart = between / 2;
  if (zero !== undefined && zero.change > 0 && zero.first >= 0) {
    const toZero = sampled * (zero.first / zero.change);
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = between / 2;
  return (sampled + toStart + toEnd) / sampled;
}

export function extrapolatedFloat(window: Window, counter: boolean, perSecond: boolean): number | undefined {
  const { fLo, fHi, series } = window;
  if (counter && beginsInside(window)) return fromStart(window, perSecond);
  if (fHi - fLo < 2) return undefined;
  const { floats, floatTimes } = series;
  const first = floats[fLo] ?? 0;
  let change = (floats[fHi - 1] ?? 0) - first;
  if (counter) change = corrected(change, window);
  const factor = extrapolationFactor(
    window,
    floatTimes[fLo] ?? 0,
    floatTimes[fHi - 1] ?? 0,
    fHi - fLo,
    counter ? { first, change } : undefined,
  );
  return change * (perSecond ? factor / ((window.endMs - window.startMs) / 1000) : factor);
}

/** Whether the counter of the window's first float is known to have been zero inside the window: one sample is enough then. */
export function beginsInside({ fLo, fHi, series: { starts, floatTimes }, startMs }: Window): boolean {
  return starts !== undefined && fLo < fHi && startsInside(starts[fLo] ?? 0, startMs, floatTimes[fLo] ?? 0);
}

/** From the zero at the counter's start, which nothing need be guessed before; after the last sample as ever. */
function fromStart(window: Window, perSecond: boolean): number {
  const { fLo, fHi, series, startMs, endMs } = window;
  const { floats, floatTimes, starts } = series;
  const change = corrected(floats[fHi - 1] ?? 0, window);
  const lastMs = floatTimes[fHi - 1] ?? 0;
  const counted = (lastMs - (starts?.[fLo] ?? 0)) / 1000;
  const between = fHi - fLo > 1 ? (lastMs - (floatTimes[fLo] ?? 0)) / 1000 / (fHi - fLo - 1) : 0;
  let toEnd = (endMs - lastMs) / 1000;
  if (toEnd >= between * 1.1) toEnd = between / 2;
  const whole = change * ((counted + toEnd) / counted);
  return perSecond ? whole / ((endMs - startMs) / 1000) : whole;
}
