/** Rules attached to the series they watch: each sample of a watched series steps its alerts at the sample's own time. */
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { AlertRule } from "@sightline/shared/model/rule";
import type { Select } from "@sightline/shared/promql/api";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { type AlertObservation, nextStepAt } from "@sightline/shared/alerting/alert-state";
import {
  LOOKBACK_MS,
  type ProgramInput,
  type SeriesProgram,
  programInput,
  remember,
  runProgram,
} from "@sightline/shared/rules/streaming/compile";
import { type SeriesMemory, type StreamingPlan, judgeSeries, seriesMemory } from "@sightline/shared/rules/streaming/judge-series";
import { SampleRing } from "@sightline/shared/rules/streaming/sample-ring";
import { type AlertBook, type AlertInstance, expiresAt } from "../alert-book.ts";
import { type CompiledRule, fingerprintOf, withoutName } from "../compiled-rule.ts";
import { AheadSamples } from "./ahead-samples.ts";

/** Older samples come from a replay of long ago or an import: they fill the rings and raise no alert. */
const EVALUATED_AGE_MS = 3_600_000;
/** How far back the outcomes are looked for that "M of the last N" counts, ms. */
const OUTCOMES_MS = 3_600_000;
/** A window slides on while its series is silent: how often it is judged then. */
const SWEEP_MS = 15_000;
/** Samples ahead of the clock are awaited to the full second, ms: an alarm for each would be many. */
const AWAITED_MS = 1000;

interface Watch {
  readonly rule: CompiledRule;
  readonly program: SeriesProgram;
  readonly fingerprint: string;
  readonly source: Labels;
  /** Of a rule that says more than its expression; null for all others, which pay nothing for it. */
  readonly conditions: { readonly plan: StreamingPlan; readonly memory: SeriesMemory } | null;
}

interface WatchedSeries {
  readonly labels: Labels;
  readonly watches: Watch[];
  readonly input: ProgramInput;
  readonly ahead: AheadSamples;
}

type StreamingRule = CompiledRule & { readonly program: SeriesProgram };

function conditionsOf({ conditions, program }: StreamingRule): Watch["conditions"] {
  return conditions === null ? null : { plan: { ...conditions, program }, memory: seriesMemory() };
}

export class StreamingRules {
  #rules: readonly StreamingRule[] = [];
  /** By the metric they name: a new series asks few of them. */
  #byMetric: ReadonlyMap<string, readonly StreamingRule[]> = new Map();
  /** By ref; undefined for the many series no rule watches. */
  #watched: (WatchedSeries | undefined)[] = [];
  /** Of watched series only: their ref by their key. */
  readonly #refs = new Map<string, number>();
  readonly #byFingerprint = new Map<string, { readonly series: WatchedSeries; readonly watch: Watch }>();
  readonly #book: AlertBook;
  readonly #onHistogram: (rule: AlertRule) => void;
  /** Rules that were seen to have native histograms among their series. */
  readonly #ofHistograms = new Set<AlertRule>();
  /** How long after its newest sample a series is still to be judged by time alone, ms; 0 when every rule looks at the newest sample alone. */
  #reachMs = 0;
  #sweptAt = 0;
  /** Series that have samples ahead of the clock, and the time of the earliest, ms. */
  readonly #early = new Set<WatchedSeries>();
  #earlyAt = Infinity;

  /** `onHistogram`: the rule's other half, on the interval, is to judge what does not stream. */
  constructor(book: AlertBook, onHistogram: (rule: AlertRule) => void = () => undefined) {
    this.#book = book;
    this.#onHistogram = onHistogram;
  }

