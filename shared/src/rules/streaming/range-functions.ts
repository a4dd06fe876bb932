/** PromQL range functions over a window, by the definitions of Prometheus's promql/functions.go. */
import type { SampleWindows } from "./sample-windows.ts";

/** Of the samples from a place on, which are `fromMs` exclusive to `toMs`, the time of evaluation. */
type RangeFunction = (window: SampleWindows, from: number, fromMs: number, toMs: number) => number;

const count: RangeFunction = ({ end }, from) => (end - from) / 2;

const sum: RangeFunction = ({ samples, end }, from) => {
  // Kahan–Neumaier, as the engine sums.
  let total = 0;
  let lost = 0;
  for (let i = from + 1; i < end; i += 2) {
    const value = samples[i] as number;
    const next = total + value;
    if (Number.isFinite(next)) lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
};

const least: RangeFunction = ({ samples, end }, from) => {
  let value = samples[from + 1] as number;
  for (let i = from + 3; i < end; i += 2) if ((samples[i] as number) < value || value !== value) value = samples[i] as number;
  return value;
};

const greatest: RangeFunction = ({ samples, end }, from) => {
  let value = samples[from + 1] as number;
  for (let i = from + 3; i < end; i += 2) if ((samples[i] as number) > value || value !== value) value = samples[i] as number;
  return value;
};

/** Growth extrapolated to the ends of the range (functions.go: extrapolatedRate). */
function extrapolated(window: SampleWindows, from: number, fromMs: number, toMs: number, seconds: number): number {
  const { samples, end } = window;
  const [firstTime, firstValue, lastTime] = [samples[from] as number, samples[from + 1] as number, samples[end - 2] as number];
  const growth = window.growthFrom(from);
  let toStart = (firstTime - fromMs) / 1000;
  let toEnd = (toMs - lastTime) / 1000;
  const sampled = (lastTime - firstTime) / 1000;
  const spacing = sampled / ((end - from) / 2 - 1);
  const threshold = spacing * 1.1;
  if (toStart >= threshold) toStart = spacing / 2;
  if (growth > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / growth));
  if (toEnd >= threshold) toEnd = spacing / 2;
  return growth * ((sampled + toStart + toEnd) / sampled / seconds);
}

/** `least`: with fewer samples there is no result. Programs know them by their place. */
export const RANGE_FUNCTIONS: readonly { readonly name: string; readonly least: number; readonly of: RangeFunction }[] = [
  { name: "rate", least: 2, of: (window, from, fromMs, toMs) => extrapolated(window, from, fromMs, toMs, (toMs - fromMs) / 1000) },
  { name: "increase", least: 2, of: (window, from, fromMs, toMs) => extrapolated(window, from, fromMs, toMs, 1) },
  {
    name: "avg_over_time",
    least: 1,
    of: (window, from, fromMs, toMs) => sum(window, from, fromMs, toMs) / count(window, from, fromMs, toMs),
  },
  { name: "sum_over_time", least: 1, of: sum },
  { name: "min_over_time", least: 1, of: least },
  { name: "max_over_time", least: 1, of: greatest },
  { name: "count_over_time", least: 1, of: count },
  { name: "last_over_time", least: 1, of: ({ samples, end }) => samples[end - 1] as number },
];
