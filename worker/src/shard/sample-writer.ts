import { type NativeHistogram, emptyLike } from "@sightline/shared/model/histogram";
import { spokenDuration } from "@sightline/shared/model/duration";
import type { Labels } from "@sightline/shared/model/labels";
import { formatLabels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Failure } from "@sightline/shared/model/result";
import { type SeriesSamples, type Temporality, isStale, isStaleAt, valueColumn } from "@sightline/shared/model/sample";
import type { Evaluation } from "../rules/api.ts";
import type { Writing } from "../storage/sample-judge.ts";
import type { SeriesStore, StoreBounds } from "../storage/series-store.ts";
import { ACCEPTED, CONFLICT, DUPLICATE, KEPT_FIRST, LATE, NO_SERIES, OVERWRITTEN, TOO_NEW, TOO_OLD } from "../storage/verdicts.ts";
import { isAsStored, judgeSeries } from "./admission.ts";
import { totalOf } from "./histogram-total.ts";
import type { LiveFeed } from "./live-feed.ts";
import type { RepeatedDifferences } from "./repeated-differences.ts";
import { Refusals, SKIPPED, UNTIMELY } from "./refusals.ts";

const messagesOf = ({ outOfOrderMs, retentionMs, futureMs }: StoreBounds): Readonly<Record<number, Failure>> => ({
  [TOO_OLD]: {
    code: "too_old",
    message: `is more than ${spokenDuration(outOfOrderMs)} behind the newest sample of its series, or older than the ${spokenDuration(retentionMs)} kept; it was dropped`,
  },
  [TOO_NEW]: {
    code: "too_new",
    message: `lies more than ${spokenDuration(futureMs)} in the future; it was dropped, check the sender's clock`,
  },
  [CONFLICT]: {
    code: "duplicate_timestamp",
    message: "has another value at a time that has one already, which stays; two senders may write the same series",
  },
});

const NOTES: Readonly<Record<number, string>> = {
  [DUPLICATE]: "duplicate",
  [KEPT_FIRST]: "kept_first",
  [OVERWRITTEN]: "overwritten",
  [LATE]: "out_of_order",
};

const END = valueColumn(["stale"]);

/** What became of columns: samples kept, samples refused by code, and the first refusal. */
export interface WriteOutcome {
  accepted: number;
  /** Of them, native histograms. */
  histograms: number;
  readonly rejected: Record<string, number>;
  refused: Failure | null;
}

export const emptyOutcome = (): WriteOutcome => ({ accepted: 0, histograms: 0, rejected: {}, refused: null });

/** Brings columns into the store and before the evaluation; counts what it refuses. */
export class SampleWriter {
  readonly refusals = new Refusals();
  readonly store: SeriesStore;
  readonly #evaluation: Evaluation;
  readonly #feed: LiveFeed;
  /** Running totals of delta histograms whose last value was needed since opening. */
  readonly #totals = new Map<number, NativeHistogram>();
  /** By row of the last `writeColumns`. */
  verdicts = new Uint8Array(4096);
  // One series' column, on its way to `writeColumns`.
  #refs = new Int32Array(256);
  readonly #messages: Readonly<Record<number, Failure>>;
  /** The first untimely label set of what is being written. */
  #untimely: Labels | null = null;
  samples = 0;
  /** Of them, those that came as native frames. */
  frameSamples = 0;
  /**
   * When series may last have come from other shards, ms; 0 where they never did. A total that begins is written with a zero before it then: the
   * series may have stood at any value in another shard, and only the zero tells a reader for sure that it counts anew.
   */
  movedAt = 0;

  constructor(store: SeriesStore, evaluation: Evaluation, feed: LiveFeed) {
    this.store = store;
    this.#messages = messagesOf(store.bounds);
    this.#evaluation = evaluation;
    this.#feed = feed;
  }

  /** Samples refused, by code. */
  get counts(): Readonly<Record<string, number>> {
    return this.refusals.counts;
  }

  /** Samples that are no loss and yet worth a look, by what they were: there already, late, or of a time that had another value. */
  readonly noted: Record<string, number> = {};

  /** Before the label sets of a request are judged. */
  begin(nowMs: number): void {
    this.#untimely = null;
    this.store.newestBefore.begin();
    if (this.refusals.begin(nowMs)) this.store.room.recount();
  }

