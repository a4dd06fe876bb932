/** One shard's evaluation: windows, detectors, SLI counters, streaming and interval rules behind one interface. */
import { seriesStats } from "@sightline/shared/aggregation/series-stats";
import type { SeriesStats } from "@sightline/shared/api/responses";
import { counterIncrease } from "@sightline/shared/aggregation/counter-increase";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { ShardConfig } from "../objects/rpc.ts";
import { AlertBook } from "./alert-book.ts";
import type { Evaluation, EvaluationPlan, EvaluationPorts } from "./api.ts";
import { type CompiledRule, compileGroups, fingerprintOf } from "./compiled-rule.ts";
import { DetectorFeed } from "./detection/detector-feed.ts";
import { WARM_UP_MS, replayExpectedRange } from "./detection/expected-range.ts";
import { IntervalRules } from "./interval-rules.ts";
import { SloLedger } from "./slo/slo-ledger.ts";
import { StreamingRules } from "./streaming/streaming-rules.ts";
import { WindowSet } from "./windows/window-set.ts";

const SNAPSHOT_VERSION = 1;
const BURN_INTERVAL_MS = 30_000;
const DAY_MS = 86_400_000;

export const createEvaluation = (ports: EvaluationPorts): Evaluation => new ShardEvaluation(ports);

class ShardEvaluation implements Evaluation {
  readonly #ports: EvaluationPorts;
  readonly #windows = new WindowSet();
  readonly #detectors = new DetectorFeed();
  readonly #book = new AlertBook();
  readonly #streaming = new StreamingRules(this.#book);
  readonly #interval = new IntervalRules();
  readonly #ledger = new SloLedger();
  readonly #labels: (Labels | undefined)[] = [];
  readonly #metadata: (MetricMetadata | undefined)[] = [];
  readonly #refs = new Map<string, number>();
  /** By ref: 1 for counters, by their metadata or the suffix `_total`. */
  #isCounter = new Uint8Array(64);
  /** By ref: time (0 before any sample) and value of the newest sample. */
  #newest = new Float64Array(128);
  #rules: readonly CompiledRule[] = [];
  #nowMs = 0;
  #tickedAt = 0;
  #newestDataMs = 0;
  #burnsJudgedAt = 0;

  constructor(ports: EvaluationPorts) {
    this.#ports = ports;
  }

