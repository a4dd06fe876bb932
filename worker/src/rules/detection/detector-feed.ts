/**
 * What the detectors see of each series: gauges by value, counters by their rate over at least 5 s, native histograms by
 * the mean of what was observed in at least 5 s. One slot of the bank per series.
 */
import { counterIncrease } from "@sightline/shared/aggregation/counter-increase";
import { histogramCountIncrease, histogramWasReset } from "@sightline/shared/aggregation/histogram-increase";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { DetectorBank } from "@sightline/shared/anomaly/api";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Severity } from "@sightline/shared/model/alert";
import type { Anomaly, Judgement } from "@sightline/shared/model/anomaly";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { isNoticeable } from "./noticeable-change.ts";

const STEP_MS = 5000;
/** Score from which a judged point is an anomaly. */
const ANOMALOUS = 0.5;

/** Columns of the state of one series: start of the current step (0 before the first), growth since, and the newest raw value(s). */
const ANCHOR = 0;
const GROWTH = 1;
const GROWTH_OF_SUM = 2;
const NEWEST = 3;
const NEWEST_SUM = 4;
const COLUMNS = 5;

export class DetectorFeed {
  readonly #bank: DetectorBank = createDetectorBank();
  #slots = new Int32Array(64).fill(-1);
  #state = new Float64Array(64 * COLUMNS);
  /** 1 while the newest step was anomalous: an event is told once. */
  #inEvent = new Uint8Array(64);
  /** Newly anomalous steps since `take`, judged when they came: later points of the same batch judge anew. */
  #pending: { readonly ref: number; readonly judgement: Judgement }[] = [];

  add(ref: number): void {
    if (ref >= this.#slots.length) {
      const size = Math.max(ref + 1, this.#slots.length * 2);
      const slots = new Int32Array(size).fill(-1);
      slots.set(this.#slots);
      this.#slots = slots;
      const state = new Float64Array(size * COLUMNS);
      state.set(this.#state);
      this.#state = state;
      const inEvent = new Uint8Array(size);
      inEvent.set(this.#inEvent);
      this.#inEvent = inEvent;
    }
    if (this.#slots[ref] === -1) this.#slots[ref] = this.#bank.add();
  }

  /** Hot path. */
  observeGauge(ref: number, tMs: number, value: number): void {
    this.#step(ref, tMs, value);
  }

  /** Hot path. */
  observeCounter(ref: number, tMs: number, value: number): void {
    const state = this.#state;
    const at = ref * COLUMNS;
    const anchor = state[at + ANCHOR] as number;
    if (anchor === 0) {
      state[at + ANCHOR] = tMs;
      state[at + NEWEST] = value;
      return;
    }
    const growth = (state[at + GROWTH] as number) + counterIncrease(state[at + NEWEST] as number, value);
    state[at + NEWEST] = value;
    if (tMs - anchor < STEP_MS) {
      state[at + GROWTH] = growth;
      return;
    }
    state[at + ANCHOR] = tMs;
    state[at + GROWTH] = 0;
    this.#step(ref, tMs, (growth * 1000) / (tMs - anchor));
  }

  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void {
    const state = this.#state;
    const at = ref * COLUMNS;
    const anchor = state[at + ANCHOR] as number;
    if (anchor !== 0) {
      const before = { count: state[at + NEWEST] as number };
      const sumBefore = histogramWasReset(before, histogram) ? 0 : (state[at + NEWEST_SUM] as number);
      state[at + GROWTH] = (state[at + GROWTH] as number) + histogramCountIncrease(before, histogram);
      state[at + GROWTH_OF_SUM] = (state[at + GROWTH_OF_SUM] as number) + histogram.sum - sumBefore;
    }
    state[at + NEWEST] = histogram.count;
    state[at + NEWEST_SUM] = histogram.sum;
    if (anchor === 0) state[at + ANCHOR] = tMs;
    else if (tMs - anchor >= STEP_MS && (state[at + GROWTH] as number) > 0) {
      const mean = (state[at + GROWTH_OF_SUM] as number) / (state[at + GROWTH] as number);
      state[at + ANCHOR] = tMs;
      state[at + GROWTH] = 0;
      state[at + GROWTH_OF_SUM] = 0;
      this.#step(ref, tMs, mean);
    }
  }

  #step(ref: number, tMs: number, value: number): void {
    const score = this.#bank.observe(this.#slots[ref] as number, tMs, value);
    if (score < 0) return;
    if (score < ANOMALOUS) this.#inEvent[ref] = 0;
    else if (this.#inEvent[ref] === 0) {
      this.#inEvent[ref] = 1;
      const judgement = this.judgement(ref);
      if (judgement !== null) this.#pending.push({ ref, judgement });
    }
  }

  /** New anomalies since the last call that are worth telling. */
  take(labelsOf: (ref: number) => Labels | undefined, metadataOf: (ref: number) => MetricMetadata | undefined): readonly Anomaly[] {
    if (this.#pending.length === 0) return [];
    const found: Anomaly[] = [];
    for (const { ref, judgement } of this.#pending.splice(0)) {
      const labels = labelsOf(ref);
      const metadata = metadataOf(ref);
      if (labels === undefined || metadata === undefined) continue;
      if (isNoticeable(judgement, labels, metadata)) found.push({ labels, ...judgement, severity: severityOf(judgement.score) });
    }
    return found;
  }

  judgement(ref: number): Judgement | null {
    const slot = this.#slots[ref] ?? -1;
    return slot < 0 ? null : this.#bank.judgement(slot);
  }

  save(ref: number, writer: ByteWriter): void {
    for (let i = 0; i < COLUMNS; i++) writer.f64(this.#state[ref * COLUMNS + i] ?? 0);
    writer.u8(this.#inEvent[ref] ?? 0);
    const bytes = this.#bank.save(this.#slots[ref] ?? 0);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }

  /** False when the detector's own bytes were not understood and it starts afresh. */
  load(ref: number, reader: ByteReader): boolean {
    this.add(ref);
    for (let i = 0; i < COLUMNS; i++) this.#state[ref * COLUMNS + i] = reader.f64();
    this.#inEvent[ref] = reader.u8();
    return this.#bank.load(this.#slots[ref] ?? 0, reader.bytes(reader.varint()));
  }
}

/** Louder the surer: an anomaly alone is never worse than an error. */
const severityOf = (score: number): Severity => (score >= 0.9 ? "error" : score >= 0.7 ? "warning" : "info");
