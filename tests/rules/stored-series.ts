import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import type { AlertRule, RuleGroup } from "@sightline/shared/model/rule";
import type { Slo } from "@sightline/shared/model/slo";
import { STALE_NAN, isStale } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { Evaluation, EvaluationPlan } from "../../worker/src/rules/api.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";

/** A shard's memory reduced to what evaluation needs: it stores what it observes and answers selects. */
export class StoredSeries {
  readonly #series: { labels: Labels; type: MetricType; t: number[]; v: (number | "stale")[]; h: (NativeHistogram | undefined)[] }[] = [];
  readonly #refs = new Map<string, number>();
  synthetic: { labels: Labels; value: number }[] = [];
  evaluation: Evaluation;
  nowMs = 0;

  constructor() {
    this.evaluation = this.#create();
  }

  #create(): Evaluation {
    return createEvaluation({
      select: this.select,
      labelsOf: (ref) => this.#series[ref]?.labels,
      synthetic: () => this.synthetic,
      now: () => this.nowMs,
    });
  }

  readonly select: Select = ({ matchers, startMs, endMs }) =>
    this.#series
      .filter(({ labels }) => matchesLabels(matchers, labels))
      .map(({ labels, t, v, h }) => {
        const kept = t.flatMap((time, i) => (time > startMs && time <= endMs ? [i] : []));
        return {
          labels,
          timestamps: Float64Array.from(kept, (i) => t[i] ?? 0),
          values: Float64Array.from(kept, (i) => (v[i] === "stale" ? STALE_NAN : (v[i] ?? 0))),
          ...(h.some((each) => each !== undefined) ? { histograms: kept.map((i) => h[i]) } : {}),
        };
      })
      .filter((series) => series.timestamps.length > 0);

  ref(labels: Labels, type: MetricType = "gauge", startsAtZero = false): number {
    const key = seriesKey(labels);
    const known = this.#refs.get(key);
    if (known !== undefined) return known;
    const ref = this.#series.length;
    this.#series.push({ labels, type, t: [], v: [], h: [] });
    this.#refs.set(key, ref);
    this.evaluation.addSeries(ref, metadata(type), startsAtZero);
    return ref;
  }

  configure(groups: readonly RuleGroup[], slos: readonly Slo[] = []): EvaluationPlan {
    return this.evaluation.configure({ version: 1, groups, slos }, this.nowMs);
  }

  /** A sample of now: the clock goes by it. */
  append(labels: Labels, tMs: number, value: number, type: MetricType = "gauge"): void {
    this.nowMs = Math.max(this.nowMs, tMs);
    this.arrive(labels, tMs, value, type);
  }

  /** A sample of any time: late, or ahead of the clock. One of a time that is there already takes its place. */
  arrive(labels: Labels, tMs: number, value: number, type: MetricType = "gauge"): void {
    const ref = this.ref(labels, type);
    const { t, v, h } = this.#series[ref] ?? { t: [], v: [], h: [] };
    let at = t.length;
    while (at > 0 && (t[at - 1] ?? 0) >= tMs) at--;
    const replaced = t[at] === tMs ? 1 : 0;
    t.splice(at, replaced, tMs);
    // A plain array would not keep the marker's bits.
    v.splice(at, replaced, isStale(value) ? "stale" : value);
    h.splice(at, replaced, undefined);
    this.evaluation.observe(ref, tMs, value);
  }

  appendHistogram(labels: Labels, tMs: number, histogram: NativeHistogram): void {
    const ref = this.ref(labels, "histogram");
    const series = this.#series[ref];
    series?.t.push(tMs);
    series?.v.push(0);
    series?.h.push(histogram);
    this.evaluation.observeHistogram(ref, tMs, histogram);
    this.nowMs = Math.max(this.nowMs, tMs);
  }

  finish(): EvaluationPlan {
    return this.evaluation.finish(this.nowMs);
  }

  tick(tMs: number): EvaluationPlan {
    this.nowMs = Math.max(this.nowMs, tMs);
    return finish(this.evaluation.tick(tMs));
  }

  /** Every part of the evaluation's snapshot. */
  snapshot(): Uint8Array[] {
    const { snapshots } = this.evaluation;
    return Array.from({ length: snapshots.count }, (_, part) => snapshots.write(part).slice());
  }

  /** A new object in the place of the old one, as after hibernation. */
  wake(
    parts: readonly Uint8Array[],
    states: readonly { fingerprint: string; state: Uint8Array }[],
    groups: readonly RuleGroup[],
    slos: readonly Slo[] = [],
  ): boolean {
    this.evaluation = this.#create();
    this.#series.forEach(({ type }, ref) => this.evaluation.addSeries(ref, metadata(type)));
    this.configure(groups, slos);
    return this.evaluation.restore(parts, states);
  }
}

const metadata = (type: MetricType): MetricMetadata => ({ type, unit: "", help: "" });

export const groupOf = (...rules: AlertRule[]): RuleGroup[] => [{ name: "test", intervalMs: 15_000, rules }];

/** The transitions of a plan as `rule: from→to`. */
export const steps = (plan: EvaluationPlan): string[] => plan.transitions.map(({ rule, from, to }) => `${rule}: ${from}→${to}`);

export const T = 1_700_000_000_000;

/** A shard at T with these rules. */
export function watching(...rules: AlertRule[]): StoredSeries {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(...rules));
  return shard;
}
