import { type Head, UNDECIDED } from "./head.ts";
import type { NewestBefore } from "./newest-before.ts";
import type { SampleJudge, Writing } from "./sample-judge.ts";
import { NO_SERIES, OVERWRITTEN } from "./verdicts.ts";

/** Rows of columns that the head left undecided, which are all that is not simply newer than its series' newest sample. */
export class UndecidedRows {
  readonly #head: Head;
  readonly #judge: SampleJudge;
  readonly #newest: NewestBefore;
  /** The rows kept, these and those decided before, in the order they came. */
  refs = new Int32Array(0);
  times = new Float64Array(0);
  values = new Float64Array(0);

  constructor(head: Head, judge: SampleJudge, newest: NewestBefore) {
    this.#head = head;
    this.#judge = judge;
    this.#newest = newest;
  }

  /** Judges them one by one, after `Head.appendColumns` of the same rows; returns how many rows are kept. */
  append(
    refs: Int32Array,
    times: Float64Array,
    values: Float64Array,
    length: number,
    nowMs: number,
    verdicts: Uint8Array,
    writing: Writing,
  ): number {
    if (this.refs.length < length) {
      this.refs = new Int32Array(length);
      this.times = new Float64Array(length);
      this.values = new Float64Array(length);
    }
    const since = writing === "live" ? this.#sinceWhen(refs, times, length, verdicts) : null;
    let kept = 0;
    for (let i = 0; i < length; i++) {
      const ref = refs[i] as number;
      const t = times[i] as number;
      const value = values[i] as number;
      let verdict = verdicts[i] as number;
      if (verdict === UNDECIDED) {
        verdict = ref < 0 ? NO_SERIES : this.#judge.sample(ref, t, value, nowMs, writing, since?.get(ref));
        verdicts[i] = verdict;
        if (verdict > OVERWRITTEN) continue;
        this.#head.append(ref, t, value);
      }
      this.refs[kept] = ref;
      this.times[kept] = t;
      this.values[kept] = value;
      kept++;
    }
    return kept;
  }

  /** Where series stood before the request, of those that have some too late for where they stand now; null without such. */
  #sinceWhen(refs: Int32Array, times: Float64Array, length: number, verdicts: Uint8Array): ReadonlyMap<number, number> | null {
    let late: Map<number, number> | null = null;
    for (let i = 0; i < length; i++) {
      if (verdicts[i] !== UNDECIDED) continue;
      const ref = refs[i] as number;
      const last = ref >= 0 ? (this.#head.lastTime[ref] as number) : -Infinity;
      if (this.#judge.isTooLate(times[i] as number, last)) (late ??= new Map()).set(ref, Infinity);
    }
    if (late === null) return null;
    const { before } = this.#head;
    let left = late.size;
    for (let row = 0; row < length && left > 0; row++) {
      const ref = refs[row] as number;
      if (late.get(ref) !== Infinity) continue;
      late.set(ref, this.#newest.of(ref, before[row] as number));
      left--;
    }
    return late;
  }
}