  /** Attaches a new set of rules to all series. `backfill` then gives their rings what they have missed. */
  configure(rules: readonly CompiledRule[], series: () => Iterable<readonly [ref: number, labels: Labels]>): void {
    this.#rules = rules.filter((rule): rule is StreamingRule => rule.program !== null);
    this.#byMetric = Map.groupBy(this.#rules, metricOf);
    this.#reachMs = Math.max(0, ...this.#rules.map(reachOf));
    this.#watched = [];
    this.#refs.clear();
    this.#byFingerprint.clear();
    this.#ofHistograms.clear();
    this.#early.clear();
    this.#earlyAt = Infinity;
    this.#book.forgetContests();
    if (this.#rules.length > 0) for (const [ref, labels] of series()) this.addSeries(ref, labels);
  }

  addSeries(ref: number, labels: Labels): void {
    if (this.#watched[ref] !== undefined) return;
    let watched: WatchedSeries | undefined;
    let rangeMs = 0;
    for (const rule of this.#byMetric.get(labels[METRIC_NAME] ?? "") ?? []) {
      if (!matchesLabels(rule.program.matchers, labels)) continue;
      watched ??= { labels, watches: [], input: programInput(null), ahead: new AheadSamples() };
      const source = rule.program.keepsName ? labels : withoutName(labels);
      const watch: Watch = {
        rule,
        program: rule.program,
        fingerprint: fingerprintOf(rule, source),
        source,
        conditions: conditionsOf(rule),
      };
      watched.watches.push(watch);
      this.#byFingerprint.set(watch.fingerprint, { series: watched, watch });
      rangeMs = Math.max(rangeMs, rule.program.rangeMs);
    }
    if (watched === undefined) return;
    if (rangeMs > 0) watched.input.ring = new SampleRing(rangeMs);
    this.#watched[ref] = watched;
    this.#refs.set(seriesKey(labels), ref);
  }

  /** Whether samples of the series are to be shown to `observe`. */
  watches(ref: number): boolean {
    return this.#watched[ref] !== undefined;
  }

  /** Reads from storage what watched series sent before their rules or this object were here, up to each one's `newest`: also ahead of the clock. */
  backfill(select: Select, newestOf: (ref: number) => number, nowMs: number): void {
    const reach = ({ program, conditions }: StreamingRule): number =>
      Math.max(program.rangeMs, LOOKBACK_MS, conditions === null || conditions.mOfN === null ? 0 : program.rangeMs + OUTCOMES_MS);
    // The longest first: what came before a series' newest sample is not taken any more.
    for (const rule of this.#rules.toSorted((a, b) => reach(b) - reach(a))) {
      for (const series of select({ matchers: rule.program.matchers, startMs: nowMs - reach(rule), endMs: Number.MAX_SAFE_INTEGER })) {
        const ref = this.#refs.get(seriesKey(series.labels));
        const watched = ref === undefined ? undefined : this.#watched[ref];
        if (ref === undefined || watched === undefined) continue;
        const newest = newestOf(ref);
        for (let i = 0; i < series.timestamps.length; i++) {
          const t = series.timestamps[i] ?? 0;
          if (t > newest || series.histograms?.[i] !== undefined || t <= watched.input.lastTime) continue;
          if (t > nowMs) {
            this.#hold(watched, t, series.values[i] ?? Number.NaN);
            continue;
          }
          remember(watched.input, t, series.values[i] ?? Number.NaN);
          for (const { conditions } of watched.watches)
            if (conditions !== null) judgeSeries(conditions.plan, conditions.memory, watched.input, t, true, "none");
        }
      }
    }
  }

  /** Hot for watched series: O(1), or the length of the ring for a range function. What an evaluation at `nowMs` would not see waits. */
  observe(ref: number, tMs: number, value: number, nowMs: number): void {
    const watched = this.#watched[ref];
    if (watched === undefined) return;
    this.catchUp(nowMs);
    if (tMs > nowMs) this.#hold(watched, tMs, value);
    else this.#show(watched, tMs, value, nowMs);
  }

  #hold(watched: WatchedSeries, tMs: number, value: number): void {
    watched.ahead.add(tMs, value);
    this.#early.add(watched);
    this.#earlyAt = Math.min(this.#earlyAt, tMs);
  }

  /** Shows the rules those samples that were ahead of the clock and are not any more. */
  catchUp(nowMs: number): void {
    if (nowMs < this.#earlyAt) return;
    this.#earlyAt = Infinity;
    for (const watched of this.#early) {
      for (const { t, value } of watched.ahead.take(nowMs)) this.#show(watched, t, value, nowMs);
      const { firstAt } = watched.ahead;
      if (firstAt === Infinity) this.#early.delete(watched);
      else this.#earlyAt = Math.min(this.#earlyAt, firstAt);
    }
  }

  /** A late sample changes what windows hold, which are judged at the series' newest sample anew. */
  #show(watched: WatchedSeries, tMs: number, value: number, nowMs: number): void {
    const { input } = watched;
    const isLate = tMs <= input.lastTime;
    if (isLate && tMs < input.lastTime && (input.ring === null || tMs <= input.lastTime - input.ring.rangeMs)) return;
    remember(input, tMs, value);
    const at = input.lastTime;
    if (at < nowMs - EVALUATED_AGE_MS) return;
    for (const watch of watched.watches) {
      const { rule, program, fingerprint, source } = watch;
      if (watch.conditions !== null) {
        this.#book.step(rule, fingerprint, source, this.#judge(watch, input, at, !isLate));
        continue;
      }
      const result = runProgram(program, input, at);
      const { absent } = input;
      if (absent && this.#book.instances.size === 0 && !this.#book.hasContests) continue;
      this.#book.step(rule, fingerprint, source, { active: !absent, value: result, at });
    }
  }

  /** A sample that no window takes. */
  observeHistogram(ref: number): void {
    for (const { rule } of this.#watched[ref]?.watches ?? []) {
      if (this.#ofHistograms.has(rule.rule)) continue;
      this.#ofHistograms.add(rule.rule);
      this.#onHistogram(rule.rule);
    }
  }

  #judge({ conditions, program, fingerprint }: Watch, input: ProgramInput, at: number, isSample: boolean): AlertObservation {
    if (conditions === null) {
      const value = runProgram(program, input, at);
      return { active: !input.absent, value, at };
    }
    const state = this.#book.instances.get(fingerprint)?.state.state;
    const alert = state === "firing" || state === "pending" ? state : "none";
    return judgeSeries(conditions.plan, conditions.memory, input, at, isSample, alert);
  }

  /** Judges what watched series said last: a new rule need not wait for a sample that may never come, nor the end of what it says no more. */
  judgeStanding(nowMs: number): void {
    for (const [fingerprint, { series, watch }] of this.#byFingerprint) {
      const { input } = series;
      if (input.lastTime === 0 || nowMs - input.lastTime > LOOKBACK_MS || this.#book.instances.has(fingerprint)) continue;
      const at = Math.max(nowMs, input.lastTime);
      const observation = this.#judge(watch, input, at, false);
      if (observation.active) this.#book.step(watch.rule, fingerprint, watch.source, observation);
    }
    this.#judgeOpen(nowMs);
  }

  /** Steps what time alone changes: the end of `for`, and series that fell silent. */
  tick(nowMs: number): void {
    this.catchUp(nowMs);
    this.#judgeOpen(nowMs);
    if (this.#reachMs > 0 && nowMs - this.#sweptAt >= SWEEP_MS) this.#sweep(nowMs);
  }

  #judgeOpen(nowMs: number): void {
    for (const instance of this.#book.instances.values()) {
      const found = this.#byFingerprint.get(instance.fingerprint);
      if (instance.rule?.program == null) continue;
      if (found === undefined) {
        if (instance.state.state !== "resolved")
          this.#book.step(instance.rule, instance.fingerprint, instance.source, { active: false, value: 0, at: nowMs });
        continue;
      }
      const { input } = found.series;
      const at = Math.max(nowMs, input.lastTime);
      const observation = this.#judge(found.watch, input, at, false);
      if (instance.state.state !== "resolved" && !isSettled(instance, observation, at))
        this.#book.step(instance.rule, instance.fingerprint, instance.source, observation);
    }
  }

  /** Judges series that sent nothing for a while and still have samples in their windows, or whose silence is to fire. */
  #sweep(nowMs: number): void {
    this.#sweptAt = nowMs;
    for (const watched of this.#watched) {
      if (watched === undefined) continue;
      const { input, watches } = watched;
      if (input.lastTime > nowMs - SWEEP_MS || input.lastTime <= nowMs - this.#reachMs) continue;
      for (const watch of watches) {
        if (reachOf(watch.rule) === 0) continue;
        const observation = this.#judge(watch, input, nowMs, false);
        if (observation.active || observation.gap === true) this.#book.step(watch.rule, watch.fingerprint, watch.source, observation);
      }
    }
  }

  /** `newestDataMs`: of any series. Without data for longer than the longest window there is nothing to judge. */
  nextAt(nowMs: number, newestDataMs: number): number | null {
    let next: number | null = this.#reachMs > 0 && nowMs - newestDataMs <= this.#reachMs ? this.#sweptAt + SWEEP_MS : null;
    const awaited = Math.ceil(this.#earlyAt / AWAITED_MS) * AWAITED_MS;
    if (awaited < (next ?? Infinity)) next = awaited;
    for (const instance of this.#book.instances.values()) {
      if (instance.rule === null) continue;
      const due = instance.state.state === "resolved" ? expiresAt(instance) : nextStepAt(instance.state, instance.rule.rule);
      // What is judged on its interval is not awaited here.
      const found = instance.rule.program === null ? undefined : this.#byFingerprint.get(instance.fingerprint);
      const { state, gapSince, ceasedAt } = instance.state;
      // Silence that was seen already changes nothing more.
      const known = state === "resolved" || gapSince !== undefined || ceasedAt !== undefined;
      const silent = found === undefined || known ? null : found.series.input.lastTime + LOOKBACK_MS;
      for (const at of [due, silent]) if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }
}

/** The compiler takes no selector without a metric's name. */
const metricOf = ({ program }: StreamingRule): string =>
  program.matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "";

/** How long after its newest sample a series is judged by time alone, ms. */
const reachOf = ({ program, conditions }: Pick<CompiledRule, "program" | "conditions">): number => {
  const silence = conditions?.onGap === "fire" ? LOOKBACK_MS + conditions.gapLimitMs : 0;
  return Math.max(program?.rangeMs ?? 0, silence);
};

/** Nothing has changed that its state would not know. */
function isSettled({ rule, state }: AlertInstance, observation: AlertObservation, at: number): boolean {
  if (rule === null || (!observation.active && observation.holds !== true)) return false;
  if (state.gapSince !== undefined) return false;
  const due = nextStepAt(state, rule.rule);
  return state.state === "firing" || (due !== null && at < due);
}
