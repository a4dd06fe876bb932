import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Labels } from "@sightline/shared/model/labels";
import type { Failure } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import type { RefusedBefore } from "../objects/append-outcome.ts";

interface Refusal {
  readonly failure: Failure;
  readonly metric: string;
  samples: number;
}

/** A row with this ref has been dealt with already. */
export const SKIPPED = -0x8000_0000;
/** A label set that would become a series with a sample that is neither too old nor too new, and has brought none. */
export const UNTIMELY = -0x7fff_ffff;

/** Refusals go down from here: a decoder's own negative refs lie above. */
const FIRST = -0x4000_0000;

/** Series go, and live ones become history, while their places stay refused at most so long. */
const RECONSIDER_MS = 60_000;
const BOUNDS = new Set(["series_limit", "metric_series_limit", "label_bytes_limit"]);

/** What is said when only the code is remembered: a sentence of one series would name another's. */
const GENERAL: Readonly<Record<string, string>> = {
  bad_metric_name: "a metric name is missing or no UTF-8; give the series one of any UTF-8 characters",
  bad_label_name: "a label name is empty or no UTF-8; give it one of any UTF-8 characters",
  label_name_too_long: "a label name is too long; shorten it",
  label_value_too_long: "a label value is too long; shorten it",
  too_many_labels: "a series has too many labels; drop some",
};

/**
 * Why label sets may not become series, as negative refs: their samples are counted by reason without asking again. One
 * entry for each code, and one for each metric whose own bound refuses.
 */
export class Refusals {
  readonly #refusals: Refusal[] = [];
  /** What was said last of each ref in the request under way. */
  readonly #told = new Map<number, Failure>();
  readonly #refs = new Map<string, number>();
  /** Samples refused, by code. */
  readonly counts: Record<string, number> = {};
  /** Whoever remembers a refusal of an earlier round asks again. */
  round = 0;
  #bounded = false;
  #judgedAt = 0;

  /** The ref that stands for this refusal. */
  refOf(failure: Failure, labels: Labels): number {
    const metric = failure.code === "metric_series_limit" ? (labels[METRIC_NAME] ?? "") : "";
    const key = `${failure.code} ${metric}`;
    let ref = this.#refs.get(key);
    if (ref === undefined) {
      ref = FIRST - this.#refusals.length;
      this.#refusals.push({ failure: { ...failure, message: GENERAL[failure.code] ?? failure.message }, metric, samples: 0 });
      this.#refs.set(key, ref);
    }
    if (BOUNDS.has(failure.code)) this.#bounded = true;
    this.#told.set(ref, failure);
    return ref;
  }

  /** A request begins, whose answer names its own series only. True when a bound has refused for a while: a new round begins. */
  begin(nowMs: number): boolean {
    this.#told.clear();
    const due = this.#bounded && nowMs - this.#judgedAt >= RECONSIDER_MS;
    if (due || !this.#bounded) this.#judgedAt = nowMs;
    if (due) this.lift();
    return due;
  }

  /** Bounds may have room again. */
  lift(): void {
    this.round += 1;
    this.#bounded = false;
  }

  /** Counts samples of a negative ref; null for one that stands for nothing. */
  refuse(ref: number, samples: number): Failure | null {
    const refusal = this.#refusals[FIRST - ref];
    if (refusal === undefined) return null;
    refusal.samples += samples;
    this.count(refusal.failure.code, samples);
    return this.#told.get(ref) ?? refusal.failure;
  }

  count(code: string, samples: number): void {
    this.counts[code] = (this.counts[code] ?? 0) + samples;
  }

  /** Of a request; whether anything came with it, without which nothing need be woken. */
  countBefore(refused: RefusedBefore, { series, exemplars = [] }: SampleBatch): boolean {
    for (const [code, samples] of Object.entries(refused)) this.count(code, samples);
    return series.length + exemplars.length > 0;
  }

  /** Samples refused because their metric has all the series it may have. */
  ofMetric(metric: string): number {
    const ref = this.#refs.get(`metric_series_limit ${metric}`);
    return ref === undefined ? 0 : (this.#refusals[FIRST - ref]?.samples ?? 0);
  }

  metrics(): string[] {
    return this.#refusals.filter((refusal) => refusal.metric !== "").map((refusal) => refusal.metric);
  }
}
