/** Rules attached to the series they watch: each sample of a watched series steps its alerts at the sample's own time. */
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { AlertRule } from "@sightline/shared/model/rule";
import type { Select } from "@sightline/shared/promql/api";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { type AlertObservation, nextStepAt } from "@sightline/shared/alerting/alert-state";
import { judgeSeries } from "@sightline/shared/rules/streaming/judge-series";
import { isOpen } from "@sightline/shared/rules/alerts-of-series";
import { quietMsOf, sweepMsOf } from "@sightline/shared/rules/streaming/silent-windows";
import { LOOKBACK_MS, ProgramRunner } from "@sightline/shared/rules/streaming/program-runner";
import { type AlertBook, type AlertInstance, expiresAt } from "../alert-book.ts";
import type { CompiledRule } from "../compiled-rule.ts";
import { grown } from "../grown-array.ts";
import { NO_SLOT } from "../slotted-series.ts";
import { GivenSeries } from "./given-series.ts";
import { HandedWindows } from "./handed-windows.ts";
import { HeldSamples } from "./held-samples.ts";
import { LateSeries, isLate } from "./late-series.ts";
import { type StreamingRule, reachOf, storedReachOf } from "./rule-reach.ts";
import { isSettled } from "./settled-alert.ts";
import { type Watch, type WatchedBy, codeOf, metricOf, watchOf } from "./watch.ts";
import { WatchedPrograms } from "./watched-programs.ts";

/** Older samples come from a replay of long ago or an import: they fill the windows and raise no alert. */
const EVALUATED_AGE_MS = 3_600_000;
/** Samples ahead of the clock are awaited to the full second, ms: an alarm for each would be many. */
const AWAITED_MS = 1000;
/** That a series is silent is judged as late as that at the most where the clock goes on, ms. */
const BELATED_MS = 60_000;

export class StreamingRules {
  #rules: readonly StreamingRule[] = [];
  /** By the metric they name: a new series asks few of them. */
  #byMetric: ReadonlyMap<string, readonly StreamingRule[]> = new Map();
  /** By ref: the slot of a watched series, none for the many that no rule watches. */
  #slots = new Int32Array(0);
  /** By slot, as what the runner and the programs know of them. */
  #watched: (readonly Watch[])[] = [];
  #refOf: number[] = [];
  #runner = new ProgramRunner();
  #programs = new WatchedPrograms();
  /** Of watched series only: their ref by their key. */
  readonly #refs = new Map<string, number>();
  readonly #byFingerprint = new Map<string, Watch>();
  /** Slots of the series that may have an alert: all others have nothing to tell the book while they do not breach. */
  readonly #alerted = new Set<number>();
  readonly #book: AlertBook;
  readonly #onHistogram: (rule: AlertRule) => void;
  /** Rules that were seen to have native histograms among their series. */
  readonly #ofHistograms = new Set<AlertRule>();
  /** How long after its newest sample a series is still to be judged by time alone, ms; 0 when every rule looks at the newest sample alone. */
  #reachMs = 0;
  /** How often silent series are looked for: as often as the rule asks that does so most. */
  #sweepMs = 0;
  #sweptAt = 0;
  /** What is observed was seen before: alerts know of it. */
  isReplay = false;
  readonly #held = new HeldSamples();
  readonly #handed = new HandedWindows();
  readonly #given = new GivenSeries();
  readonly #late = new LateSeries();

  /** `onHistogram`: the rule's other half, on the interval, is to judge what does not stream. */
  constructor(book: AlertBook, onHistogram: (rule: AlertRule) => void = () => undefined) {
    this.#book = book;
    book.onAlert((fingerprint) => {
      const watch = this.#byFingerprint.get(fingerprint);
      if (watch !== undefined) this.#alerted.add(watch.slot);
    });
    this.#onHistogram = onHistogram;
  }

