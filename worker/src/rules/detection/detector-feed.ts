/**
 * What the detectors see of each series: gauges by value, counters by their rate over at least 5 s, histograms by the mean of what was
 * observed in at least 5 s: native ones, and classic ones and summaries in their `_sum`. A series' slot here is its slot in the bank.
 */
import { SUSPECT } from "@sightline/shared/anomaly/alarm-gate";
import { brief, type Measure } from "@sightline/shared/anomaly/reason";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { DetectorBank } from "@sightline/shared/anomaly/api";
import { BYTE } from "@sightline/shared/anomaly/layout";
import type { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import type { BaseTier, SampleBatch } from "@sightline/shared/anomaly/base-tier";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { measure } from "@sightline/shared/insights/series-words";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricType } from "@sightline/shared/model/metric";
import type { FoundAnomaly } from "../api.ts";
import { BandMemory, type BandPoint } from "./band-memory.ts";
import { CountedSteps, wasMean, wasRate } from "./counted-steps.ts";
import { judgedBy } from "./counter-series.ts";
import type { DescribedSeries, JudgedAs } from "./judged-as.ts";
import { isTold } from "./noticeable-change.ts";
import { RichTier } from "./rich-tier.ts";
import { FOLLOWED, HAS_BAND, HAS_EVENTS, IN_EVENT, kindOf, LEVEL, PART, RATE, REMEMBERED, UNSURE } from "./slot-flags.ts";
import { SumCountPairs } from "./sum-count-pairs.ts";
import { ToldEvents } from "./told-events.ts";
import { UnsureCounters } from "./unsure-counters.ts";
import { worseSinceDeploy } from "./worse-since-deploy.ts";

/** What an agent reads of its host. */
const OF_HOST = /^(?:system|process)_/;
/** Score from which a judged point is an anomaly. */
const ANOMALOUS = 0.5;

const NOTHING = new Uint8Array(0);

