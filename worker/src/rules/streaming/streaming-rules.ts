/** Rules attached to the series they watch: each sample of a watched series steps its alerts at the sample's own time. */
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { isStale } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { nextStepAt } from "@sightline/shared/alerting/alert-state";
import type { AlertBook } from "../alert-book.ts";
import { type CompiledRule, fingerprintOf, withoutName } from "../compiled-rule.ts";
import { LOOKBACK_MS, type ProgramInput, type SeriesProgram } from "./compile.ts";
import { SampleRing } from "./sample-ring.ts";

/** Older samples come from a replay of long ago or an import: they fill the rings and raise no alert. */
const EVALUATED_AGE_MS = 3_600_000;
/** A window slides on while its series is silent: how often it is judged then. */
const SWEEP_MS = 15_000;

interface Watch {
  readonly rule: CompiledRule;
  readonly program: SeriesProgram;
  readonly fingerprint: string;
  readonly source: Labels;
}

interface WatchedSeries {
  readonly labels: Labels;
  readonly watches: Watch[];
  readonly input: ProgramInput;
}

type StreamingRule = CompiledRule & { readonly program: SeriesProgram };

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
  /** Of the longest window, ms; 0 when every rule looks at the newest sample alone. */
  #reachMs = 0;
  #sweptAt = 0;

  constructor(book: AlertBook) {
    this.#book = book;
  }

  /** Attaches a new set of rules to all series. `backfill` then gives their rings what they have missed. */
  configure(rules: readonly CompiledRule[], series: readonly (Labels | undefined)[]): void {
    this.#rules = rules.filter((rule): rule is StreamingRule => rule.program !== null);
    this.#byMetric = Map.groupBy(this.#rules, metricOf);
    this.#reachMs = Math.max(0, ...this.#rules.map(({ program }) => program.rangeMs));
    this.#watched = [];
    this.#refs.clear();
    this.#byFingerprint.clear();
    series.forEach((labels, ref) => {
      if (labels !== undefined) this.addSeries(ref, labels);
    });
  }

  addSeries(ref: number, labels: Labels): void {
    if (this.#watched[ref] !== undefined) return;
    let watched: WatchedSeries | undefined;
    let rangeMs = 0;
    for (const rule of this.#byMetric.get(labels[METRIC_NAME] ?? "") ?? []) {
      if (!matchesLabels(rule.program.matchers, labels)) continue;
      watched ??= { labels, watches: [], input: { at: 0, lastTime: 0, lastValue: 0, ring: null, absent: false } };
      const source = withoutName(labels);
      const watch: Watch = { rule, program: rule.program, fingerprint: fingerprintOf(rule, source), source };
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

  /** Reads from storage what watched series sent before their rules or this object were here, up to each one's `newest`. */
  backfill(select: Select, newestOf: (ref: number) => number, nowMs: number): void {
    for (const rule of this.#rules) {
      const reach = Math.max(rule.program.rangeMs, LOOKBACK_MS);
      for (const series of select({ matchers: rule.program.matchers, startMs: nowMs - reach, endMs: nowMs })) {
        const ref = this.#refs.get(seriesKey(series.labels));
        const watched = ref === undefined ? undefined : this.#watched[ref];
        if (ref === undefined || watched === undefined) continue;
        const newest = newestOf(ref);
        for (let i = 0; i < series.timestamps.length; i++) {
          const t = series.timestamps[i] ?? 0;
          if (t <= newest && series.histograms?.[i] === undefined) remember(watched.input, t, series.values[i] ?? Number.NaN);
        }
      }
    }
  }

  /** Hot for watched series: O(1), or the length of the ring for a range function. */
  observe(ref: number, tMs: number, value: number, nowMs: number): void {
    const watched = this.#watched[ref];
    if (watched === undefined || tMs <= watched.input.lastTime) return;
    remember(watched.input, tMs, value);
    if (tMs < nowMs - EVALUATED_AGE_MS) return;
    for (const { rule, program, fingerprint, source } of watched.watches) {
      const result = run(program, watched.input, tMs);
      const { absent } = watched.input;
      if (absent && this.#book.instances.size === 0) continue;
      this.#book.step(rule, fingerprint, source, { active: !absent, value: result, at: tMs });
    }
  }

  /** Judges what watched series said last: a new rule need not wait for a sample that may never come. */
  judgeStanding(nowMs: number): void {
    for (const [fingerprint, { series, watch }] of this.#byFingerprint) {
      const { input } = series;
      if (input.lastTime === 0 || nowMs - input.lastTime > LOOKBACK_MS || this.#book.instances.has(fingerprint)) continue;
      const at = Math.max(nowMs, input.lastTime);
      const value = run(watch.program, input, at);
      if (!input.absent) this.#book.step(watch.rule, fingerprint, watch.source, { active: true, value, at });
    }
  }

  /** Steps what time alone changes: the end of `for`, and series that fell silent. */
  tick(nowMs: number): void {
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
      const value = run(found.watch.program, input, at);
      const active = !input.absent;
      const due = nextStepAt(instance.state, instance.rule.rule);
      const settled = active && (instance.state.state === "firing" || (due !== null && at < due));
      if (!settled && instance.state.state !== "resolved")
        this.#book.step(instance.rule, instance.fingerprint, instance.source, { active, value, at });
    }
    if (this.#reachMs > 0 && nowMs - this.#sweptAt >= SWEEP_MS) this.#sweep(nowMs);
  }

  /** Judges the windows of series that sent nothing for a while and still have samples in them. */
  #sweep(nowMs: number): void {
    this.#sweptAt = nowMs;
    for (const watched of this.#watched) {
      if (watched === undefined || watched.input.ring === null) continue;
      const { input, watches } = watched;
      if (input.lastTime > nowMs - SWEEP_MS || input.lastTime <= nowMs - this.#reachMs) continue;
      for (const { rule, program, fingerprint, source } of watches) {
        if (program.rangeMs === 0) continue;
        const value = run(program, input, nowMs);
        if (!input.absent) this.#book.step(rule, fingerprint, source, { active: true, value, at: nowMs });
      }
    }
  }

  /** `newestDataMs`: of any series. Without data for longer than the longest window there is nothing to judge. */
  nextAt(nowMs: number, newestDataMs: number): number | null {
    let next: number | null = this.#reachMs > 0 && nowMs - newestDataMs <= this.#reachMs ? this.#sweptAt + SWEEP_MS : null;
    for (const instance of this.#book.instances.values()) {
      if (instance.rule === null) continue;
      const due = nextStepAt(instance.state, instance.rule.rule);
      const found = this.#byFingerprint.get(instance.fingerprint);
      const silent = found === undefined || instance.state.state === "resolved" ? null : found.series.input.lastTime + LOOKBACK_MS;
      for (const at of [due, silent]) if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }
}

/** The compiler takes no selector without a metric's name. */
const metricOf = ({ program }: StreamingRule): string =>
  program.matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "";

function remember(input: ProgramInput, tMs: number, value: number): void {
  if (tMs <= input.lastTime) return;
  // A stale marker ends the series for instant selectors and is not a sample to range functions.
  if (isStale(value)) {
    input.lastTime = tMs;
    input.lastValue = value;
    return;
  }
  input.lastTime = tMs;
  input.lastValue = value;
  input.ring?.push(tMs, value);
}

function run(program: SeriesProgram, input: ProgramInput, at: number): number {
  input.at = at;
  input.absent = false;
  return program.run(input);
}
