/** What counters and histograms are judged by: the rate, or the mean of what was observed, over steps of at least 5 s. */
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { C, CELL } from "@sightline/shared/anomaly/layout";
import { SAMPLE } from "@sightline/shared/anomaly/sample-constants";
import type { SeriesCells } from "@sightline/shared/anomaly/series-cells";

/** What is saved of one series. */
const COLUMNS = [C.stepMs, C.growth, C.counted] as const;

/** What a histogram's step needs besides: growth of its sum since the step began, and the newest sum. */
interface Sums {
  growth: number;
  newest: number;
}

/** Bits of the byte ahead of what is saved. */
const HAS_STEP = 2;
const HAS_SUMS = 4;

/** Whether a series whose byte it is was judged by its rate when it was saved. */
export const wasRate = (flags: number): boolean => (flags & HAS_STEP) !== 0 && (flags & HAS_SUMS) === 0;
/** The same of the mean. */
export const wasMean = (flags: number): boolean => (flags & HAS_SUMS) !== 0;

/** Whether a sum of what was observed has fallen since its process began anew, whatever the count beside it says by now. */
export const beganAnew = (before: number, sum: number): boolean => sum < before && sum >= 0;

export class CountedSteps {
  readonly #cells: SeriesCells;
  readonly #sums = new Map<number, Sums>();

  constructor(cells: SeriesCells) {
    this.#cells = cells;
  }

  clear(slot: number): void {
    for (const at of COLUMNS) this.#cells.setNumber(slot, at, 0);
    this.#sums.delete(slot);
  }

  /**
   * Hot path: the rate a second of the step that this value ends; NaN within one, and of one in which the counter began anew, since what its last
   * process counted after the sample before is lost, and by how much the rate would be too low nobody knows.
   */
  rate(slot: number, tMs: number, value: number): number {
    const state = this.#cells.slabs[slot >> 8]!.f64;
    const at = (slot & 255) * CELL;
    const anchor = state[at + C.stepMs] as number;
    const newest = state[at + C.counted] as number;
    state[at + C.counted] = value;
    if (anchor === 0 || value < newest) {
      state[at + C.stepMs] = tMs;
      state[at + C.growth] = 0;
      return Number.NaN;
    }
    const growth = (state[at + C.growth] as number) + value - newest;
    const elapsed = tMs - anchor;
    if (elapsed < SAMPLE.stepMs) {
      state[at + C.growth] = growth;
      return Number.NaN;
    }
    state[at + C.stepMs] = tMs;
    state[at + C.growth] = 0;
    return (growth * 1000) / elapsed;
  }

  /** The mean of what was observed in the step that these totals end; NaN within one, or where nothing was. `began`: they say that they count anew. */
  mean(slot: number, tMs: number, count: number, sum: number, began = false): number {
    const state = this.#cells.slabs[slot >> 8]!.f64;
    const at = (slot & 255) * CELL;
    const anchor = state[at + C.stepMs] as number;
    let sums = this.#sums.get(slot);
    if (sums === undefined) this.#sums.set(slot, (sums = { growth: 0, newest: sum }));
    if (anchor !== 0) {
      const before = state[at + C.counted] as number;
      const anew = began || count < before;
      state[at + C.growth] = (state[at + C.growth] as number) + count - (anew ? 0 : before);
      sums.growth += sum - (anew ? 0 : sums.newest);
    }
    state[at + C.counted] = count;
    sums.newest = sum;
    const growth = state[at + C.growth] as number;
    if (anchor === 0) state[at + C.stepMs] = tMs;
    if (anchor === 0 || tMs - anchor < SAMPLE.stepMs || growth <= 0) return Number.NaN;
    const mean = sums.growth / growth;
    state[at + C.stepMs] = tMs;
    state[at + C.growth] = 0;
    sums.growth = 0;
    return mean;
  }

  /** What `save` will write, for the byte ahead of it. */
  flags(slot: number): number {
    return (this.#cells.number(slot, C.stepMs) === 0 ? 0 : HAS_STEP) | (this.#sums.has(slot) ? HAS_SUMS : 0);
  }

  save(slot: number, writer: ByteWriter): void {
    const sums = this.#sums.get(slot);
    if (this.#cells.number(slot, C.stepMs) !== 0) for (const at of COLUMNS) writer.f64(this.#cells.number(slot, at));
    if (sums === undefined) return;
    writer.f64(sums.growth);
    writer.f64(sums.newest);
  }

  load(slot: number, flags: number, reader: ByteReader): void {
    if ((flags & HAS_STEP) !== 0) for (const at of COLUMNS) this.#cells.setNumber(slot, at, reader.f64());
    if ((flags & HAS_SUMS) !== 0) this.#sums.set(slot, { growth: reader.f64(), newest: reader.f64() });
  }

  /** As the first version of the snapshot kept it. */
  loadFirstVersion(slot: number, reader: ByteReader): void {
    const [anchor, growth, growthOfSum, newest, newestSum] = [reader.f64(), reader.f64(), reader.f64(), reader.f64(), reader.f64()];
    for (const [i, value] of [anchor, growth, newest].entries()) this.#cells.setNumber(slot, COLUMNS[i]!, value);
    if (growthOfSum !== 0 || newestSum !== 0) this.#sums.set(slot, { growth: growthOfSum, newest: newestSum });
  }
}
