import type { SliBucket } from "../model/slo.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Minutes are kept for three days, the longest burn window; hours for the whole window of the SLO. */
const MINUTES = 3 * 24 * 60;

/** A ring of (good, total) pairs, one per `widthMs`; what is older than the ring is forgotten. */
class CountRing {
  readonly counts: Float64Array;
  readonly #slots: number;
  readonly widthMs: number;
  newest = -1;

  constructor(slots: number, widthMs: number) {
    this.#slots = slots;
    this.widthMs = widthMs;
    this.counts = new Float64Array(slots * 2);
  }

  add(tMs: number, good: number, total: number): void {
    const slot = Math.floor(tMs / this.widthMs);
    if (slot > this.newest) {
      const from = Math.max(this.newest + 1, slot - this.#slots + 1);
      for (let s = from; s <= slot; s++) this.counts.fill(0, (s % this.#slots) * 2, (s % this.#slots) * 2 + 2);
      this.newest = slot;
    } else if (slot <= this.newest - this.#slots) return;
    const at = (slot % this.#slots) * 2;
    this.counts[at] = (this.counts[at] ?? 0) + good;
    this.counts[at + 1] = (this.counts[at + 1] ?? 0) + total;
  }

  visit(fromMs: number, toMs: number, each: (t: number, good: number, total: number) => void): void {
    const oldest = Math.max(Math.ceil(fromMs / this.widthMs), this.newest - this.#slots + 1, 0);
    const last = Math.min(Math.floor(toMs / this.widthMs), this.newest);
    for (let slot = oldest; slot <= last; slot++) {
      const at = (slot % this.#slots) * 2;
      const total = this.counts[at + 1] ?? 0;
      if (total !== 0 || this.counts[at] !== 0) each(slot * this.widthMs, this.counts[at] ?? 0, total);
    }
  }
}

/** Good and total events of one SLO over its window: by the minute for three days, by the hour before that. */
export class EventCounts {
  readonly #minutes: CountRing;
  readonly #hours: CountRing;

  constructor(windowMs: number) {
    this.#minutes = new CountRing(MINUTES, MINUTE);
    this.#hours = new CountRing(Math.ceil(windowMs / HOUR) + 1, HOUR);
  }

  add(tMs: number, good: number, total: number): void {
    this.#minutes.add(tMs, good, total);
    this.#hours.add(tMs, good, total);
  }

  /** Events of the last `ms`, to the minute up to three days, to the hour beyond. */
  within(ms: number, nowMs: number): { readonly good: number; readonly total: number } {
    let good = 0;
    let total = 0;
    const ring = ms <= MINUTES * MINUTE ? this.#minutes : this.#hours;
    ring.visit(nowMs - ms, nowMs, (_t, g, n) => {
      good += g;
      total += n;
    });
    return { good, total };
  }

  /** Everything kept, oldest first: hours, then the minutes of the last three days. */
  buckets(): SliBucket[] {
    const out: SliBucket[] = [];
    const firstMinute = Math.max(0, this.#minutes.newest - MINUTES + 1) * MINUTE;
    const boundary = Math.ceil(firstMinute / HOUR) * HOUR;
    this.#hours.visit(0, boundary - HOUR, (t, good, total) => out.push({ t, good, total }));
    this.#minutes.visit(boundary, Number.MAX_SAFE_INTEGER, (t, good, total) => out.push({ t, good, total }));
    return out;
  }

  /** Takes back what `buckets` gave: hours go into the hours alone. */
  load(buckets: readonly SliBucket[]): void {
    const newest = buckets.at(-1)?.t ?? 0;
    const boundary = Math.ceil((Math.max(0, Math.floor(newest / MINUTE) - MINUTES + 1) * MINUTE) / HOUR) * HOUR;
    for (const { t, good, total } of buckets) {
      if (t >= boundary) this.#minutes.add(t, good, total);
      this.#hours.add(t, good, total);
    }
  }
}
