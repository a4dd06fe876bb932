/** One shard's evaluation: detectors, SLI counters, streaming and interval rules behind one interface. */
import { cautions } from "@sightline/shared/anomaly/feedback";
import { BYTE, C } from "@sightline/shared/anomaly/layout";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { type RuleEvaluation, type RuleFault, ruleKey } from "@sightline/shared/model/rule";
import { Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { templatePorts } from "@sightline/shared/rules/evaluate-group";
import type { KnownDeploy, ShardConfig } from "../objects/rpc.ts";
import { AlertBook } from "./alert-book.ts";
import { AlertSeries } from "./alert-series.ts";
import type { Elsewhere, Evaluation, EvaluationPlan, EvaluationPorts, RulePlace, TickReads } from "./api.ts";
import { type CompiledRule, compileGroups, withoutName } from "./compiled-rule.ts";
import { deployOf } from "./detection/known-changes.ts";
import { DetectorFeed } from "./detection/detector-feed.ts";
import { expectedRanges } from "./detection/expected-ranges.ts";
import { JudgedPast } from "./detection/judged-past.ts";
import { pinnedSeries } from "./detection/pinned-series.ts";
import { StoppedSeries } from "./detection/stopped-series.ts";
import { type HandedSeries, type TakenSeries, handAlerts, letGoAlerts } from "./handed-alerts.ts";
import { handDetectors, takeDetectors } from "./handed-detectors.ts";
import { IntervalRules } from "./interval-rules.ts";
import { ObservedColumns } from "./observed-columns.ts";
import { QuietSettings } from "./quiet-settings.ts";
import { BurnJudge } from "./slo/burn-judge.ts";
import { SloLedger } from "./slo/slo-ledger.ts";
import { NO_SLOT, SlottedSeries } from "./slotted-series.ts";
import { StreamingRules } from "./streaming/streaming-rules.ts";
import { seriesHash } from "./snapshot-format.ts";
import { SnapshotParts } from "./snapshot-parts.ts";
import { untoldSince } from "./untold-alerts.ts";

/** What a sample of a series has to be shown to. */
const WATCHED = 1;
const COUNTED = 2;
/** Samples of a series that comes from another shard wait this long for those of before, ms; then its rules are judged without. */
const AWAITED_MS = 15_000;
const WHOLE = (plan: EvaluationPlan): EvaluationPlan => plan;

export const createEvaluation = (ports: EvaluationPorts): Evaluation => new ShardEvaluation(ports);

class ShardEvaluation implements Evaluation {
  readonly #ports: EvaluationPorts;
  readonly #detectors: DetectorFeed;
  readonly #past = new JudgedPast();
  readonly #stopped: StoppedSeries;
  readonly #book: AlertBook = new AlertBook(
    (atMs) => templatePorts(this.#ports.selectStepwise ?? this.#ports.select, atMs, this.#ports.externalUrl ?? ""),
    // Over this shard's series: what looks across shards gets no suggestion.
    (rule, source, atMs) =>
      this.#place === "alone" || rule.perSeries ? this.#quiet.suggest(rule.rule, withoutName(source), atMs) : undefined,
  );
  readonly #quiet = new QuietSettings((request) => this.#ports.select(request));
  readonly #streaming = new StreamingRules(this.#book, (rule) => this.#interval.wake(rule));
  readonly #interval = new IntervalRules();
  readonly #alertSeries = new AlertSeries();
  readonly #ledger = new SloLedger();
  readonly #burns = new BurnJudge(this.#ledger, this.#book);
  readonly snapshots: SnapshotParts;
  readonly #series: SlottedSeries;
  readonly #columns: ObservedColumns;
  #rules: readonly CompiledRule[] = [];
  #place: RulePlace = "alone";
  #config: ShardConfig | null = null;
  #deploys: readonly KnownDeploy[] = [];
  /** By how much people's answers raise the thresholds of a series' detector. */
  #caution: (labels: Labels) => number = () => 0;
  #isPinned: (labels: Labels) => boolean = () => false;
  /** Rules whose expression this version cannot read. */
  #unread: readonly RuleFault[] = [];
  #nowMs = 0;
  /** Until then new series may come from another shard, ms. */
  #strangersUntil = 0;
  #tickedAt = 0;
  /** What of a plan is to be written: after a replay little. */
  #untold = WHOLE;
  #newestDataMs = 0;

  constructor(ports: EvaluationPorts) {
    this.#ports = ports;
    this.#series = new SlottedSeries(ports.labelsOf);
    this.#detectors = new DetectorFeed(ports.baseTier?.(), (slot) => this.#series.at(slot));
    this.#columns = new ObservedColumns(this.#detectors.batch, {
      observe: (slot, ref, tMs, value) => this.#observe(slot, ref, tMs, value),
      judged: (slot, tMs, score, value) => this.#detectors.judged(slot, tMs, score, value),
      taken: (newestMs) => void (this.#newestDataMs = Math.max(this.#newestDataMs, newestMs)),
    });
    if (ports.richSeries !== undefined) this.#detectors.places.limit(ports.richSeries);
    this.#stopped = new StoppedSeries(this.#detectors, (slot) => this.#caution(this.#series.labels(slot)));
    this.snapshots = new SnapshotParts({
      series: this.#series,
      detectors: this.#detectors,
      ledger: this.#ledger,
      book: this.#book,
      silences: {
        all: () => this.#stopped.silent.silences,
        take: (slot, silentMs) => this.#stopped.silent.remember(slot, silentMs),
      },
      newestOfAll: { get: () => this.#newestDataMs, take: (t) => void (this.#newestDataMs = Math.max(this.#newestDataMs, t)) },
    });
  }

  configure(config: ShardConfig, nowMs: number, place: RulePlace = "alone"): EvaluationPlan {
    this.#arrange(config, nowMs, place);
    this.#streaming.judgeStanding(nowMs);
    this.#closeOrphans(nowMs);
    return this.#plan();
  }

  #arrange(config: ShardConfig, nowMs: number, place: RulePlace): void {
    this.#nowMs = nowMs;
    this.#config = config;
    this.#place = place;
    if (this.#newestDataMs === 0) this.#newestDataMs = nowMs;
    const { rules, recordings, unread } = compileGroups(config.groups, nowMs, this.#book.instances.values());
    this.#rules = place === "follower" ? rules.filter((rule) => rule.perSeries) : rules;
    this.#unread = unread;
    this.#deploys = config.deploys ?? [];
    this.#caution = cautions(config.anomalyAnswers ?? []);
    this.#isPinned = pinnedSeries(config.pins ?? []);
    this.#ledger.configure(config.slos, () => this.#series.known());
    this.#streaming.configure(this.#rules, () => this.#series.known());
    this.#interval.configure(config.groups, this.#rules, recordings, nowMs, place);
    this.#alertSeries.configure(config.groups);
    this.#backfill(nowMs);
    this.#adopt();
    for (let slot = 0; slot < this.#series.count; slot++) this.#flag(slot);
  }

  addSeries(ref: number, metadata: MetricMetadata, startsAtZero = false, given?: Labels): void {
    if (this.#series.slot(ref) !== NO_SLOT) return;
    const slot = this.#series.add(ref, metadata);
    const labels = given ?? this.#series.labels(slot);
    this.#detectors.add(labels[METRIC_NAME] ?? "", metadata.type, labels);
    this.#stopped.silent.add(slot);
    this.#ledger.addSeries(ref, labels, startsAtZero);
    this.#streaming.addSeries(ref, labels);
    this.#alertSeries.addSeries(labels);
    if (this.#strangersUntil > 0 && this.#clock() < this.#strangersUntil) this.#streaming.await(ref, this.#clock() + AWAITED_MS);
    this.#flag(slot, labels);
  }

  learn(ref: number, metadata: MetricMetadata): void {
    const slot = this.#series.slot(ref);
    if (slot === NO_SLOT || !this.#series.learn(slot, metadata)) return;
    this.#detectors.learnType(slot, this.#series.labels(slot)[METRIC_NAME] ?? "", metadata.type);
  }

  /** Time of the newest sample of a slot, ms; 0 before any. */
  #newest(slot: number): number {
    return this.#detectors.cells.number(slot, C.newestMs);
  }

  #clock(): number {
    return this.#ports.now?.() ?? this.#nowMs;
  }

  #flag(slot: number, labels = this.#series.labels(slot)): void {
    const ref = this.#series.ref(slot);
    const watched = this.#streaming.watches(ref) ? WATCHED : 0;
    const share = this.#caution(labels);
    this.#detectors.caution(slot, share);
    // A closer look finds more: of what somebody said to be nothing, more would be told than before.
    this.#detectors.watch(slot, watched !== 0 || share < 0 || this.#ledger.counts(ref), this.#isPinned(labels));
    const deployedAt = deployOf(labels, this.#deploys, this.#nowMs);
    if (deployedAt > 0) this.#detectors.deployed(slot, deployedAt);
    this.#detectors.cells.setByte(slot, BYTE.watched, watched | (this.#ledger.counts(ref) ? COUNTED : 0));
  }

  observe(ref: number, tMs: number, value: number): void {
    const slot = this.#series.slot(ref);
    if (slot !== NO_SLOT) this.#observe(slot, ref, tMs, value);
  }

  observeColumns(refs: Int32Array, times: Float64Array, values: Float64Array, verdicts: Uint8Array, length: number): void {
    this.#columns.observe(this.#series.slotOf, refs, times, values, verdicts, length);
  }

  /** Twin, in what it does with series like most, of `kernel/assembly/base-tier/samples.ts`. */
  #observe(slot: number, ref: number, tMs: number, value: number): void {
    const flags = this.#detectors.cells.byte(slot, BYTE.watched);
    if ((flags & WATCHED) !== 0) {
      if (tMs > this.#nowMs) this.#nowMs = this.#ports.now?.() ?? tMs;
      this.#streaming.observe(ref, tMs, value, this.#nowMs);
    }
    const before = this.#newest(slot);
    if (tMs <= before) return;
    this.#detectors.cells.setNumber(slot, C.newestMs, tMs);
    this.#stopped.silent.observed(slot, tMs, before);
    if (tMs > this.#newestDataMs) this.#newestDataMs = tMs;
    if (value !== value) {
      this.#stopped.silent.ended(slot);
      return;
    }
    if ((flags & COUNTED) !== 0) this.#ledger.observe(ref, tMs, value);
    this.#detectors.observe(slot, tMs, value);
  }

  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void {
    const slot = this.#series.slot(ref);
    const before = this.#newest(slot);
    if (slot === NO_SLOT || tMs <= before) return;
    this.#detectors.cells.setNumber(slot, C.newestMs, tMs);
    this.#stopped.silent.observed(slot, tMs, before);
    if (tMs > this.#newestDataMs) this.#newestDataMs = tMs;
    if (histogram.count !== histogram.count) return this.#stopped.silent.ended(slot);
    if ((this.#detectors.cells.byte(slot, BYTE.watched) & WATCHED) !== 0) this.#streaming.observeHistogram(ref);
    this.#detectors.observeHistogram(slot, tMs, histogram);
    this.#ledger.observeHistogram(ref, tMs, histogram);
  }

  finish(nowMs: number): EvaluationPlan {
    this.#nowMs = nowMs;
    this.#streaming.catchUp(nowMs);
    if (this.#streaming.isReplay) this.#streaming.endReplay(nowMs);
    const plan = this.#untold(this.#plan());
    this.#untold = WHOLE;
    return plan;
  }

  tickReads(nowMs: number): TickReads | null {
    if (this.#place !== "leader") return null;
    const requests = this.#interval.reads(nowMs, this.#newestDataMs);
    const burns = this.#burns.isDue(this.#place, nowMs);
    return requests === null && !burns ? null : { requests: requests ?? [], burns };
  }

  *tick(nowMs: number, elsewhere?: Elsewhere, pace = new Pace(Infinity)): Stepwise<EvaluationPlan> {
    this.#nowMs = nowMs;
    this.#tickedAt = nowMs;
    this.#closeOrphans(nowMs);
    this.#streaming.tick(nowMs);
    yield* this.#alertSeries.begin(nowMs, this.#ports, pace);
    const rules = this.#rules;
    const results = yield* this.#interval.run(this.#ports, this.#book, this.#alertSeries, nowMs, this.#newestDataMs, pace, elsewhere);
    // Of another configuration the others were not asked: its budgets are judged at the next tick.
    if (this.#rules === rules) this.#burns.judge(this.#place, nowMs, elsewhere);
    this.#book.expire(nowMs);
    const recorded = [...results, ...this.#alertSeries.take(this.#book, nowMs, this.#interval.evaluated)];
    return recorded.length === 0 ? this.#plan() : { ...this.#plan(), recorded };
  }

  nextTickAt(nowMs: number): number | null {
    const orphans = [...this.#book.instances.values()].some((instance) => instance.rule === null) ? nowMs : null;
    const times = [
      this.#interval.nextAt(nowMs, this.#newestDataMs),
      this.#streaming.nextAt(nowMs, this.#newestDataMs),
      this.#alertSeries.nextAt(this.#book),
      this.#burns.nextAt(this.#place),
      orphans,
    ].filter((at) => at !== null);
    if (times.length === 0 || orphans !== null) return orphans;
    // A deadline that has passed is due now, but one that was there at the newest tick and stays, such as a silent series kept firing, once a second.
    const next = Math.min(...times);
    return next > this.#tickedAt ? next : this.#tickedAt + 1000;
  }

  expected(ref: number): ReturnType<Evaluation["expected"]> {
    return this.#detectors.judgement(this.#series.slot(ref));
  }

  stepMs(ref: number): number {
    return this.#detectors.stepMs(this.#series.slot(ref));
  }

  judgedAs(ref: number): ReturnType<Evaluation["judgedAs"]> {
    return this.#detectors.described(this.#series.slot(ref));
  }

  said(ref: number): ReturnType<Evaluation["said"]> {
    return this.#detectors.remembered(this.#series.slot(ref));
  }

  expectedRanges(...[series, startMs, endMs, pace]: Parameters<Evaluation["expectedRanges"]>): ReturnType<Evaluation["expectedRanges"]> {
    return expectedRanges(series, startMs, endMs, pace ?? new Pace(Infinity), this.#past, {
      select: this.#ports.select,
      slotOf: (labels, key) => {
        const hash = seriesHash(labels);
        return this.#series.find((slot) => this.#series.hash(slot) === hash && seriesKey(this.#series.labels(slot)) === key);
      },
      said: (slot) => this.#detectors.remembered(slot),
      known: (slot, labels) => ({
        isCounter: this.#detectors.counts(slot),
        isMean: this.#detectors.isMean(slot),
        isRich: slot !== NO_SLOT && this.#detectors.isRich(slot),
        caution: this.#caution(labels),
        deployedAt: deployOf(labels, this.#deploys, this.#nowMs),
      }),
    });
  }

  rich(): readonly number[] {
    return this.#detectors.rich().map((slot) => this.#series.ref(slot));
  }

  handDetectors(refs: readonly (number | undefined)[]): Uint8Array {
    const slots = refs.map((ref) => (ref === undefined ? NO_SLOT : this.#series.slot(ref)));
    for (const slot of slots) if (slot !== NO_SLOT) this.#stopped.silent.ended(slot);
    return handDetectors(slots, this.#detectors);
  }

  takeDetectors(refs: readonly number[], bytes: Uint8Array): readonly boolean[] {
    const slots = refs.map((ref) => this.#series.slot(ref));
    return takeDetectors(slots, bytes, this.#detectors);
  }

  awaitSeries(untilMs: number): void {
    this.#strangersUntil = Math.max(this.#strangersUntil, untilMs);
  }

  awaited(nowMs: number): readonly number[] {
    return this.#streaming.awaited(nowMs);
  }

  awaitLonger(nowMs: number): void {
    this.#streaming.awaitLonger(nowMs + AWAITED_MS);
  }

  handAlerts(refs: readonly (number | undefined)[], nowMs: number): readonly HandedSeries[] {
    return handAlerts(refs, nowMs, { ...this.#ports, streaming: this.#streaming, book: this.#book });
  }

  letGoAlerts(taken: readonly TakenSeries<number>[]): void {
    letGoAlerts(taken, { streaming: this.#streaming, book: this.#book });
  }

  takeAlerts(refs: readonly number[], handed: readonly HandedSeries[], nowMs: number): EvaluationPlan {
    this.#nowMs = nowMs;
    const rows = handed.flatMap(({ alerts }) => alerts);
    this.#book.receive(rows, nowMs);
    this.#adoptAll();
    for (const [i, { times, values }] of handed.entries()) this.#streaming.fill(refs[i] ?? NO_SLOT, times, values);
    this.#streaming.settle(refs, nowMs);
    return this.#plan();
  }

  slos(nowMs: number): ReturnType<Evaluation["slos"]> {
    return this.#ledger.status(nowMs);
  }

  sliBuckets(sloId: string): ReturnType<Evaluation["sliBuckets"]> {
    return this.#ledger.buckets(sloId);
  }

  active(fingerprints?: readonly string[]): ReturnType<Evaluation["active"]> {
    return this.#book.shown(fingerprints);
  }

  faults(): ReturnType<Evaluation["faults"]> {
    return [...this.#unread, ...this.#interval.faults(), ...this.#book.faults()];
  }

  evaluations(): readonly RuleEvaluation[] {
    const at = this.#nowMs;
    const streaming = this.#rules.filter(({ program }) => program !== null);
    return [...streaming.map(({ group, rule }) => ({ rule: ruleKey(group, rule), at, tookMs: 0 })), ...this.#interval.evaluations()];
  }

  /** After `addSeries` and `configure`. Series that are not here any more are passed over; what is observed until `finish` is what came since the snapshot. */
  restore(parts: Iterable<Uint8Array>, states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[]): boolean {
    this.#streaming.isReplay = true;
    const statesRead = this.#book.restore(states);
    this.#untold = untoldSince(this.#book);
    this.#adoptAll();
    this.#alertSeries.remember(this.#book);
    const partsRead = this.snapshots.read(parts);
    this.#backfill(this.#nowMs);
    return statesRead && partsRead;
  }

  /** Some alerts may go by another id than their rule was given before they were known. */
  #adoptAll(): void {
    this.#adopt();
    const isAstray = [...this.#book.instances.values()].some(({ rule }) => rule === null);
    if (isAstray && this.#config !== null) this.#arrange(this.#config, this.#nowMs, this.#place);
  }

  #backfill(nowMs: number): void {
    if (this.#series.count === 0) return;
    this.#streaming.backfill(this.#ports.select, (ref) => this.#newest(this.#series.slot(ref)), nowMs);
  }

  /** Gives every alert its rule of the current configuration, or none. */
  #adopt(): void {
    const burns = this.#place === "follower" ? [] : this.#ledger.burnRules();
    this.#book.adopt([...this.#rules, ...burns]);
    for (const { rule } of this.#book.instances.values()) if (rule?.ofHistograms === true) this.#interval.wake(rule.rule);
  }

  #closeOrphans(nowMs: number): void {
    for (const instance of this.#book.instances.values()) if (instance.rule === null) this.#book.close(instance, nowMs);
  }

  #plan(): EvaluationPlan {
    const dataMs = Math.min(this.#newestDataMs, this.#nowMs);
    const anomalies = this.#stopped.tell(this.#series.count, dataMs, this.#detectors.take());
    return { ...this.#book.take(), anomalies };
  }
}
