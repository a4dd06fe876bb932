import type { SampleBatch } from "@sightline/shared/anomaly/base-tier";
import { NO_SLOT } from "./slotted-series.ts";

/** Samples that are looked at together where there is no kernel. */
const ROOM = 1024;
/** The last of the verdicts on samples that are kept (ACCEPTED, LATE, OVERWRITTEN): a late one counts in the windows of rules alone. */
const LAST_KEPT = 2;

/** What is to be done with samples that a kernel leaves, which without one are all. */
interface Observer {
  observe(slot: number, ref: number, tMs: number, value: number): void;
  /** A step was taken that is suspect or of interest, at this `value`, of a counter its rate. */
  judged(slot: number, tMs: number, score: number, value: number): void;
  /** The newest of samples that were taken, ms; 0 of none. */
  taken(newestMs: number): void;
}

/** Shows an evaluation the samples of requests, as many at a time as a kernel has room for. */
export class ObservedColumns {
  readonly #batch: SampleBatch | undefined;
  readonly #observer: Observer;
  /** NO_SLOT of what is not evaluated. */
  readonly #slots: Int32Array;

  constructor(batch: SampleBatch | undefined, observer: Observer) {
    this.#batch = batch;
    this.#observer = observer;
    this.#slots = new Int32Array(batch?.room ?? ROOM);
  }

  /** Hot path: what is left by the kernel is what a rule or an SLO names, and what is news. `slotOf`: by ref. */
  observe(slotOf: Int32Array, refs: Int32Array, times: Float64Array, values: Float64Array, verdicts: Uint8Array, length: number): void {
    const room = this.#slots;
    for (let from = 0; from < length; from += room.length) {
      const count = Math.min(room.length, length - from);
      for (let i = 0; i < count; i++) {
        const ref = refs[from + i] as number;
        room[i] = (verdicts[from + i] as number) <= LAST_KEPT && ref < slotOf.length ? (slotOf[ref] as number) : NO_SLOT;
      }
      this.#observe(refs.subarray(from, from + count), times.subarray(from, from + count), values.subarray(from, from + count));
    }
  }

  #observe(refs: Int32Array, times: Float64Array, values: Float64Array): void {
    const batch = this.#batch;
    const slots = this.#slots.subarray(0, refs.length);
    batch?.put(slots, times, values);
    for (let i = 0; i < slots.length; i++) {
      if (batch !== undefined) {
        i = batch.take(i, slots.length);
        this.#observer.taken(batch.newestMs);
        if (i === slots.length) return;
      }
      const [slot, tMs] = [slots[i] as number, times[i] as number];
      if (batch?.isStep === true) this.#observer.judged(slot, tMs, batch.score, batch.value);
      else if (slot !== NO_SLOT) this.#observer.observe(slot, refs[i] as number, tMs, values[i] as number);
    }
  }
}
