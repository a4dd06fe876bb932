import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { BandPoint } from "./band-memory.ts";
import { DAY_MS, JudgedDay, type JudgedSeries } from "./judged-day.ts";
import type { JudgedSamples } from "./judged-samples.ts";

/** Points that are kept of days that were judged anew: some 4 MB. */
const MOST_KEPT = 100_000;
/** Days that are kept, each with at most 54 KB of its detector. */
const MOST_DAYS = 128;
/** Steps of the base tier that one request has judged anew, some 1.5 s; one of the rich tier counts for four. */
export const STEPS_OF_A_REQUEST = 1_200_000;
const RICH_COSTS = 4;
const STEP_NS = 1250;

const dayOf = (tMs: number): number => Math.floor(tMs / DAY_MS) * DAY_MS;

/** From when samples are read to judge what is from `startMs` on: from the beginning of the UTC day before. */
export const samplesFrom = (startMs: number): number => dayOf(startMs) - DAY_MS;

/** Index of the first time that is not before `tMs`. */
function firstFrom(timestamps: Float64Array, tMs: number): number {
  let [low, high] = [0, timestamps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] as number) < tMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Days of series that were judged anew because somebody asked, the most recently asked for kept. */
export class JudgedPast {
  readonly #days = new Map<string, JudgedDay>();
  #kept = 0;

  /**
   * What would have been said from `startMs` to `endMs`, both included, day by day. `samples` from `samplesFrom(startMs)` on. Where these are
   * more than `budget` steps, whole days at the beginning are left out, never the newest.
   */
  *of(
    key: string,
    samples: JudgedSamples,
    known: JudgedSeries,
    startMs: number,
    endMs: number,
    budget: number,
    pace: Pace,
  ): Stepwise<BandPoint[]> {
    const { timestamps } = samples;
    const last = Math.min(endMs, timestamps.at(-1) ?? -Infinity);
    const days: BandPoint[][] = [];
    let left = budget;
    for (let day = dayOf(last); day >= dayOf(startMs); day -= DAY_MS) {
      const from = firstFrom(timestamps, day - DAY_MS);
      const to = firstFrom(timestamps, Math.min(endMs + 1, day + DAY_MS));
      if (firstFrom(timestamps, day) >= to) continue;
      const judged = this.#day(`${day} ${key}`, samples, from, to, known, day);
      const steps = judged.missing(to - from) * (known.isRich ? RICH_COSTS : 1);
      left -= steps;
      if (left < 0 && days.length > 0) break;
      const before = judged.length;
      judged.goOn(samples, from, to, endMs >= day + DAY_MS - 1);
      this.#kept += judged.length - before;
      days.push([...judged.between(startMs, endMs)]);
      if (pace.spend(steps * STEP_NS)) yield;
    }
    this.#letGo();
    return days.toReversed().flat();
  }

  #day(key: string, samples: JudgedSamples, from: number, to: number, known: JudgedSeries, day: number): JudgedDay {
    let judged = this.#days.get(key);
    if (judged !== undefined) {
      this.#days.delete(key);
      if (!judged.isOf(samples, from, to, known)) {
        this.#kept -= judged.length;
        judged = undefined;
      }
    }
    judged ??= new JudgedDay(day, known);
    this.#days.set(key, judged);
    return judged;
  }

  #letGo(): void {
    for (const [key, judged] of this.#days) {
      if (this.#kept <= MOST_KEPT && this.#days.size <= MOST_DAYS) return;
      this.#days.delete(key);
      this.#kept -= judged.length;
    }
  }
}
