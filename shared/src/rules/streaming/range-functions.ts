/** PromQL range functions over a ring, by the definitions of Prometheus's promql/functions.go. NaN means no result. */
import type { SampleRing } from "./sample-ring.ts";

/** `fromMs` exclusive to `toMs`, the time of evaluation. `absent` when there is no result (NaN can be one). */
export interface RangeResult {
  value: number;
  absent: boolean;
}

export type RangeFunction = (ring: SampleRing, fromMs: number, toMs: number, out: RangeResult) => void;

type Fold = (ring: SampleRing, first: number) => number;

const over =
  (fold: Fold): RangeFunction =>
  (ring, fromMs, _toMs, out) => {
    const first = ring.firstAfter(fromMs);
    out.absent = first >= ring.length;
    out.value = out.absent ? 0 : fold(ring, first);
  };

const sum: Fold = (ring, first) => {
  // Kahan–Neumaier, as the engine sums.
  let total = 0;
  let lost = 0;
  for (let i = first; i < ring.length; i++) {
    const value = ring.value(i);
    const next = total + value;
    if (Number.isFinite(next)) lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
};

const least: Fold = (ring, first) => {
  let value = ring.value(first);
  for (let i = first + 1; i < ring.length; i++) if (ring.value(i) < value || value !== value) value = ring.value(i);
  return value;
};

const greatest: Fold = (ring, first) => {
  let value = ring.value(first);
  for (let i = first + 1; i < ring.length; i++) if (ring.value(i) > value || value !== value) value = ring.value(i);
  return value;
};

/** Growth extrapolated to the ends of the range (functions.go: extrapolatedRate). */
const extrapolated =
  (isRate: boolean): RangeFunction =>
  (ring, fromMs, toMs, out) => {
    const first = ring.firstAfter(fromMs);
    const last = ring.length - 1;
    out.absent = last - first < 1;
    if (out.absent) return;
    const growth = ring.growth(first);
    let toStart = (ring.time(first) - fromMs) / 1000;
    let toEnd = (toMs - ring.time(last)) / 1000;
    const sampled = (ring.time(last) - ring.time(first)) / 1000;
    const spacing = sampled / (last - first);
    const threshold = spacing * 1.1;
    if (toStart >= threshold) toStart = spacing / 2;
    if (growth > 0 && ring.value(first) >= 0) toStart = Math.min(toStart, sampled * (ring.value(first) / growth));
    if (toEnd >= threshold) toEnd = spacing / 2;
    let factor = (sampled + toStart + toEnd) / sampled;
    if (isRate) factor /= (toMs - fromMs) / 1000;
    out.value = growth * factor;
  };

export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map([
  ["rate", extrapolated(true)],
  ["increase", extrapolated(false)],
  ["avg_over_time", over((ring, first) => sum(ring, first) / (ring.length - first))],
  ["sum_over_time", over(sum)],
  ["min_over_time", over(least)],
  ["max_over_time", over(greatest)],
  ["count_over_time", over((ring, first) => ring.length - first)],
  ["last_over_time", over((ring) => ring.value(ring.length - 1))],
]);
