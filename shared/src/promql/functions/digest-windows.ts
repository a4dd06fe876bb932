/** Windows over native histograms of which the past is in buckets: what their digests hold, and the samples after them. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { isStepwise, type Window, type WindowFunction, type WindowValue } from "../select/window.ts";
import type { WindowSeries } from "../select/window-series.ts";

/** Where a window has come to, buckets bLo…bHi-1 and floats fLo…fHi-1. */
type Place = Pick<Window, "fLo" | "fHi" | "startMs" | "endMs"> & { readonly bLo: number; readonly bHi: number };

/** One object is moved from step to step. Floats and histograms of one window are told apart as in any other. */
export class DigestWindows {
  readonly #window: Window;
  readonly #counts: Float64Array;
  /** Where the histograms, and the floats, of each bucket begin; one more than there are buckets. */
  readonly #histogramsFrom: Int32Array;
  readonly #floatsFrom: Int32Array;
  readonly #rawTimes: Float64Array;
  #rawLo = 0;
  #rawHi = 0;

  constructor(series: WindowSeries, rollup: RollupColumns) {
    const { ends, counts, firsts, lasts, firstTimes, lastTimes, digests = [] } = rollup;
    const histograms: NativeHistogram[] = [];
    const histogramTimes: number[] = [];
    const floats: number[] = [];
    const floatTimes: number[] = [];
    this.#histogramsFrom = new Int32Array(ends.length + 1);
    this.#floatsFrom = new Int32Array(ends.length + 1);
    for (let b = 0; b < ends.length; b++) {
      const digest = digests[b] ?? [];
      const edges = [firstTimes[b] as number, lastTimes[b] as number];
      digest.forEach((histogram, i) => {
        histograms.push(histogram);
        histogramTimes.push(edges[Math.min(i, 1)] as number);
      });
      if (digest.length === 0) {
        floats.push(firsts[b] as number, lasts[b] as number);
        floatTimes.push(...edges);
      }
      this.#histogramsFrom[b + 1] = histograms.length;
      this.#floatsFrom[b + 1] = floats.length;
    }
    const whole: WindowSeries = {
      ...series,
      histograms: [...histograms, ...series.histograms],
      histogramTimes: joined(histogramTimes, series.histogramTimes),
      floats: joined(floats, series.floats),
      floatTimes: joined(floatTimes, series.floatTimes),
    };
    this.#counts = counts;
    this.#rawTimes = series.histogramTimes;
    this.#window = { series: whole, fLo: 0, fHi: 0, hLo: 0, hHi: 0, startMs: 0, endMs: 0, evalMs: 0, step: 0, histogramCount: 0 };
  }

  /** False where no histogram lies in the window. Windows come in order of time. */
  move(place: Place): boolean {
    const w = this.#window;
    const raw = this.#rawTimes;
    while (this.#rawHi < raw.length && (raw[this.#rawHi] as number) <= place.endMs) this.#rawHi++;
    while (this.#rawLo < this.#rawHi && (raw[this.#rawLo] as number) <= place.startMs) this.#rawLo++;
    [w.hLo, w.hHi] = joinedRange(this.#histogramsFrom, place, this.#rawLo, this.#rawHi);
    if (w.hLo === w.hHi) return false;
    [w.fLo, w.fHi] = joinedRange(this.#floatsFrom, place, place.fLo, place.fHi);
    w.startMs = place.startMs;
    w.endMs = place.endMs;
    // Of floats, too: beside those nothing asks how many histograms there are.
    w.histogramCount = this.#rawHi - this.#rawLo + place.fHi - place.fLo;
    for (let b = place.bLo; b < place.bHi; b++) w.histogramCount += this.#counts[b] as number;
    return true;
  }

  /** What `fn` gives for the window. */
  *value(fn: WindowFunction, pace: Pace): Stepwise<WindowValue> {
    const result = fn(this.#window, pace);
    return isStepwise(result) ? yield* result : result;
  }

  /** Samples in the window. */
  get count(): number {
    return this.#window.histogramCount ?? 0;
  }

  /** Whether some of them are floats. */
  get hasFloats(): boolean {
    return this.#window.fLo < this.#window.fHi;
  }
}

/** Not by arguments: there may be more samples than a call takes. */
function joined(first: readonly number[], second: Float64Array): Float64Array {
  const out = new Float64Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

/** Of what lies in buckets and, behind all of that, samples lo…hi-1. */
function joinedRange(from: Int32Array, { bLo, bHi }: Place, lo: number, hi: number): [number, number] {
  const past = from[from.length - 1] as number;
  const end = hi > lo ? past + hi : (from[bHi] as number);
  return [bLo < bHi ? (from[bLo] as number) : hi > lo ? past + lo : end, end];
}
