import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { SeriesSamples } from "@sightline/shared/model/sample";
import { RunBuilder } from "./run-builder.ts";
import type { RunEntry } from "./run-manifest.ts";
import { DAY_MS, dayOf } from "./run-manifest.ts";
import { CHUNK_SAMPLES } from "./run-row.ts";
import { RunStore } from "./run-store.ts";
import { firstAfter } from "./sample-run.ts";

/** Series in the order of runs, cut into a new run of each day they touch; inside one transaction, or over several that an opening undoes (`lasting`). */
export class DayRuns {
  readonly #runs: RunStore;
  readonly #rowBytes: number;
  readonly #lasting: boolean;
  readonly #days = new Map<number, { readonly id: number; readonly builder: RunBuilder }>();
  #lastDay = NaN;
  #lastBuilder: RunBuilder | null = null;

  constructor(runs: RunStore, rowBytes: number, lasting = false) {
    this.#runs = runs;
    this.#rowBytes = rowBytes;
    this.#lasting = lasting;
  }

  add(metric: string, ref: number, samples: SeriesSamples): void {
    const { timestamps } = samples;
    for (let from = 0; from < timestamps.length;) {
      const day = dayOf(timestamps[from] as number);
      const to = firstAfter(timestamps, (day + 1) * DAY_MS, from);
      addChunks(this.#builderOf(day), metric, ref, samples, from, to);
      from = to;
    }
  }

  /** Hot path: samples without histograms, of ascending times, `times[start …)` and their values. What lies before `start` is of another series. */
  addFloats(metric: string, ref: number, times: Float64Array, values: Float64Array, start: number): void {
    const last = times[times.length - 1] as number;
    for (let from = start; from < times.length;) {
      const day = dayOf(times[from] as number);
      const to = last <= (day + 1) * DAY_MS ? times.length : firstAfter(times, (day + 1) * DAY_MS, from);
      addFloatChunks(this.#builderOf(day), metric, ref, times, values, from, to);
      from = to;
    }
  }

  #builderOf(day: number): RunBuilder {
    if (day === this.#lastDay && this.#lastBuilder !== null) return this.#lastBuilder;
    const builder = this.#days.get(day)?.builder ?? this.#begin(day);
    this.#lastDay = day;
    this.#lastBuilder = builder;
    return builder;
  }

  #begin(day: number): RunBuilder {
    const id = this.#lasting ? (this.#runs.beginLasting(1)[0] as number) : this.#runs.begin();
    const builder = new RunBuilder(this.#rowBytes, this.#runs.encode, (row, body) => this.#runs.writeRow(id, row, body));
    this.#days.set(day, { id, builder });
    return builder;
  }

  /** What was built, of one order. */
  finish(order: number, nowMs: number): RunEntry[] {
    return [...this.#days].flatMap(([day, { id, builder }]) => {
      const built = builder.finish();
      return built === null ? [] : [RunStore.entry(built, { id, order, day, level: 0, resolutionMs: 0, nowMs })];
    });
  }
}

/** The samples [from, to) of a series as chunks: not too long, and of floats or histograms alone. */
export function addChunks(builder: RunBuilder, metric: string, ref: number, samples: SeriesSamples, from: number, to: number): void {
  const { timestamps, values, histograms } = samples;
  if (histograms === undefined) {
    addFloatChunks(builder, metric, ref, timestamps, values, from, to);
    return;
  }
  for (let start = from; start < to;) {
    const end = chunkEnd(histograms, start, Math.min(to, start + CHUNK_SAMPLES));
    if (histograms[start] === undefined) builder.floats(metric, ref, timestamps, values, start, end);
    else {
      const column = histograms.slice(start, end).filter((one) => one !== undefined);
      builder.histograms(metric, ref, timestamps, column, start, end);
    }
    start = end;
  }
}

function addFloatChunks(
  builder: RunBuilder,
  metric: string,
  ref: number,
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
): void {
  for (let start = from; start < to; start += CHUNK_SAMPLES)
    builder.floats(metric, ref, times, values, start, start + CHUNK_SAMPLES < to ? start + CHUNK_SAMPLES : to);
}

function chunkEnd(histograms: readonly (NativeHistogram | undefined)[], from: number, limit: number): number {
  const isHistogram = histograms[from] !== undefined;
  let to = from + 1;
  while (to < limit && (histograms[to] !== undefined) === isHistogram) to++;
  return to;
}