  /**
   * The ref of a label set. A new one that is `timely`, which is that it brings a sample to keep, becomes a series; a negative
   * ref is of one that is refused, to be counted row by row: by `judgeSeries`, `series_limit`, `metric_series_limit` or as UNTIMELY.
   */
  refOf(labels: Labels, metadata: MetricMetadata, temporality: Temporality, timely: boolean): number {
    const known = this.store.index.find(labels);
    if (known !== undefined) {
      this.#learn(known, metadata);
      return known;
    }
    const refusal = judgeSeries(labels);
    if (refusal !== null) return this.refusals.refOf(refusal, labels);
    if (!timely) {
      this.#untimely ??= labels;
      return UNTIMELY;
    }
    const added = this.store.resolve(labels, metadata, temporality);
    if (!added.ok) return this.refusals.refOf(added.error, labels);
    this.#evaluation.addSeries(added.value, metadata, temporality === "delta", isAsStored(labels) ? labels : undefined);
    return added.value;
  }

  /** What a sender says of a family whose series are here: of a histogram or summary they bear other names. */
  learnFamily(family: string, metadata: MetricMetadata): void {
    const parts =
      metadata.type === "histogram" || metadata.type === "summary" || metadata.type === "gaugehistogram"
        ? ["", "_bucket", "_sum", "_count"]
        : [""];
    for (const suffix of parts) {
      const [ref] = this.store.index.refsOfMetric(`${family}${suffix}`);
      if (ref !== undefined) this.#learn(ref, metadata);
    }
  }

