import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { isStaleAt, type SelectedSeries } from "@sightline/shared/model/sample";
import type { BandPoint } from "./band-memory.ts";
import { beganAnew } from "./counted-steps.ts";
import { DetectorFeed } from "./detector-feed.ts";
import type { JudgedSamples } from "./judged-samples.ts";

export const DAY_MS = 86_400_000;
const COLUMNS = 5;

/** What the shard knows of a series besides its samples. */
export interface JudgedSeries {
  readonly isCounter: boolean;
  /** A sum that is judged by the mean, with its count. */
  readonly isMean: boolean;
  readonly isRich: boolean;
  /** By which share people's answers have raised its thresholds. */
  readonly caution: number;
  /** Of what it is of, ms; 0 without one lately. */
  readonly deployedAt: number;
}

/**
 * What a fresh detector says of one UTC day of a series, having seen the whole day before it: whatever range is asked for, a time is judged
 * from the same sample on. It goes on where it was when more of the day has come.
 */
export class JudgedDay {
  readonly #dayMs: number;
  readonly #known: JudgedSeries;
  #points = new Float64Array(64 * COLUMNS);
  #length = 0;
  /** Samples seen, and the times of the first and the last of them. */
  #seen = 0;
  #firstMs = Number.NaN;
  #lastMs = Number.NaN;
  /** Of the detector after the last sample; null once the day was over, or before any sample. */
  #state: Uint8Array | null = null;

  /** `dayMs`: when the day begins. */
  constructor(dayMs: number, known: JudgedSeries) {
    this.#dayMs = dayMs;
    this.#known = known;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether the samples from `from` until before `to` begin with those that were seen, or end among them. */
  isOf({ timestamps }: SelectedSeries, from: number, to: number, known: JudgedSeries): boolean {
    const { isCounter, isMean, isRich, caution, deployedAt } = this.#known;
    if (isCounter !== known.isCounter || isMean !== known.isMean || isRich !== known.isRich) return false;
    if (caution !== known.caution || deployedAt !== known.deployedAt) return false;
    if (this.#seen === 0) return false;
    if (timestamps[from] !== this.#firstMs) return false;
    const held = to - from;
    if (held === this.#seen) return timestamps[to - 1] === this.#lastMs;
    if (held < this.#seen) return (timestamps[to - 1] ?? Infinity) < this.#lastMs;
    return this.#state !== null && timestamps[from + this.#seen - 1] === this.#lastMs;
  }

  /** How many of so many samples were not seen yet. */
  missing(held: number): number {
    return Math.max(0, held - this.#seen);
  }

  /** Shows the detector what it has not seen; `isOver`: no more of the day will come. */
  goOn(series: JudgedSamples, from: number, to: number, isOver: boolean): void {
    if (this.missing(to - from) === 0) return;
    const { isCounter, isRich, caution, deployedAt } = this.#known;
    const feed = new DetectorFeed();
    const slot = feed.add("", isCounter ? "counter" : "gauge");
    feed.caution(slot, caution);
    feed.judgeAs(slot, isRich);
    if (this.#state !== null) feed.load(slot, new ByteReader(this.#state));
    let told = this.#lastMs >= deployedAt;
    for (let i = from + this.#seen; i < to; i++) {
      const at = series.timestamps[i] ?? 0;
      const value = series.values[i] ?? Number.NaN;
      const histogram = series.histograms?.[i];
      if (!told && deployedAt > 0 && at >= deployedAt) {
        told = true;
        feed.deployed(slot, deployedAt);
      }
      const count = series.counts?.[i];
      if (count !== undefined) feed.observeTotals(slot, at, count, value, beganAnew(series.values[i - 1] ?? Number.NaN, value));
      else if (histogram !== undefined) feed.observeHistogram(slot, at, histogram);
      else if (isStaleAt(series.values, i)) continue;
      else if (isCounter) feed.observeCounter(slot, at, value);
      else feed.observeGauge(slot, at, value);
      const judgement = at < this.#dayMs ? null : feed.judgement(slot);
      if (judgement !== null && judgement.t >= this.#dayMs) this.#push(judgement);
    }
    this.#firstMs = series.timestamps[from] ?? Number.NaN;
    this.#lastMs = series.timestamps[to - 1] ?? Number.NaN;
    this.#seen = to - from;
    if (isOver) this.#state = null;
    else {
      const writer = new ByteWriter(4096);
      feed.save(slot, writer);
      this.#state = writer.view().slice();
    }
  }

  #push({ t, expected, lower, upper, score }: BandPoint): void {
    const at = this.#length * COLUMNS;
    if (this.#length > 0 && this.#points[at - COLUMNS] === t) return;
    if (at === this.#points.length) {
      const wider = new Float64Array(2 * at);
      wider.set(this.#points);
      this.#points = wider;
    }
    this.#points.set([t, expected, lower, upper, score], at);
    this.#length++;
  }

  /** Both ends included. */
  *between(startMs: number, endMs: number): IterableIterator<BandPoint> {
    const f = this.#points;
    for (let at = 0; at < this.#length * COLUMNS; at += COLUMNS) {
      const t = f[at] ?? 0;
      if (t < startMs) continue;
      if (t > endMs) return;
      yield { t, expected: f[at + 1] ?? 0, lower: f[at + 2] ?? 0, upper: f[at + 3] ?? 0, score: f[at + 4] ?? 0 };
    }
  }
}
