import type { SeriesSamples } from "@sightline/shared/model/sample";
import { type SampleRun, firstAfter } from "./sample-run.ts";

/** What is read of a series at a time. */
const WINDOW_MS = 60_000;
/** Kept until then; more is read again. */
const MOST_SAMPLES = 200_000;
const MOST_WINDOWS = 10_000;

/**
 * Packed samples of single moments, for late ones that come by the thousand: a minute of a series is read once for all of them.
 * Good as long as nothing is packed.
 */
export class SamplesAt {
  readonly #read: (ref: number, startMs: number, endMs: number, nowMs: number) => SampleRun;
  readonly #windows = new Map<number, Map<number, SeriesSamples>>();
  #windowCount = 0;
  #samples = 0;

  /** `read`: what is packed of a series with startMs < t <= endMs. */
  constructor(read: (ref: number, startMs: number, endMs: number, nowMs: number) => SampleRun) {
    this.#read = read;
  }

  /** The sample of exactly this time, as columns of one. */
  at(ref: number, t: number, nowMs: number): SeriesSamples | undefined {
    const { timestamps, values, histograms } = this.#window(ref, Math.floor(t / WINDOW_MS), nowMs);
    const place = firstAfter(timestamps, t) - 1;
    if (place < 0 || timestamps[place] !== t) return undefined;
    const one = { timestamps: timestamps.subarray(place, place + 1), values: values.subarray(place, place + 1) };
    return histograms === undefined ? one : { ...one, histograms: [histograms[place]] };
  }

  #window(ref: number, index: number, nowMs: number): SeriesSamples {
    const known = this.#windows.get(ref)?.get(index);
    if (known !== undefined) return known;
    if (this.#samples > MOST_SAMPLES || this.#windowCount >= MOST_WINDOWS) this.clear();
    // Times are whole ms.
    const found = this.#read(ref, index * WINDOW_MS - 1, (index + 1) * WINDOW_MS - 1, nowMs).settle();
    const own = this.#windows.get(ref) ?? new Map<number, SeriesSamples>();
    this.#windows.set(ref, own.set(index, found));
    this.#windowCount++;
    this.#samples += found.values.length;
    return found;
  }

  clear(): void {
    if (this.#windowCount === 0) return;
    this.#windows.clear();
    this.#windowCount = 0;
    this.#samples = 0;
  }
}