  /** Attaches a new set of rules to all series. `backfill` then gives their rings what they have missed. */
  configure(rules: readonly CompiledRule[], series: () => Iterable<readonly [ref: number, labels: Labels]>): void {
    this.#rules = rules.filter((rule): rule is StreamingRule => rule.program !== null);
    this.#byMetric = Map.groupBy(this.#rules, metricOf);
    this.#reachMs = Math.max(0, ...this.#rules.map(reachOf));
    this.#sweepMs = Math.min(...this.#rules.filter((rule) => reachOf(rule) > 0).map(({ intervalMs }) => sweepMsOf(intervalMs)));
    this.#slots = new Int32Array(0);
    this.#watched = [];
    this.#refOf = [];
    this.#runner = new ProgramRunner();
    this.#programs = new WatchedPrograms();
    this.#refs.clear();
    this.#byFingerprint.clear();
    this.#alerted.clear();
    this.#ofHistograms.clear();
    this.#held.clear();
    this.#book.forgetContests();
    if (this.#rules.length > 0) for (const [ref, labels] of series()) this.addSeries(ref, labels);
  }

  addSeries(ref: number, labels: Labels): void {
    if (this.watches(ref)) return;
    const rules = (this.#byMetric.get(labels[METRIC_NAME] ?? "") ?? []).filter(({ program }) => matchesLabels(program.matchers, labels));
    if (rules.length === 0) return;
    const slot = this.#runner.windows.add(Math.max(...rules.map(({ program }) => program.rangeMs)));
    const watches = rules.map((rule) => watchOf(rule, slot, labels));
    for (const watch of watches) this.#byFingerprint.set(watch.fingerprint, watch);
    this.#programs.add(rules.map(codeOf));
    this.#watched.push(watches);
    this.#refOf.push(ref);
    if (this.#hasAlert(slot)) this.#alerted.add(slot);
    const room = this.#slots.length;
    this.#slots = grown(this.#slots, ref + 1).fill(NO_SLOT, room);
    this.#slots[ref] = slot;
    this.#refs.set(seriesKey(labels), ref);
  }

  /** Whether samples of the series are to be shown to `observe`. */
  watches(ref: number): boolean {
    return this.#slot(ref) !== NO_SLOT;
  }

  #slot(ref: number): number {
    return this.#slots[ref] ?? NO_SLOT;
  }

  /** Reads from storage what watched series sent before their rules or this object were here, up to each one's `newest`: also ahead of the clock. */
  backfill(select: Select, newestOf: (ref: number) => number, nowMs: number): void {
    this.#handed.expire(nowMs);
    for (const [ref, { times, values }] of this.#handed) this.#recallAll(ref, times, values);
    // The longest first: what came before a series' newest sample is not taken any more.
    const ends = this.#endsOfLate(newestOf, nowMs);
    for (const rule of this.#rules.toSorted((a, b) => storedReachOf(b) - storedReachOf(a))) {
      const startMs = (ends.get(rule) ?? nowMs) - storedReachOf(rule);
      for (const series of select({ matchers: rule.program.matchers, startMs, endMs: Number.MAX_SAFE_INTEGER })) {
        const ref = this.#refs.get(seriesKey(series.labels));
        if (ref === undefined) continue;
        const slot = this.#slot(ref);
        const window = this.#runner.windows.seek(slot);
        const newest = newestOf(ref);
        for (let i = 0; i < series.timestamps.length; i++) {
          const t = series.timestamps[i] ?? 0;
          if (t > newest || series.histograms?.[i] !== undefined || t <= window.lastTime) continue;
          if (t > nowMs || this.#held.isAwaited(ref, nowMs)) this.#held.add(ref, t, series.values[i] ?? Number.NaN);
          else this.#recall(slot, t, series.values[i] ?? Number.NaN);
        }
      }
    }
  }

  /** By rule: where the windows end, ms, of those of its series that are late, or silent with an alert. */
  #endsOfLate(newestOf: (ref: number) => number, nowMs: number): ReadonlyMap<StreamingRule, number> {
    const ends = new Map<StreamingRule, number>();
    for (const [slot, ref] of this.#refOf.entries()) {
      const newest = newestOf(ref);
      if (!isLate(newest, nowMs) || newest < nowMs - EVALUATED_AGE_MS) continue;
      if (!this.#alerted.has(slot) && this.#late.until(ref, newest, nowMs) === 0) continue;
      for (const { rule } of this.#watched[slot] ?? []) ends.set(rule, Math.min(ends.get(rule) ?? Infinity, newest));
    }
    return ends;
  }

  /**
   * What was observed until now was seen before. An open alert that the clock has not judged though its series says nothing: its sender was catching up, or this
   * object was away, and it has that to catch up with.
   */
  endReplay(nowMs: number): void {
    this.isReplay = false;
    for (const slot of this.#alerted) {
      const lastTime = this.#lastTime(slot);
      if (!isLate(lastTime, nowMs - BELATED_MS) || lastTime < nowMs - EVALUATED_AGE_MS) continue;
      const isUnjudged = ({ fingerprint }: Watch): boolean => {
        const state = this.#book.instances.get(fingerprint)?.state;
        return state !== undefined && isOpen(state) && state.at <= lastTime;
      };
      if (this.#watched[slot]?.some(isUnjudged) === true) this.#late.came(this.#refOf[slot] as number, nowMs);
    }
  }

  /** A sample of before: it fills windows and raises no alert. */
  #recall(slot: number, t: number, value: number): void {
    this.#runner.windows.seek(slot).remember(t, value);
    for (const { conditions } of this.#watched[slot] ?? [])
      if (conditions !== null) judgeSeries(conditions.plan, conditions.memory, this.#runner, t, true, "none");
  }

  /** Another shard had the series: what comes waits for its samples there, until then at the most, ms. Where no rule watches it nothing does. */
  await(ref: number, untilMs: number): void {
    if (this.watches(ref)) this.#held.await(ref, untilMs);
  }

  /** Those that wait so do until then. */
  awaitLonger(untilMs: number): void {
    this.#held.awaitLonger(untilMs);
  }

  /** The series that wait so. */
  awaited(nowMs: number): readonly number[] {
    return this.#held.awaited(nowMs);
  }

  /** The samples that another shard has of a series that waits for them, the oldest first; `settle` then judges what came here. */
  fill(ref: number, times: Float64Array, values: Float64Array): void {
    if (!this.#held.isAwaited(ref) || !this.watches(ref)) return;
    if (times.length > 0) this.#handed.add(ref, { times, values });
    this.#recallAll(ref, times, values);
  }

  #recallAll(ref: number, times: Float64Array, values: Float64Array): void {
    const slot = this.#slot(ref);
    if (slot === NO_SLOT) return;
    for (const [i, t] of times.entries()) if (t > this.#lastTime(slot)) this.#recall(slot, t, values[i] ?? Number.NaN);
  }

  /** These wait no more. */
  settle(refs: readonly number[], nowMs: number): void {
    this.#held.release(refs);
    this.catchUp(nowMs);
  }

  /** Undefined where no rule watches the series. */
  watchedBy(ref: number): WatchedBy | undefined {
    const watches = this.#watched[this.#slot(ref)];
    if (watches === undefined) return undefined;
    const rules = watches.map(({ rule, source }) => ({ id: rule.id, source }));
    return { rules, reachMs: Math.max(...watches.map(({ rule }) => storedReachOf(rule))) };
  }

  /** The series, which has these alerts, goes on in another shard, for good where `untilMs` is infinity; it is here again with its next sample. */
  give(ref: number, alerts: readonly AlertInstance[], untilMs: number): void {
    this.#given.give(ref, { alerts, untilMs });
  }

  /** Time of the newest sample of a watched series, ms; 0 before any. */
  newestOf(ref: number): number {
    return this.watches(ref) ? this.#lastTime(this.#slot(ref)) : 0;
  }

  /** Hot for watched series: O(1), or the length of the window for a function that folds it. What an evaluation at `nowMs` would not see waits. */
  observe(ref: number, tMs: number, value: number, nowMs: number): void {
    const slot = this.#slot(ref);
    if (slot === NO_SLOT) return;
    this.catchUp(nowMs);
    this.#given.takeBack(ref);
    if (tMs > nowMs || this.#held.isAwaited(ref, nowMs)) this.#held.add(ref, tMs, value);
    else this.#show(slot, tMs, value, nowMs);
  }

  /** Shows the rules those samples that were ahead of the clock and are not any more. */
  catchUp(nowMs: number): void {
    if (nowMs < this.#held.nextAt) return;
    for (const { ref, t, value } of this.#held.take(nowMs)) this.#show(this.#slot(ref), t, value, nowMs);
  }

  /** A late sample changes what windows hold, which are judged at the series' newest sample anew. */
  #show(slot: number, tMs: number, value: number, nowMs: number): void {
    const runner = this.#runner;
    const window = runner.windows.seek(slot);
    const before = window.lastTime;
    if (tMs < before && tMs <= before - window.rangeMs) return;
    window.remember(tMs, value);
    const at = window.lastTime;
    // What is never judged by its samples is by the clock.
    if (at < nowMs - EVALUATED_AGE_MS) return;
    if (isLate(at, nowMs) && !this.isReplay) this.#late.came(this.#refOf[slot] as number, nowMs);
    const quiet = !this.#alerted.has(slot) && !this.#book.hasContests;
    const { code } = this.#programs;
    let next = this.#programs.at(slot);
    const count = code[next++] as number;
    for (let i = 0; i < count; i++) {
      runner.run(code, next, at);
      next = runner.end;
      if (runner.absent && quiet) continue;
      const watch = this.#watched[slot]?.[i] as Watch;
      this.#step(watch, this.#judge(watch, this.#momentOf(watch, at, nowMs), tMs > before));
    }
    if (!quiet && !this.#hasAlert(slot)) this.#alerted.delete(slot);
  }

  /**
   * A sample is judged at its own time, but now where the clock has judged its alert later than that: by then it was not there to be seen. What is too late to be
   * seen now leaves such an alert as it is, so that those behind it are told as they were.
   */
  #momentOf({ fingerprint }: Watch, at: number, nowMs: number): number {
    if (this.isReplay || isLate(at, nowMs)) return at;
    const judgedAt = this.#book.instances.get(fingerprint)?.state.at ?? 0;
    return at >= judgedAt ? at : Math.max(nowMs, judgedAt);
  }

  #hasAlert(slot: number): boolean {
    return this.#watched[slot]?.some(({ fingerprint }) => this.#book.instances.has(fingerprint)) ?? false;
  }

  #step({ rule, fingerprint, source }: Watch, observation: AlertObservation): void {
    this.#book.step(rule, fingerprint, source, observation);
  }

  /** A sample that no window takes. */
  observeHistogram(ref: number): void {
    for (const { rule } of this.#watched[this.#slot(ref)] ?? []) {
      if (this.#ofHistograms.has(rule.rule)) continue;
      this.#ofHistograms.add(rule.rule);
      this.#onHistogram(rule.rule);
    }
  }

  #judge({ conditions, rule, slot, fingerprint }: Watch, at: number, isSample: boolean): AlertObservation {
    const runner = this.#runner;
    runner.windows.seek(slot);
    if (conditions === null) {
      const value = runner.run(rule.program.code, 0, at);
      return { active: !runner.absent, value, at };
    }
    const state = this.#book.instances.get(fingerprint)?.state.state;
    const alert = state === "firing" || state === "pending" ? state : "none";
    return judgeSeries(conditions.plan, conditions.memory, runner, at, isSample, alert);
  }

  #isGiven(slot: number): boolean {
    return this.#given.has(this.#refOf[slot] ?? NO_SLOT);
  }

  #lateUntil(slot: number, nowMs: number): number {
    return this.#late.until(this.#refOf[slot] ?? NO_SLOT, this.#lastTime(slot), nowMs);
  }

  #lastTime(slot: number): number {
    return this.#runner.windows.seek(slot).lastTime;
  }

  /** Judges what watched series said last: a new rule need not wait for a sample that may never come, nor the end of what it says no more. */
  judgeStanding(nowMs: number): void {
    this.#given.expire(nowMs);
    for (const watch of this.#byFingerprint.values()) {
      const lastTime = this.#lastTime(watch.slot);
      if (this.#isGiven(watch.slot)) continue;
      if (lastTime === 0 || nowMs - lastTime > LOOKBACK_MS || this.#book.instances.has(watch.fingerprint)) continue;
      const observation = this.#judge(watch, Math.max(nowMs, lastTime), false);
      if (observation.active) this.#step(watch, observation);
    }
    this.#judgeOpen(nowMs);
  }

  /** Steps what time alone changes: the end of `for`, and series that fell silent. */
  tick(nowMs: number): void {
    this.catchUp(nowMs);
    this.#given.expire(nowMs);
    this.#handed.expire(nowMs);
    this.#judgeOpen(nowMs);
    if (this.#reachMs > 0 && nowMs - this.#sweptAt >= this.#sweepMs) this.#sweep(nowMs);
  }

  #judgeOpen(nowMs: number): void {
    for (const instance of this.#book.instances.values()) {
      const found = this.#byFingerprint.get(instance.fingerprint);
      if (instance.rule?.program == null || instance.given === true) continue;
      if (found === undefined) {
        if (instance.state.state !== "resolved")
          this.#book.step(instance.rule, instance.fingerprint, instance.source, { active: false, value: 0, at: nowMs });
        continue;
      }
      if (nowMs < this.#lateUntil(found.slot, nowMs)) continue;
      const at = Math.max(nowMs, this.#lastTime(found.slot));
      const observation = this.#judge(found, at, false);
      if (instance.state.state !== "resolved" && !isSettled(instance, observation, at))
        this.#book.step(instance.rule, instance.fingerprint, instance.source, observation);
    }
  }

  /** Judges series that sent nothing for a while and still have samples in their windows, or whose silence is to fire. */
  #sweep(nowMs: number): void {
    const sweptAt = this.#sweptAt;
    this.#sweptAt = nowMs;
    const isDue = ({ intervalMs }: StreamingRule): boolean =>
      Math.floor(nowMs / sweepMsOf(intervalMs)) > Math.floor(sweptAt / sweepMsOf(intervalMs));
    for (const [slot, watches] of this.#watched.entries()) {
      const lastTime = this.#lastTime(slot);
      if (this.#isGiven(slot)) continue;
      if (lastTime <= nowMs - this.#reachMs || nowMs < this.#lateUntil(slot, nowMs)) continue;
      for (const watch of watches) {
        if (nowMs - lastTime < quietMsOf(watch.rule.intervalMs, reachOf(watch.rule)) || !isDue(watch.rule)) continue;
        const observation = this.#judge(watch, nowMs, false);
        if (observation.active || observation.gap === true) this.#step(watch, observation);
      }
    }
  }

  /** `newestDataMs`: of any series. Without data for longer than the longest window there is nothing to judge. */
  nextAt(nowMs: number, newestDataMs: number): number | null {
    let next: number | null = this.#reachMs > 0 && nowMs - newestDataMs <= this.#reachMs ? this.#sweptAt + this.#sweepMs : null;
    const awaited = Math.min(Math.ceil(this.#held.nextAt / AWAITED_MS) * AWAITED_MS, this.#given.nextAt);
    if (awaited < (next ?? Infinity)) next = awaited;
    for (const instance of this.#book.instances.values()) {
      if (instance.rule === null || instance.given === true) continue;
      const due = instance.state.state === "resolved" ? expiresAt(instance) : nextStepAt(instance.state, instance.rule.rule);
      // What is judged on its interval is not awaited here.
      const found = instance.rule.program === null ? undefined : this.#byFingerprint.get(instance.fingerprint);
      const { state, gapSince, ceasedAt } = instance.state;
      // Silence that was seen already changes nothing more.
      const known = state === "resolved" || gapSince !== undefined || ceasedAt !== undefined;
      const silent = found === undefined || known ? null : this.#lastTime(found.slot) + LOOKBACK_MS;
      const lateUntil = found === undefined ? 0 : this.#lateUntil(found.slot, nowMs);
      for (const at of [due, silent]) if (at !== null) next = Math.min(next ?? Infinity, Math.max(at, lateUntil));
    }
    return next;
  }
}