export class DetectorFeed {
  readonly #bank: DetectorBank;
  readonly places = new RichTier({
    enrich: (slot) => {
      this.#bank.enrich(slot);
      this.#remember(slot);
    },
    impoverish: (slot) => {
      this.#bank.impoverish(slot);
      this.#bands.delete(slot);
      this.#setEvent(slot, this.#inEvent(slot) & ~REMEMBERED);
    },
  });
  /** Of series in the rich tier. */
  readonly #bands = new Map<number, BandMemory>();
  readonly #steps: CountedSteps;
  readonly #events = new ToldEvents({
    revised: (slot) => this.#bank.revised(slot),
    judgement: (slot) => this.judgement(slot),
    measureOf: (slot) => this.#measureOf(slot),
    described: (slot) => this.described(slot),
    said: (slot) => this.said(slot),
    isRipe: (slot) => this.#bank.isRipe(slot),
  });
  readonly #unsure: UnsureCounters;
  readonly #pairs = new SumCountPairs();
  #size = 0;
  #onlyBase = false;
  readonly #scratch = new ByteWriter(2048);

  /** When what a slot is of was deployed last, ms; and the slots whose level that has moved by their newest step. */
  readonly #deployedAt = new Map<number, number>();
  readonly #moved = new Set<number>();
  readonly #describe: (slot: number) => DescribedSeries | undefined;
  /** Takes samples together; what is observed one by one is for the rest. */
  readonly batch: SampleBatch | undefined;

  /** In TypeScript unless another base tier is given. `describe`: which series a slot is. */
  constructor(tier?: BaseTier, describe: (slot: number) => DescribedSeries | undefined = () => undefined) {
    this.#bank = createDetectorBank(tier);
    this.batch = tier?.batch;
    this.#steps = new CountedSteps(this.cells);
    this.#unsure = new UnsureCounters(this.cells);
    this.#describe = describe;
  }

  /**
   * The slot of a new series: 0, 1, 2 …; of the metric `name`, as far as it is known. A counter is a series of a type unknown that counts up,
   * too. By its `labels` a sum finds its count.
   */
  add(name = "", type: MetricType = "gauge", labels?: Labels): number {
    const slot = this.#bank.add();
    this.#size = slot + 1;
    this.#judgeAs(slot, kindOf(name, type));
    if (type === "unknown") this.#unsure.add(slot, name);
    const pair = labels && this.#pairs.add(slot, type, labels, (other) => this.#describe(other)?.labels);
    for (const part of pair === undefined ? [] : [pair.sum, pair.count]) this.#judgeAs(part, this.#judgedAs(part) | PART);
    if (!this.#onlyBase && isTold(name, type)) this.places.welcome(slot, OF_HOST.test(name));
    return slot;
  }

  /** What is known of each series at its next sample. */
  get cells(): SeriesCells {
    return this.#bank.cells;
  }

  /** LEVEL, RATE or UNSURE, and PART. */
  #judgedAs(slot: number): number {
    return this.cells.byte(slot, BYTE.judgedAs);
  }

  #judgeAs(slot: number, judgedAs: number): void {
    this.cells.setByte(slot, BYTE.judgedAs, judgedAs);
  }

  /** IN_EVENT while the newest step was anomalous: an event is told once. FOLLOWED while the steps after one are of interest. REMEMBERED in the rich tier. */
  #inEvent(slot: number): number {
    return this.cells.byte(slot, BYTE.event);
  }

  #setEvent(slot: number, flags: number): void {
    this.cells.setByte(slot, BYTE.event, flags);
  }

  /** What was added of no known type is of this one: what was learned of something else is learned anew. */
  learnType(slot: number, name: string, type: MetricType): void {
    const parted = this.#pairs.of(slot);
    const slots = parted === undefined ? [slot] : [parted.sum, parted.count];
    const were = slots.map((one) => this.#basis(one));
    this.#unsure.settle(slot);
    const part = this.#pairs.part(slot, type) === undefined ? this.#judgedAs(slot) & PART : 0;
    this.#judgeAs(slot, kindOf(name, type) | part);
    for (const [i, one] of slots.entries()) {
      if (part === 0) this.#judgeAs(one, this.#judgedAs(one) & ~PART);
      if (this.#basis(one) !== were[i]) this.#restart(one);
    }
  }

  #basis(slot: number): "value" | "rate" | "mean" {
    return this.isMean(slot) ? "mean" : this.#counts(slot) ? "rate" : "value";
  }

  /** Hot path: a number of a series of any kind. */
  observe(slot: number, tMs: number, value: number): void {
    const judgedAs = this.#judgedAs(slot);
    if (judgedAs === LEVEL || ((judgedAs & UNSURE) !== 0 && !this.#countsBy(slot, tMs, value))) this.observeGauge(slot, tMs, value);
    else if ((judgedAs & PART) === 0) this.observeCounter(slot, tMs, value);
    else this.#observePart(slot, tMs, value);
  }

  /** Of no known type: whether by this value, too, the series counts up. */
  #countsBy(slot: number, tMs: number, value: number): boolean {
    if (this.#unsure.turns(slot, tMs, value)) this.#restart(slot);
    const counts = this.#unsure.counts(slot);
    if (counts === undefined) this.#judgeAs(slot, LEVEL);
    return counts === true;
  }

  /** The count has its rate; the sum has the mean, told when the later of both comes, and its rate as long as they do not come together. */
  #observePart(slot: number, tMs: number, value: number): void {
    const pair = this.#pairs.of(slot);
    const isSum = pair?.sum === slot;
    if (!isSum) this.observeCounter(slot, tMs, value);
    if (pair === undefined) return;
    const were = pair.together;
    const meet = pair.meet(slot, tMs, value);
    if (pair.together !== were) this.#restart(pair.sum);
    if (meet) this.observeTotals(pair.sum, tMs, pair.countValue, pair.sumValue, pair.began);
    else if (isSum && !pair.together) this.observeCounter(slot, tMs, value);
  }

  #counts(slot: number): boolean {
    return (this.#judgedAs(slot) & RATE) !== 0 || this.#unsure.counts(slot) === true;
  }

  /** Whether the series is judged by its rate. */
  counts(slot: number): boolean {
    return this.#counts(slot) && !this.isMean(slot);
  }

  /** Whether the series is a sum that is judged by the mean, with its count. */
  isMean(slot: number): boolean {
    const pair = this.#pairs.of(slot);
    return pair?.sum === slot && pair.together && this.#counts(slot);
  }

  /** What was learned of the series is of something else than it turns out to be. */
  #restart(slot: number): void {
    this.#bank.load(slot, NOTHING);
    this.#steps.clear(slot);
    this.#setEvent(slot, this.#inEvent(slot) & REMEMBERED);
    this.#events.delete(slot);
    this.#moved.delete(slot);
    if (this.#bands.has(slot)) this.#bands.set(slot, new BandMemory());
  }

  /** Which series a slot is, of the type that it turned out to be. */
  described(slot: number): JudgedAs | undefined {
    const series = this.#describe(slot);
    if (series === undefined) return undefined;
    const { labels } = series;
    const type = (this.#judgedAs(slot) & UNSURE) === 0 ? series.metadata.type : this.#counts(slot) ? "counter" : "gauge";
    const metadata = { ...series.metadata, type };
    return { labels, metadata, judgedBy: this.isMean(slot) ? "mean" : judgedBy(labels, metadata) };
  }

  /** Hot path. */
  observeGauge(slot: number, tMs: number, value: number): void {
    const score = this.#bank.observe(slot, tMs, value);
    if (score >= SUSPECT || this.#inEvent(slot) !== 0) this.judged(slot, tMs, score, value);
  }

  /** Hot path. */
  observeCounter(slot: number, tMs: number, value: number): void {
    const rate = this.#steps.rate(slot, tMs, value);
    if (rate === rate) this.observeGauge(slot, tMs, rate);
  }

  observeHistogram(slot: number, tMs: number, histogram: NativeHistogram): void {
    this.observeTotals(slot, tMs, histogram.count, histogram.sum, histogram.counterResetHint === "reset");
  }

  /** How many values were observed and their sum until now; `began`: anew since the last time. */
  observeTotals(slot: number, tMs: number, count: number, sum: number, began: boolean): void {
    const mean = this.#steps.mean(slot, tMs, count, sum, began);
    if (mean === mean) this.observeGauge(slot, tMs, mean);
  }

  /** A step was taken that is suspect or of interest, at this `value`, of a counter its rate. */
  judged(slot: number, tMs: number, score: number, value: number): void {
    if (score < 0) return;
    const was = this.#inEvent(slot);
    let now = was & REMEMBERED;
    if ((was & FOLLOWED) !== 0) this.#events.follow(slot, tMs, value);
    if ((now & REMEMBERED) !== 0) {
      const band = this.#bank.band(slot);
      if (band !== null) {
        if (this.#moved.delete(slot)) this.#tellMoved(slot);
        this.#bands.get(slot)?.push(band);
      }
      if (this.#bank.movedByDeploy(slot)) this.#moved.add(slot);
    }
    if (score >= ANOMALOUS) {
      if ((was & IN_EVENT) === 0) this.#events.begin(slot);
      now |= IN_EVENT;
    } else if ((was & FOLLOWED) !== 0 && this.#events.grown(slot, value)) now |= IN_EVENT;
    if (this.#events.follows(slot)) now |= FOLLOWED;
    this.#setEvent(slot, now);
    if (score >= SUSPECT && !this.#onlyBase) this.places.suspect(slot, tMs);
  }

  #remember(slot: number): void {
    if (!this.#bands.has(slot)) this.#bands.set(slot, new BandMemory());
    this.#setEvent(slot, this.#inEvent(slot) | REMEMBERED);
  }

  isRich(slot: number): boolean {
    return this.#bank.isRich(slot);
  }

  /** What was said of the newest steps of a series in the rich tier, the oldest first; null for any other. */
  said(slot: number): Iterable<BandPoint> | null {
    return this.#bands.get(slot)?.points() ?? null;
  }

  /** Ms between the two newest of these; 0 where they are not known. */
  stepMs(slot: number): number {
    return this.#bands.get(slot)?.stepMs ?? 0;
  }

  /** The same, and of any other series what was said of its newest step. */
  remembered(slot: number): readonly BandPoint[] {
    const said = this.said(slot);
    const latest = said === null ? this.judgement(slot) : null;
    return latest === null ? [...(said ?? [])] : [latest];
  }

  /** Slots in the rich tier. */
  rich(): readonly number[] {
    return [...this.#bands.keys()];
  }

  /** The step after a deploy has moved the level: told where that is worse. */
  #tellMoved(slot: number): void {
    const [moved, series, said] = [this.judgement(slot), this.described(slot), this.said(slot)];
    if (moved === null || series === undefined || said === null) return;
    const judgement = worseSinceDeploy(moved, series.labels, said, this.#deployedAt.get(slot) ?? 0, this.#measureOf(slot));
    // What goes on after it is the same release.
    if (judgement !== null && this.#events.tell(slot, judgement)) this.#deployedAt.delete(slot);
  }

  /** Values in the metric's unit, as far as it is known. */
  #measureOf(slot: number): Measure {
    const series = this.described(slot);
    if (series === undefined) return brief;
    const of = { labels: series.labels, unit: series.metadata.unit, judgedBy: series.judgedBy };
    return (value) => measure(of, value);
  }

  /** `wanted`: a rule, an SLO or a person's answer names the series, so that it has the rich tier as far as there is room; `pinned`: before others. */
  watch(slot: number, wanted: boolean, pinned = false): void {
    this.places.watch(slot, wanted, pinned);
  }

  /** By the tier that is named, whatever other series want: in a replay of one. */
  judgeAs(slot: number, rich: boolean): void {
    if (rich) this.#bank.enrich(slot);
    else {
      this.#onlyBase = true;
      this.#bank.impoverish(slot);
    }
  }

  /** A deploy of what the series is of, at `tMs`. */
  deployed(slot: number, tMs: number): void {
    this.#bank.permitChange(slot, tMs);
    this.#deployedAt.set(slot, tMs);
  }

  /** Raises the thresholds of the series by a share, or lowers them. */
  caution(slot: number, share: number): void {
    this.#bank.caution(slot, share);
  }

  /** New anomalies since the last call that are worth telling. */
  take(): readonly FoundAnomaly[] {
    // A total is another with every sample.
    return this.#events.take((slot) => this.#unsure.mayCount(slot));
  }

  /** Null while the detector learns. */
  judgement(slot: number): Judgement | null {
    return slot >= 0 && slot < this.#size ? this.#bank.judgement(slot, this.#measureOf(slot)) : null;
  }

  /** A byte of what follows, the step, the sums, the memory of what was said, the events that are followed, then the detector's own bytes with their length. */
  save(slot: number, writer: ByteWriter): void {
    const band = this.#bands.get(slot);
    writer.u8(
      (this.#inEvent(slot) & IN_EVENT) |
        this.#steps.flags(slot) |
        this.#unsure.flags(slot) |
        (band === undefined ? 0 : HAS_BAND) |
        (this.#events.follows(slot) ? HAS_EVENTS : 0),
    );
    this.#steps.save(slot, writer);
    band?.save(writer);
    if (this.#events.follows(slot)) this.#events.save(slot, writer);
    this.#scratch.clear();
    this.#bank.save(slot, this.#scratch);
    writer.varint(this.#scratch.length);
    writer.bytes(this.#scratch.view());
  }

  /** False when the detector's own bytes were not understood and it starts afresh. */
  load(slot: number, reader: ByteReader): boolean {
    const flags = reader.u8();
    this.#setEvent(slot, (flags & IN_EVENT) | ((flags & HAS_EVENTS) === 0 ? 0 : FOLLOWED));
    this.#steps.load(slot, flags, reader);
    // Made for the few that have one: the others of a waking shard are thousands.
    const band = (flags & HAS_BAND) === 0 ? null : new BandMemory();
    band?.load(reader);
    if ((flags & HAS_EVENTS) !== 0) this.#events.load(slot, reader);
    const understood = this.#bank.load(slot, reader.bytes(reader.varint()));
    const pair = this.#pairs.of(slot);
    const wasSum = pair?.sum === slot && wasMean(flags);
    if (wasSum) pair.together = true;
    this.#unsure.restored(slot, wasRate(flags) || wasSum, flags);
    // Its type became known since, or its count is gone.
    const isOther = this.counts(slot) !== wasRate(flags) || (wasMean(flags) && this.#describe(slot)?.metadata.type === "gauge");
    if (isOther) this.#restart(slot);
    if (!this.#bank.isRich(slot)) return understood;
    if (band !== null) this.#bands.set(slot, band);
    this.#remember(slot);
    this.places.restored(slot);
    return understood;
  }

  /** The state as the first version of the snapshot kept it. */
  loadFirstVersion(slot: number, reader: ByteReader): boolean {
    this.#steps.loadFirstVersion(slot, reader);
    this.#setEvent(slot, reader.u8());
    return this.#bank.load(slot, reader.bytes(reader.varint()));
  }
}
