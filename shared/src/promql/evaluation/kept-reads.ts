/** What a query reads, read once, whatever part of its times is evaluated at a time. */
import type { SelectedSeries } from "../../model/sample.ts";
import type { Select, SelectRequest } from "../api.ts";
import { firstAfter } from "../select/first-after.ts";
import { sameButForTimes } from "./merged-requests.ts";
import { histogramBytesOf } from "./query-memory.ts";

/** What a sample is counted as. */
export const SAMPLE_BYTES = 16;
/** A bucket of a rollup counts as so many samples, its histograms besides. */
const BUCKET_SAMPLES = 10;
/** A histogram of so many bytes is one of a slice's values, as a float is. */
const VALUE_BYTES = 50;

export function samplesIn(read: readonly SelectedSeries[]): number {
  let samples = 0;
  for (const { timestamps, rollup } of read) samples += timestamps.length + (rollup?.ends.length ?? 0) * BUCKET_SAMPLES;
  return samples;
}

interface KeptRead {
  readonly request: SelectRequest;
  readonly series: readonly SelectedSeries[];
}

/** What a query reads, read once; each slice gets the part of its times. */
export class KeptReads {
  /** Of the selector that has the most. */
  series = 0;
  /** What one of its steps makes: a float each, of a histogram as much more as it is larger. */
  values = 0;
  readonly #reads: KeptRead[] = [];
  readonly #source: Select;

  constructor(source: Select) {
    this.#source = source;
  }

  /** Returns bytes. */
  add(request: SelectRequest, series: readonly SelectedSeries[]): number {
    this.#reads.push({ request, series });
    this.series = Math.max(this.series, series.length);
    let bytes = samplesIn(series) * SAMPLE_BYTES;
    let values = 0;
    for (const one of series) {
      const own = histogramBytesOf(one);
      const times = one.timestamps.length + (one.rollup?.digests?.length ?? 0);
      values += Math.max(1, own / Math.max(1, times) / VALUE_BYTES);
      bytes += own;
    }
    this.values = Math.max(this.values, values);
    return bytes;
  }

  has(request: SelectRequest): boolean {
    return this.#covering(request) !== undefined;
  }

  #covering(request: SelectRequest): KeptRead | undefined {
    return this.#reads.find((one) => covers(one.request, request));
  }

  readonly select: Select = (request) => {
    const read = this.#covering(request);
    // Aggregates that turn out to be of no use are followed by the raw samples.
    if (read === undefined) return this.#source(request);
    if (read.request.startMs === request.startMs && read.request.endMs === request.endMs) return read.series;
    // Series scraped together have their times in common, and so are their parts: what is worked out from times is, too.
    let times: Float64Array | undefined;
    let part: Float64Array = new Float64Array(0);
    let from = 0;
    let to = 0;
    const parts: SelectedSeries[] = [];
    for (const series of read.series) {
      if (series.timestamps !== times) {
        times = series.timestamps;
        from = firstAfter(times, request.startMs);
        to = firstAfter(times, request.endMs);
        part = times.subarray(from, to);
      }
      if (from === to && series.rollup === undefined) continue;
      const values = series.values.subarray(from, to);
      parts.push({
        ...series,
        timestamps: part,
        values,
        ...(series.ascending === series.values ? { ascending: values } : {}),
        ...(series.histograms === undefined ? {} : { histograms: series.histograms.slice(from, to) }),
      });
    }
    return parts;
  };
}

function covers(wide: SelectRequest, narrow: SelectRequest): boolean {
  if (wide.startMs > narrow.startMs || wide.endMs < narrow.endMs) return false;
  return sameButForTimes(wide, narrow);
}
