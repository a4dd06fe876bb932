import { type NativeHistogram, sameHistogram } from "@sightline/shared/model/histogram";
import { type SeriesSamples, sameValue } from "@sightline/shared/model/sample";
import { type DuplicatePolicy, judgeLate, refusedBy } from "./duplicate-policy.ts";
import { ABSENT, type Head, SAME_VALUE } from "./head.ts";
import { ACCEPTED, type AppendVerdict, DUPLICATE, LATE, OVERWRITTEN, TOO_NEW, TOO_OLD } from "./verdicts.ts";

export interface JudgeBounds {
  readonly retentionMs: number;
  readonly outOfOrderMs: number;
  readonly futureMs: number;
  /** Absent: "last". */
  readonly duplicatePolicy?: DuplicatePolicy;
}

/**
 * What is written: `live` samples; those that come again `filling` a hole that damage left, however far they lie behind by now;
 * `history`, which may be as old as the retention and replaces what is there; or the running `total` of differences, which
 * takes the place of the one before it whatever the policy is.
 */
export type Writing = "live" | "filling" | "history" | "total";

/** What becomes of a sample, by what its series has. */
export class SampleJudge {
  readonly #head: Head;
  readonly #bounds: JudgeBounds;
  readonly #stored: (ref: number, t: number, nowMs: number) => SeriesSamples | undefined;

  /** `stored`: a series' sample of exactly this time, packed ones included. */
  constructor(head: Head, bounds: JudgeBounds, stored: (ref: number, t: number, nowMs: number) => SeriesSamples | undefined) {
    this.#head = head;
    this.#bounds = bounds;
    this.#stored = stored;
  }

  /** From when to when, ms, a series that has nothing yet takes samples. */
  timely(nowMs: number): { readonly oldest: number; readonly newest: number } {
    return { oldest: nowMs - this.#bounds.retentionMs, newest: nowMs + this.#bounds.futureMs };
  }

  /** The same as a verdict: ACCEPTED, TOO_OLD or TOO_NEW. */
  time(t: number, nowMs: number): AppendVerdict {
    const { oldest, newest } = this.timely(nowMs);
    return t > newest ? TOO_NEW : t < oldest ? TOO_OLD : ACCEPTED;
  }

  /** Whether samples of this time are too late for a series whose newest was at `newest`, ms. */
  isTooLate(t: number, newest: number): boolean {
    return t < newest - this.#bounds.outOfOrderMs;
  }

  /** `since`: the newest time from which a late sample is measured, when it is not that of the series by now (`newest-before.ts`). */
  sample(ref: number, t: number, value: number, nowMs: number, writing: Writing, since?: number): AppendVerdict {
    const head = this.#head;
    const last = head.lastTime[ref] as number;
    const early = this.#inOrder(t, last, since ?? last, nowMs, writing);
    if (early !== null) return early;
    // The newest value of a histogram is its count.
    if (t === last && sameValue(head.lastValue[ref] as number, value) && !head.hasHistograms(ref)) return DUPLICATE;
    // History comes by the thousand behind what is live: each sample is not looked for among those.
    if (writing === "history") return t === last ? OVERWRITTEN : LATE;
    const there = t === last && !head.hasHistograms(ref) ? null : head.find(ref, t, value);
    const verdict = there === ABSENT ? LATE : there === SAME_VALUE ? DUPLICATE : OVERWRITTEN;
    return this.#byPolicy(verdict, ref, t, value, null, nowMs, writing);
  }

  histogram(ref: number, t: number, histogram: NativeHistogram, nowMs: number, writing: Writing, since?: number): AppendVerdict {
    const head = this.#head;
    const last = head.lastTime[ref] as number;
    const early = this.#inOrder(t, last, since ?? last, nowMs, writing);
    if (early !== null) return early;
    const verdict = t < last ? LATE : this.#isNewest(ref, t, histogram, nowMs) ? DUPLICATE : OVERWRITTEN;
    return this.#byPolicy(verdict, ref, t, 0, histogram, nowMs, writing);
  }

  /** Whether a series' newest sample, at `t`, is this histogram: asked of what is stored only where the counts are the same. */
  #isNewest(ref: number, t: number, histogram: NativeHistogram, nowMs: number): boolean {
    if (this.#head.lastValue[ref] !== histogram.count) return false;
    const newest = this.#stored(ref, t, nowMs)?.histograms?.at(-1);
    return newest !== undefined && sameHistogram(newest, histogram);
  }

  /** Null for a time that is in its bounds and not after the series' newest. */
  #inOrder(t: number, last: number, since: number, nowMs: number, writing: Writing): AppendVerdict | null {
    const inTime = this.time(t, nowMs);
    if (inTime !== ACCEPTED || t > last) return inTime;
    const patient = writing === "history" || writing === "filling";
    return !patient && this.isTooLate(t, since) ? TOO_OLD : null;
  }

  /** Where the first value stays, what is packed already must be asked, too. */
  #byPolicy(
    verdict: AppendVerdict,
    ref: number,
    t: number,
    value: number,
    histogram: NativeHistogram | null,
    nowMs: number,
    writing: Writing,
  ): AppendVerdict {
    const policy = this.#bounds.duplicatePolicy ?? "last";
    if (policy === "last" || writing === "total" || writing === "history" || verdict === DUPLICATE) return verdict;
    if (verdict === OVERWRITTEN) return refusedBy(policy);
    return judgeLate(this.#stored(ref, t, nowMs), value, histogram, policy) ?? verdict;
  }
}
