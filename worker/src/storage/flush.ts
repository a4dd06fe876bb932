import { DayRuns } from "./day-runs.ts";
import type { FirstTimes } from "./first-times.ts";
import type { Head } from "./head.ts";
import type { RunStore } from "./run-store.ts";

/** Small, so that one series is read from many flushes for few bytes; compaction makes them long. */
const ROW_BYTES = 112_000;

/**
 * Packs what the head held when this was made, by (metric, ref), into a run of each UTC day. `lasting`: over several
 * transactions, of which the last publishes; else within the one of the caller.
 */
export class HeadPacking {
  readonly #head: Head;
  readonly #runs: RunStore;
  readonly #firsts: FirstTimes;
  readonly #days: DayRuns;
  readonly #metrics: string[] = [];
  readonly #refs: number[] = [];
  readonly #samples: number;
  #next = 0;

  constructor(head: Head, end: number, metricOf: (ref: number) => string, runs: RunStore, firsts: FirstTimes, lasting: boolean) {
    head.freeze();
    this.#head = head;
    this.#runs = runs;
    this.#firsts = firsts;
    this.#days = new DayRuns(runs, ROW_BYTES, lasting);
    this.#samples = head.frozenSamples;
    for (const [metric, refs] of byMetric(head, end, metricOf))
      for (const ref of refs) {
        this.#metrics.push(metric);
        this.#refs.push(ref);
      }
  }

  /** Series of about so many samples; false when none are left. */
  step(samples: number): boolean {
    const from = this.#next;
    const series = Math.ceil((this.#refs.length * samples) / Math.max(1, this.#samples));
    this.#next = Math.min(this.#refs.length, from + series);
    let at = from;
    this.#head.readFrozen(
      this.#refs.slice(from, this.#next),
      (ref, times, values, start) => {
        this.#firsts.note(ref, times[start] as number);
        this.#days.addFloats(this.#metrics[at++] as string, ref, times, values, start);
      },
      (ref, run) => {
        const samples = run.settle();
        this.#firsts.note(ref, samples.timestamps[0] as number);
        this.#days.add(this.#metrics[at++] as string, ref, samples);
      },
    );
    return this.#next < this.#refs.length;
  }

  /** Inside the transaction that drops the log. */
  publish(nowMs: number): void {
    const built = this.#days.finish(this.#runs.nextOrder, nowMs);
    if (built.length > 0) this.#runs.publish(built, []);
  }
}

function byMetric(head: Head, end: number, metricOf: (ref: number) => string): [string, number[]][] {
  const refs = new Map<string, number[]>();
  for (let ref = 0; ref < end; ref++) {
    if (!head.has(ref)) continue;
    const metric = metricOf(ref);
    const known = refs.get(metric);
    if (known === undefined) refs.set(metric, [ref]);
    else known.push(ref);
  }
  return [...refs].sort(([a], [b]) => (a < b ? -1 : 1));
}