  #learn(ref: number, metadata: MetricMetadata): void {
    for (const one of this.store.learn(ref, metadata)) this.#evaluation.learn(one, metadata);
  }

  /** Whether a series that has nothing yet would keep one of these samples. */
  anyTimely(times: Float64Array, nowMs: number): boolean {
    const { oldest, newest } = this.store.judge.timely(nowMs);
    for (const t of times) if (t >= oldest && t <= newest) return true;
    return false;
  }

  /** Hot path: rows of running totals and gauges, into store, evaluation and live view. Rows of negative refs are counted as refused. */
  writeColumns(
    refs: Int32Array,
    times: Float64Array,
    values: Float64Array,
    length: number,
    nowMs: number,
    into: WriteOutcome,
    writing: Writing = "live",
  ): void {
    if (this.verdicts.length < length) this.verdicts = new Uint8Array(Math.max(length, this.verdicts.length * 2));
    const verdicts = this.verdicts;
    const undecided = this.store.appendColumns(refs, times, values, length, nowMs, verdicts, writing);
    const accepted = undecided === 0 ? length : length - this.#tally(refs, times, length, nowMs, into);
    into.accepted += accepted;
    this.samples += accepted;
    this.#evaluation.observeColumns(refs, times, values, verdicts, length);
    if (!this.#feed.active) return;
    for (let i = 0; i < length; i++)
      if ((verdicts[i] as number) < DUPLICATE) {
        const value = isStaleAt(values, i) ? "stale" : (values[i] as number);
        this.#feed.offer(refs[i] as number, times[i] as number, value, undefined);
      }
  }

  /** Columns of a request were the last that was written, and it has more: what comes late there is measured from before both. */
  moreFollows(refs: Int32Array, length: number): void {
    this.#untimely = null;
    this.store.newestBefore.carry(refs, this.store.head.before, length);
  }

  /** From when a sample that comes by itself is measured. */
  #since(ref: number, t: number, last: number): number {
    const { judge, newestBefore } = this.store;
    const found = newestBefore.found(ref, last);
    return judge.isTooLate(t, found) ? newestBefore.of(ref, found) : found;
  }

  /** Counts what is not simply accepted; returns how many rows were not kept. */
  #tally(refs: Int32Array, times: Float64Array, length: number, nowMs: number, into: WriteOutcome): number {
    let lost = 0;
    for (let i = 0; i < length; i++) {
      const verdict = this.verdicts[i] as number;
      if (verdict === ACCEPTED) continue;
      const ref = refs[i] as number;
      if (verdict >= TOO_OLD) lost++;
      if (verdict !== NO_SERIES) this.#count(verdict, ref, into);
      else if (ref !== SKIPPED) this.#refuse(ref, times[i] as number, nowMs, into);
    }
    return lost;
  }

  /** Samples of a label set that was refused. */
  refuse(ref: number, times: Float64Array, nowMs: number, into: WriteOutcome): void {
    for (const t of times) this.#refuse(ref, t, nowMs, into);
    this.#untimely = null;
  }

  #refuse(ref: number, t: number, nowMs: number, into: WriteOutcome): void {
    if (ref === UNTIMELY) {
      this.#count(this.store.judge.time(t, nowMs), ref, into);
      return;
    }
    const failure = this.refusals.refuse(ref, 1);
    if (failure === null) return;
    into.rejected[failure.code] = (into.rejected[failure.code] ?? 0) + 1;
    into.refused ??= failure;
  }

  #count(verdict: number, ref: number, into: WriteOutcome): void {
    const note = NOTES[verdict];
    if (note !== undefined) this.noted[note] = (this.noted[note] ?? 0) + 1;
    const failure = this.#messages[verdict];
    if (failure === undefined) return;
    this.refusals.count(failure.code, 1);
    into.rejected[failure.code] = (into.rejected[failure.code] ?? 0) + 1;
    into.refused ??= this.#told(failure, ref);
  }

  /** The first refusal among rows of the last `writeColumns`. */
  firstRefused(refs: Int32Array, from: number, to: number): Failure | null {
    for (let i = from; i < to; i++) {
      const failure = this.#messages[this.verdicts[i] as number];
      if (failure !== undefined) return this.#told(failure, refs[i] as number);
    }
    return null;
  }

  #told({ code, message }: Failure, ref: number): Failure {
    return { code, message: `a sample of ${formatLabels(this.store.index.labels(ref) ?? this.#untimely ?? {})} ${message}` };
  }

  /** The samples of one series. */
  write(ref: number, temporality: Temporality, column: SeriesSamples, nowMs: number, into: WriteOutcome, writing: Writing = "live"): void {
    const { timestamps, values, histograms } = column;
    if (temporality === "delta" || histograms !== undefined) {
      for (let i = 0; i < timestamps.length; i++) {
        const histogram = histograms?.[i];
        const t = timestamps[i] as number;
        const before = into.accepted;
        const ends = histograms !== undefined && (isStaleAt(values, i) || (histogram !== undefined && isStale(histogram.sum)));
        if (ends) this.#writeEnd(ref, t, nowMs, into, writing);
        else if (histogram !== undefined) this.#writeHistogram(ref, temporality, t, histogram, nowMs, into, writing);
        else this.writeOne(ref, temporality, t, values[i] as number, nowMs, into, writing);
        if (histogram !== undefined) into.histograms += into.accepted - before;
      }
      return;
    }
    if (this.#refs.length < timestamps.length) this.#refs = new Int32Array(timestamps.length);
    this.#refs.fill(ref, 0, timestamps.length);
    this.writeColumns(this.#refs, timestamps, values, timestamps.length, nowMs, into, writing);
  }

  /** Differences of which `repeated` knows those that were added before. */
  writeOnce(ref: number, column: SeriesSamples, nowMs: number, into: WriteOutcome, repeated: RepeatedDifferences): void {
    for (const [i, t] of column.timestamps.entries()) {
      const histogram = column.histograms?.[i];
      if (repeated.has(ref, t, nowMs)) {
        this.#settle(DUPLICATE, ref, into);
        continue;
      }
      if (!repeated.remember(ref, t, nowMs)) this.#settle(TOO_OLD, ref, into);
      else if (histogram !== undefined) this.#writeHistogram(ref, "delta", t, histogram, nowMs, into, "live");
      else this.writeOne(ref, "delta", t, column.values[i] as number, nowMs, into);
    }
  }

  /** A histogram whose sum is the stale marker says that the series ended, as a stale number does: stored is the latter. */
  #writeEnd(ref: number, t: number, nowMs: number, into: WriteOutcome, writing: Writing): void {
    this.store.newestBefore.found(ref, this.store.head.lastTime[ref] as number);
    this.#refs[0] = ref;
    this.writeColumns(this.#refs, Float64Array.of(t), END, 1, nowMs, into, writing);
  }

  /** Deltas become the running total; a delta that comes late counts at the time of the newest sample. */
  writeOne(
    ref: number,
    temporality: Temporality,
    at: number,
    value: number,
    nowMs: number,
    into: WriteOutcome,
    writing: Writing = "live",
  ): void {
    const { store } = this;
    const last = store.head.lastTime[ref] as number;
    let t = at;
    let total = value;
    if (temporality === "delta") {
      if (writing === "filling" && t <= last) {
        // The totals after it have counted it already: it only takes its place among them.
        const before = store.head.find(ref, t, value) === 0 ? store.head.valueBefore(ref, t) : null;
        if (before === null) {
          this.#settle(DUPLICATE, ref, into);
          return;
        }
        total += before;
      } else {
        t = this.#timeOf(ref, at, last, value, into);
        const before = last === -Infinity ? 0 : (store.head.lastValue[ref] as number);
        total += before;
        if (before === 0 && this.#needsZero(ref, t, last, value) && store.append(ref, t - 1, 0, nowMs) === ACCEPTED)
          this.#evaluation.observe(ref, t - 1, 0);
      }
    }
    const since = temporality === "delta" ? undefined : this.#since(ref, t, last);
    const verdict = store.append(ref, t, total, nowMs, temporality === "delta" ? "total" : writing, since);
    this.#settle(verdict === OVERWRITTEN && temporality === "delta" ? ACCEPTED : verdict, ref, into);
    if (verdict < DUPLICATE) this.#evaluation.observe(ref, t, total);
    if (verdict < DUPLICATE && this.#feed.active) this.#feed.offer(ref, t, isStale(total) ? "stale" : total, undefined);
  }

  #writeHistogram(
    ref: number,
    temporality: Temporality,
    at: number,
    sent: NativeHistogram,
    nowMs: number,
    into: WriteOutcome,
    writing: Writing,
  ): void {
    const { store } = this;
    const last = store.head.lastTime[ref] as number;
    let t = at;
    let histogram = sent;
    if (temporality === "delta") {
      // Later totals hold it; what is lost is its own point in time.
      if (writing === "filling" && t <= last) {
        this.#settle(DUPLICATE, ref, into);
        return;
      }
      t = this.#timeOf(ref, at, last, sent.count, into);
      const before = this.#totals.get(ref) ?? store.lastHistogram(ref, nowMs);
      if ((before?.count ?? 0) === 0 && this.#needsZero(ref, t, last, sent.count)) this.#writeZero(ref, t - 1, sent, nowMs);
      histogram = totalOf(before, sent);
    }
    const since = temporality === "delta" ? undefined : this.#since(ref, t, last);
    const verdict = store.appendHistogram(ref, t, histogram, nowMs, temporality === "delta" ? "total" : writing, since);
    this.#settle(verdict === OVERWRITTEN && temporality === "delta" ? ACCEPTED : verdict, ref, into);
    if (verdict >= DUPLICATE) return;
    if (temporality === "delta") this.#totals.set(ref, histogram);
    if (verdict === ACCEPTED) this.#evaluation.observeHistogram(ref, t, histogram);
    if (this.#feed.active) this.#feed.offer(ref, t, 0, histogram);
  }

  #settle(verdict: number, ref: number, into: WriteOutcome): void {
    if (verdict !== ACCEPTED) this.#count(verdict, ref, into);
    if (verdict >= TOO_OLD) return;
    into.accepted += 1;
    this.samples += 1;
  }

  /** When a difference counts: one that comes late with the newest total, but not in the place of the zero that a total began at. */
  #timeOf(ref: number, t: number, last: number, value: number, into: WriteOutcome): number {
    if (t > last) return t;
    if (t < last) this.#count(LATE, ref, into);
    return this.movedAt > 0 && value !== 0 && this.store.head.lastValue[ref] === 0 ? last + 1 : last;
  }

  /** Whether a total of nothing that becomes one of something wants a zero just before; a gauge's level does not count anew. */
  #needsZero(ref: number, t: number, last: number, value: number): boolean {
    return this.movedAt > 0 && value !== 0 && t - 1 > last && this.store.index.metadataOf(ref)?.type !== "gauge";
  }

  #writeZero(ref: number, t: number, like: NativeHistogram, nowMs: number): void {
    const zero = emptyLike(like);
    if (this.store.appendHistogram(ref, t, zero, nowMs, "total") === ACCEPTED) this.#evaluation.observeHistogram(ref, t, zero);
  }

  /**
   * Every running total that counts ends in a zero, behind its newest sample: what comes next begins from there. That the zero is
   * a sample like any other is what makes it last; a total that stands at zero already is left as it is. Differences of a gauge
   * have a level, which stays.
   */
  beginTotalsAnew(nowMs: number): void {
    const { index, head, bounds } = this.store;
    this.#totals.clear();
    for (let ref = 0; ref < index.end; ref++) {
      const last = head.lastTime[ref] as number;
      if (last === -Infinity || head.lastValue[ref] === 0 || index.temporality(ref) !== "delta") continue;
      const type = index.metadataOf(ref)?.type ?? "unknown";
      if (type === "gauge") continue;
      const t = Math.max(last + 1, nowMs - bounds.retentionMs);
      const histogram = type === "counter" ? undefined : this.store.lastHistogram(ref, nowMs);
      if (histogram !== undefined) this.#writeZero(ref, t, histogram, nowMs);
      else if (this.store.append(ref, t, 0, nowMs, "total") === ACCEPTED) this.#evaluation.observe(ref, t, 0);
    }
  }
}
