import { addHistograms } from "@sightline/shared/aggregation/histogram-sum";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { formatLabels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import type { SeriesSamples, Temporality } from "@sightline/shared/model/sample";
import type { Evaluation } from "../rules/api.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { ACCEPTED, DUPLICATE, LATE, OVERWRITTEN, TOO_NEW, TOO_OLD } from "../storage/series-store.ts";
import { judgeSeries } from "./admission.ts";
import type { LiveFeed } from "./live-feed.ts";

/** The refusal of a sample, by the store's verdict. */
const REFUSALS: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  [TOO_OLD]: {
    code: "too_old",
    message: "is more than 30 min behind the newest sample of its series, or older than the retention; it was dropped",
  },
  [TOO_NEW]: { code: "too_new", message: "lies more than 10 min in the future; it was dropped, check the sender's clock" },
};

/** What became of one column. `refused` is the first refusal, by verdict or as the code of a failure. */
export interface ColumnOutcome {
  accepted: number;
  rejected: number;
  refused: { readonly code: string; readonly message: string } | null;
}

/** Brings columns into the store and before the evaluation; counts what it refuses. */
export class SampleWriter {
  readonly #store: SeriesStore;
  readonly #evaluation: Evaluation;
  readonly #feed: LiveFeed;
  /** Running totals of delta histograms whose last value was needed since opening. */
  readonly #totals = new Map<number, NativeHistogram>();
  readonly counts: Record<string, number> = {};
  samples = 0;

  constructor(store: SeriesStore, evaluation: Evaluation, feed: LiveFeed) {
    this.#store = store;
    this.#evaluation = evaluation;
    this.#feed = feed;
  }

  /** The ref of a label set, admitted if it is new. Failures: those of `judgeSeries` and `series_limit`. */
  resolve(labels: Labels, metadata: MetricMetadata, temporality: Temporality): Result<number> {
    const known = this.#store.index.find(labels);
    if (known !== undefined) return { ok: true, value: known };
    const refusal = judgeSeries(labels);
    if (refusal !== null) return { ok: false, error: refusal };
    const added = this.#store.resolve(labels, metadata);
    if (!added.ok) return added;
    const own = this.#store.index.get(added.value)?.labels ?? labels;
    this.#evaluation.addSeries(added.value, own, metadata, temporality === "delta");
    return added;
  }

  count(code: string, by: number): void {
    this.counts[code] = (this.counts[code] ?? 0) + by;
  }

  /** Hot path. Deltas become the running total; a delta that comes late counts at the time of the newest sample. */
  write(ref: number, temporality: Temporality, column: SeriesSamples, nowMs: number): ColumnOutcome {
    const { timestamps, values, histograms } = column;
    const store = this.#store;
    const head = store.head;
    const outcome: ColumnOutcome = { accepted: 0, rejected: 0, refused: null };
    const delta = temporality === "delta";
    for (let i = 0; i < timestamps.length; i++) {
      let t = timestamps[i] as number;
      let value = values[i] as number;
      let histogram = histograms?.[i];
      const last = head.lastTime[ref] as number;
      if (delta) {
        if (t < last) t = last;
        if (histogram !== undefined) histogram = this.#total(ref, histogram, nowMs);
        else if (last !== -Infinity) value += head.lastValue[ref] as number;
      }
      const verdict = histogram === undefined ? store.append(ref, t, value, nowMs) : store.appendHistogram(ref, t, histogram, nowMs);
      if (verdict >= TOO_OLD) {
        outcome.rejected += 1;
        const refusal = REFUSALS[verdict];
        if (refusal === undefined) continue;
        this.count(refusal.code, 1);
        outcome.refused ??= {
          code: refusal.code,
          message: `a sample of ${formatLabels(store.index.get(ref)?.labels ?? {})} ${refusal.message}`,
        };
        continue;
      }
      outcome.accepted += 1;
      if (verdict === DUPLICATE) this.count("duplicate", 1);
      else if (verdict === OVERWRITTEN && !delta) this.count("overwritten", 1);
      else if (verdict === LATE) this.count("out_of_order", 1);
      if (verdict === DUPLICATE) continue;
      if (delta && histogram !== undefined) this.#totals.set(ref, histogram);
      if (verdict === ACCEPTED) {
        if (histogram === undefined) this.#evaluation.observe(ref, t, value);
        else this.#evaluation.observeHistogram(ref, t, histogram);
      }
      if (this.#feed.active) this.#feed.offer(ref, t, value, histogram);
    }
    this.samples += outcome.accepted;
    return outcome;
  }

  #total(ref: number, histogram: NativeHistogram, nowMs: number): NativeHistogram {
    const before = this.#totals.get(ref) ?? this.#store.lastHistogram(ref, nowMs);
    if (before === undefined) return histogram;
    const sum = addHistograms(before, histogram);
    // Bounds that changed begin a new count, which readers see as a counter reset.
    return sum.ok ? sum.value : histogram;
  }
}
