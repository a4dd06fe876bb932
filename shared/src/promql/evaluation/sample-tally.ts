/**
 * How many samples a query was answered from, as `totalQueryableSamples` of Prometheus's statistics counts them (promql/engine.go):
 * at every step the one sample of each series that a selector gives, or all that lie in a window, again where windows overlap.
 * Of a subquery that a function slides over, its values are counted and not the samples behind them. A native histogram counts
 * by its size, of which a float's sample with its time is the unit.
 */
import type { NativeHistogram } from "../../model/histogram.ts";
import { windowBounds } from "../select/window-bounds.ts";
import type { WindowSeries } from "../select/window-series.ts";
import type { Pace, Stepwise } from "./pace.ts";
import { type Column, FLOAT, HISTOGRAM, type Steps } from "./steps.ts";

export interface SampleTally {
  samples: number;
}

/** Bytes of a float's value and time; of a histogram without its slices, with its time; of a span, a bucket, a bound. */
const SAMPLE_BYTES = 16;
const HISTOGRAM_BYTES = 176;
const ELEMENT_BYTES = 8;

/** More or less what it holds. */
export function bytesOfHistogram(h: NativeHistogram): number {
  const spans = h.positiveSpans.length + h.negativeSpans.length;
  const elements = spans + h.positiveBuckets.length + h.negativeBuckets.length + (h.customValues?.length ?? 0);
  return HISTOGRAM_BYTES + elements * ELEMENT_BYTES;
}

const samplesOfHistogram = (h: NativeHistogram): number => Math.floor(bytesOfHistogram(h) / SAMPLE_BYTES);

const STEP_NS = 3;

/** What a selector gives; `timesOnly` where of a histogram the time is asked. */
export function* samplesOfColumns(columns: readonly Column[], timesOnly: boolean, pace: Pace): Stepwise<number> {
  let samples = 0;
  for (const { kinds, histograms } of columns) {
    if (pace.spend(kinds.length * STEP_NS)) yield;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) samples++;
      else if (kinds[step] === HISTOGRAM) samples += sizeOf(histograms?.[step], timesOnly);
    }
  }
  return samples;
}

const sizeOf = (h: NativeHistogram | undefined, timesOnly: boolean): number => (h === undefined || timesOnly ? 1 : samplesOfHistogram(h));

/** All that lie in the windows of all steps; a bucket of a rollup is one. */
export function* samplesOfWindows(series: readonly WindowSeries[], read: Steps, rangeMs: number, pace: Pace): Stepwise<number> {
  let samples = 0;
  for (const { floatTimes, histogramTimes, histograms, rollup } of series) {
    const times = floatTimes.length + histogramTimes.length + (rollup?.ends.length ?? 0);
    if (pace.spend((times + read.count) * STEP_NS)) yield;
    samples += inWindows(floatTimes, read, rangeMs);
    if (rollup !== undefined) samples += inWindows(rollup.ends, read, rangeMs);
    if (histograms.length === 0) continue;
    const sizes = new Float64Array(histograms.length + 1);
    for (const [i, h] of histograms.entries()) sizes[i + 1] = (sizes[i] as number) + samplesOfHistogram(h);
    const { lo, hi } = windowBounds(histogramTimes, read, rangeMs, undefined);
    for (let step = 0; step < read.count; step++) samples += (sizes[hi[step] as number] as number) - (sizes[lo[step] as number] as number);
  }
  return samples;
}

function inWindows(times: Float64Array, read: Steps, rangeMs: number): number {
  if (times.length === 0) return 0;
  const { lo, hi } = windowBounds(times, read, rangeMs, undefined);
  let samples = 0;
  for (let step = 0; step < read.count; step++) samples += (hi[step] as number) - (lo[step] as number);
  return samples;
}