  configure(config: ShardConfig, nowMs: number): EvaluationPlan {
    this.#nowMs = nowMs;
    if (this.#newestDataMs === 0) this.#newestDataMs = nowMs;
    this.#rules = compileGroups(config.groups);
    this.#ledger.configure(config.slos, this.#labels);
    this.#streaming.configure(this.#rules, this.#labels);
    this.#interval.configure(config.groups, this.#rules);
    this.#backfill(nowMs);
    this.#adopt();
    this.#streaming.judgeStanding(nowMs);
    this.#closeOrphans(nowMs);
    return this.#plan();
  }

  addSeries(ref: number, labels: Labels, metadata: MetricMetadata, startsAtZero = false): void {
    if (this.#labels[ref] !== undefined) return;
    this.#labels[ref] = labels;
    this.#metadata[ref] = metadata;
    this.#refs.set(seriesKey(labels), ref);
    if (ref >= this.#isCounter.length) {
      const size = Math.max(ref + 1, this.#isCounter.length * 2);
      const isCounter = new Uint8Array(size);
      isCounter.set(this.#isCounter);
      this.#isCounter = isCounter;
      const newest = new Float64Array(size * 2);
      newest.set(this.#newest);
      this.#newest = newest;
    }
    const { type } = metadata;
    this.#isCounter[ref] = type === "counter" || (type === "unknown" && (labels["__name__"] ?? "").endsWith("_total")) ? 1 : 0;
    this.#windows.add(ref);
    this.#detectors.add(ref);
    this.#ledger.addSeries(ref, labels, startsAtZero);
    this.#streaming.addSeries(ref, labels);
  }

  /** Hot path: slabs and plain arithmetic; only series that a rule or an SLO names cost more. */
  observe(ref: number, tMs: number, value: number): void {
    const newest = this.#newest;
    const before = newest[ref * 2] as number;
    if (tMs <= before) return;
    newest[ref * 2] = tMs;
    if (tMs > this.#newestDataMs) this.#newestDataMs = tMs;
    this.#streaming.observe(ref, tMs, value, this.#nowMs);
    if (value !== value) return;
    if (this.#isCounter[ref] === 1) {
      if (before !== 0) this.#windows.observe(ref, tMs, counterIncrease(newest[ref * 2 + 1] as number, value));
      newest[ref * 2 + 1] = value;
      this.#detectors.observeCounter(ref, tMs, value);
      this.#ledger.observe(ref, tMs, value);
      return;
    }
    newest[ref * 2 + 1] = value;
    this.#windows.observe(ref, tMs, value);
    this.#detectors.observeGauge(ref, tMs, value);
    this.#ledger.observe(ref, tMs, value);
  }

  observeColumns(refs: Int32Array, times: Float64Array, values: Float64Array, verdicts: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) if (verdicts[i] === 0) this.observe(refs[i] as number, times[i] as number, values[i] as number);
  }

  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void {
    if (tMs <= (this.#newest[ref * 2] ?? 0)) return;
    this.#newest[ref * 2] = tMs;
    if (tMs > this.#newestDataMs) this.#newestDataMs = tMs;
    if (histogram.count !== histogram.count) return;
    this.#detectors.observeHistogram(ref, tMs, histogram);
    this.#ledger.observeHistogram(ref, tMs, histogram);
  }

  finish(nowMs: number): EvaluationPlan {
    this.#nowMs = nowMs;
    return this.#plan();
  }

  tick(nowMs: number): EvaluationPlan {
    this.#nowMs = nowMs;
    this.#tickedAt = nowMs;
    this.#closeOrphans(nowMs);
    this.#streaming.tick(nowMs);
    this.#interval.run(this.#ports, this.#book, nowMs, this.#newestDataMs);
    if (this.#ledger.size > 0 && nowMs >= this.#burnsJudgedAt + BURN_INTERVAL_MS) {
      this.#burnsJudgedAt = nowMs;
      for (const { rule, labels, active, value } of this.#ledger.burns(nowMs))
        this.#book.step(rule, fingerprintOf(rule, labels), labels, { active, value, at: nowMs });
    }
    this.#book.expire(nowMs);
    return this.#plan();
  }

  nextTickAt(nowMs: number): number | null {
    const burns = this.#ledger.size > 0 ? this.#burnsJudgedAt + BURN_INTERVAL_MS : null;
    const orphans = [...this.#book.instances.values()].some((instance) => instance.rule === null) ? nowMs : null;
    const times = [this.#interval.nextAt(nowMs, this.#newestDataMs), this.#streaming.nextAt(), burns, orphans].filter((at) => at !== null);
    if (times.length === 0 || orphans !== null) return orphans;
    // A deadline that has passed is due now, but one that stays without a change, such as a silent series kept firing, once a second.
    const next = Math.min(...times);
    return next > nowMs ? next : Math.max(next, this.#tickedAt + 1000);
  }

  stats(ref: number, windowMs: number, endMs: number): SeriesStats {
    const labels = this.#labels[ref] ?? {};
    const day = windowMs === DAY_MS ? this.#windows.read(ref, windowMs, endMs) : null;
    return seriesStats(labels, this.#samples(labels, endMs - windowMs, endMs), this.#isCounter[ref] === 1, windowMs, day);
  }

  expected(ref: number): ReturnType<Evaluation["expected"]> {
    const judgement = this.#detectors.judgement(ref);
    if (judgement === null) return null;
    const { t, expected, lower, upper, score } = judgement;
    return { t, expected, lower, upper, score };
  }

  expectedRange(labels: Labels, startMs: number, endMs: number): ReturnType<Evaluation["expectedRange"]> {
    const series = this.#samples(labels, startMs - WARM_UP_MS, endMs);
    const ref = this.#refs.get(seriesKey(labels));
    if (series === undefined) return { labels, t: [], expected: [], lower: [], upper: [], score: [] };
    return replayExpectedRange(series, ref !== undefined && this.#isCounter[ref] === 1, startMs);
  }

  slos(nowMs: number): ReturnType<Evaluation["slos"]> {
    return this.#ledger.status(nowMs);
  }

  sliBuckets(sloId: string): ReturnType<Evaluation["sliBuckets"]> {
    return this.#ledger.buckets(sloId);
  }

  active(): ReturnType<Evaluation["active"]> {
    return this.#book.active();
  }

  /** Version, then per series its key, newest sample, windows and detector, then the SLI counters and the alerts' newest values. */
  snapshot(): Uint8Array {
    const writer = new ByteWriter(64 + this.#refs.size * 4096);
    writer.u8(SNAPSHOT_VERSION);
    writer.f64(this.#newestDataMs);
    writer.varint(this.#refs.size);
    for (const [key, ref] of this.#refs) {
      writer.string(key);
      writer.f64(this.#newest[ref * 2] ?? 0);
      writer.f64(this.#newest[ref * 2 + 1] ?? 0);
      this.#windows.save(ref, writer);
      this.#detectors.save(ref, writer);
    }
    this.#ledger.save(writer);
    this.#book.save(writer);
    return writer.view();
  }

  /** After `addSeries` and `configure`. Series that are not here any more are passed over. */
  restore(bytes: Uint8Array, states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[]): boolean {
    const understood = this.#book.restore(states);
    this.#adopt();
    try {
      const restored = this.#readSnapshot(bytes);
      this.#backfill(Math.max(this.#nowMs, this.#newestDataMs));
      return understood && restored;
    } catch {
      // Torn bytes: what was read is kept, the rest relearns.
      return false;
    }
  }

  #readSnapshot(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    const reader = new ByteReader(bytes);
    if (reader.u8() !== SNAPSHOT_VERSION) return false;
    this.#newestDataMs = Math.max(this.#newestDataMs, reader.f64());
    let complete = true;
    const spare = { windows: new WindowSet(), detectors: new DetectorFeed() };
    for (let left = reader.varint(); left > 0; left--) {
      const ref = this.#refs.get(reader.string());
      const time = reader.f64();
      const value = reader.f64();
      if (ref !== undefined) {
        this.#newest[ref * 2] = time;
        this.#newest[ref * 2 + 1] = value;
      }
      (ref === undefined ? spare.windows : this.#windows).load(ref ?? 0, reader);
      complete = (ref === undefined ? spare.detectors : this.#detectors).load(ref ?? 0, reader) && complete;
    }
    this.#ledger.load(reader, (ref) => this.#newest[ref * 2] === 0);
    this.#book.load(reader);
    return complete;
  }

  #samples(labels: Labels, afterMs: number, endMs: number): SelectedSeries | undefined {
    const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
    const key = seriesKey(labels);
    return this.#ports.select({ matchers, startMs: afterMs, endMs }).find((series) => seriesKey(series.labels) === key);
  }

  #backfill(nowMs: number): void {
    if (this.#refs.size === 0) return;
    this.#streaming.backfill(
      this.#ports.select,
      (key) => this.#refs.get(key),
      (ref) => this.#newest[ref * 2] ?? 0,
      nowMs,
    );
  }

  /** Gives every alert its rule of the current configuration, or none. */
  #adopt(): void {
    const byMeaning = new Map([...this.#rules, ...this.#ledger.burnRules()].map((rule) => [`${rule.id}\u00FE${rule.definition}`, rule]));
    for (const instance of this.#book.instances.values())
      instance.rule = byMeaning.get(`${instance.ruleId}\u00FE${instance.definition}`) ?? null;
  }

  #closeOrphans(nowMs: number): void {
    for (const instance of this.#book.instances.values()) if (instance.rule === null) this.#book.close(instance, nowMs);
  }

  #plan(): EvaluationPlan {
    const anomalies = this.#detectors.take(
      (ref) => this.#labels[ref],
      (ref) => this.#metadata[ref],
    );
    return { ...this.#book.take(), anomalies };
  }
}
