import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type SeriesSamples, sameValue } from "@sightline/shared/model/sample";
import { HeadSlots, type Lane, SLOT_BYTES, doubled } from "./head-slots.ts";
import { SampleRun } from "./sample-run.ts";
import { SlotsByTime } from "./slots-by-time.ts";

/** Series walked abreast. */
const LANES = 16;
const LANE_SAMPLES = 256;
const MOST_LANE_SAMPLES = 2048;

/** Samples of a series that are gone through one by one for a time; what lies further back is ordered by time first. */
const WALKED = 64;

const UNSORTED = 1;
const HISTOGRAMS = 2;

/** Left for whoever called `appendColumns` to judge: not in order, or outside the bounds. */
export const UNDECIDED = 255;

/** `before` of so many rows is kept for the next request. */
const USUAL_ROWS = 65_536;

const bucketsOf = ({ positiveBuckets, negativeBuckets }: NativeHistogram): number => positiveBuckets.length + negativeBuckets.length;

/** What `Head.find` found at a time. */
export const ABSENT = 0;
const OTHER_VALUE = 1;
export const SAME_VALUE = 2;

/**
 * Samples not yet in a block, in order of arrival; each knows the slot of the one before it of its series, so that a
 * series is read backwards from its newest. Sixteen bytes a sample whatever the number of series; no object per sample
 * (histograms excepted, which are objects wherever they come from).
 */
export class Head {
  /** Time (ms) and value of each series' newest sample, stored ones included; -Infinity before the first. */
  lastTime = new Float64Array(0);
  lastValue = new Float64Array(0);
  /** Time of each series' oldest sample of those that came here, ms, packed ones included: Infinity while none is older than what was stored before. */
  firstTime = new Float64Array(0);
  /** Time of the oldest sample here, ms, of what is being packed and of what is not; Infinity without any. */
  #oldestFrozen = Infinity;
  #oldest = Infinity;
  /** Slot of the sample that came last, -1 without any. */
  #last = new Int32Array(0);
  #flags = new Uint8Array(0);
  /** By row of the last `appendColumns` that has a series: time of the newest sample that it had when the row came, ms. */
  before = new Float64Array(4096);
  readonly #slots = new HeadSlots();
  /** Samples before it are in blocks, and their slots in no series' chain any more. */
  #start = 0;
  /** Samples before it are being packed; `#start` when none are. */
  #frozen = 0;
  /** By slot. */
  #histograms = new Map<number, NativeHistogram>();
  #buckets = 0;
  /** Of series that were asked for times far back, until slots are renumbered: 12 bytes a sample. */
  readonly #byTime = new Map<number, SlotsByTime>();
  // Reading backwards fills these from their ends.
  #readTimes = new Float64Array(256);
  #readValues = new Float64Array(256);
  readonly #lanes: Lane[] = [];

  get samples(): number {
    return this.#slots.length - this.#start;
  }

  /** Of them, those that are being packed. */
  get frozenSamples(): number {
    return this.#frozen - this.#start;
  }

  /** Time of the oldest sample here, ms; Infinity without any. */
  get oldestTime(): number {
    return Math.min(this.#oldestFrozen, this.#oldest);
  }

  /** Bytes of samples and histograms, roughly. */
  get bytes(): number {
    return this.samples * SLOT_BYTES + this.#slots.farBytes + this.#buckets * 8 + this.#histograms.size * 200;
  }

  grow(series: number): void {
    const size = this.lastTime.length;
    if (series <= size) return;
    const target = Math.max(series, size * 2, 256);
    const widen = <A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A, rest: number): A => {
      to.set(from);
      to.fill(rest, size);
      return to;
    };
    this.lastTime = widen(this.lastTime, new Float64Array(target), -Infinity);
    this.lastValue = widen(this.lastValue, new Float64Array(target), 0);
    this.firstTime = widen(this.firstTime, new Float64Array(target), Infinity);
    this.#last = widen(this.#last, new Int32Array(target), -1);
    this.#flags = widen(this.#flags, new Uint8Array(target), 0);
  }

  /**
   * Hot path: appends the rows that are newer than their series' newest sample and within [oldest, newest], verdict 0; the
   * others, those of a negative ref included, are UNDECIDED. Returns how many those are.
   */
  appendColumns(
    refs: Int32Array,
    times: Float64Array,
    values: Float64Array,
    length: number,
    oldest: number,
    newest: number,
    verdicts: Uint8Array,
  ): number {
    const { lastTime, lastValue, firstTime } = this;
    const before = this.#beforeOf(length);
    let undecided = 0;
    let first = this.#oldest;
    for (let i = 0; i < length; i++) {
      const ref = refs[i] as number;
      const t = times[i] as number;
      // In a branch of its own: to choose between a number and a place in memory costs a quarter of the loop.
      if (ref < 0) {
        undecided++;
        verdicts[i] = UNDECIDED;
        continue;
      }
      const last = (before[i] = lastTime[ref] as number);
      if (t > last && t >= oldest && t <= newest) {
        lastTime[ref] = t;
        lastValue[ref] = values[i] as number;
        verdicts[i] = 0;
        if (t < first) first = t;
        if (last === -Infinity) firstTime[ref] = t;
      } else {
        verdicts[i] = UNDECIDED;
        undecided++;
      }
    }
    this.#oldest = first;
    this.#slots.pushRows(refs, times, values, length, verdicts, this.#last);
    return undecided;
  }

  #beforeOf(rows: number): Float64Array {
    const { length } = this.before;
    if (rows > length || (length > USUAL_ROWS && rows <= USUAL_ROWS)) this.before = new Float64Array(Math.max(rows, 4096));
    return this.before;
  }

  append(ref: number, t: number, value: number): void {
    this.#put(ref, t, value, value);
  }

  appendHistogram(ref: number, t: number, histogram: NativeHistogram): void {
    this.#histograms.set(this.#slots.length, histogram);
    this.#put(ref, t, 0, histogram.count);
    this.#flags[ref] = (this.#flags[ref] as number) | HISTOGRAMS;
    this.#buckets += bucketsOf(histogram);
  }

  /** `shown`: as the newest value. */
  #put(ref: number, t: number, value: number, shown: number): void {
    this.#last[ref] = this.#slots.push(t, value, this.#last[ref] as number);
    if (t < this.#oldest) this.#oldest = t;
    if (t < (this.firstTime[ref] as number)) this.firstTime[ref] = t;
    if (t <= (this.lastTime[ref] as number)) this.#flags[ref] = (this.#flags[ref] as number) | UNSORTED;
    if (t < (this.lastTime[ref] as number)) return;
    this.lastTime[ref] = t;
    this.lastValue[ref] = shown;
  }

  has(ref: number): boolean {
    return (this.#last[ref] ?? -1) >= 0;
  }

  /** Whether some of a series' samples here are histograms. */
  hasHistograms(ref: number): boolean {
    return ((this.#flags[ref] ?? 0) & HISTOGRAMS) !== 0;
  }

  /** Adds a series' samples with startMs < t <= endMs, in order of arrival; the run sorts itself if they were not in order of time. */
  read(ref: number, startMs: number, endMs: number, into: SampleRun): void {
    this.#read(ref, startMs, endMs, this.#slots.length, into);
  }

  /** The same of the slots below `end`. */
  #read(ref: number, startMs: number, endMs: number, end: number, into: SampleRun): void {
    const flags = this.#flags[ref] ?? 0;
    const sorted = (flags & UNSORTED) === 0;
    if (!sorted) into.unsorted = true;
    let times = this.#readTimes;
    let values = this.#readValues;
    let at = times.length;
    const found: (NativeHistogram | undefined)[] | null = (flags & HISTOGRAMS) === 0 ? null : [];
    const slots = this.#slots;
    for (let slot = this.#last[ref] ?? -1; slot >= 0; slot = slots.beforeOf(slot)) {
      const t = slots.timeOf(slot);
      if (t <= startMs && sorted) break;
      if (t > startMs && t <= endMs && slot < end) {
        if (at === 0) {
          at = times.length;
          this.#readTimes = doubled(times);
          this.#readValues = doubled(values);
          times = this.#readTimes;
          values = this.#readValues;
        }
        at--;
        times[at] = t;
        values[at] = slots.valueOf(slot);
        if (found !== null) found.push(this.#histograms.get(slot));
      }
    }
    if (found === null) {
      // Within the bounds already, and not in order of time when late ones came.
      into.pushColumns(times.subarray(at), values.subarray(at), null, -Infinity, Infinity);
      return;
    }
    for (; at < times.length; at++) {
      const histogram = found.pop();
      if (histogram === undefined) into.push(times[at] as number, values[at] as number);
      else into.pushHistogram(times[at] as number, histogram);
    }
  }

  /** Adds what each of many series has with startMs < t <= endMs to the run of the same place. */
  readMany(refs: readonly number[], startMs: number, endMs: number, into: readonly SampleRun[]): void {
    let at = 0;
    this.#readAbreast(refs, this.#slots.length, startMs, (ref, times, values, start) => {
      const run = into[at++];
      if (run === undefined) return;
      if (this.#flags[ref] === 0) run.pushColumns(times, values, null, startMs, endMs, start);
      else this.read(ref, startMs, endMs, run);
    });
  }

  /**
   * Hands over what is frozen of many series, one after the other: floats that came in order of time as columns from `start`
   * on, others in a run; the next one reuses either.
   */
  readFrozen(
    refs: readonly number[],
    floats: (ref: number, times: Float64Array, values: Float64Array, start: number) => void,
    others: (ref: number, run: SampleRun) => void,
  ): void {
    const run = new SampleRun();
    const end = this.#frozen;
    this.#readAbreast(refs, end, -Infinity, (ref, times, values, start) => {
      const flags = this.#flags[ref] as number;
      if (flags === 0) {
        floats(ref, times, values, start);
        return;
      }
      run.clear();
      if ((flags & HISTOGRAMS) !== 0) this.#read(ref, -Infinity, Infinity, end, run);
      else {
        run.unsorted = true;
        run.pushColumns(times, values, null, -Infinity, Infinity, start);
      }
      others(ref, run);
    });
  }

  /**
   * Hands over the samples below slot `end` of many series, one after the other, those after `startMs` at least. Walking
   * one series is a chain of cache misses: several are walked abreast, so that the misses overlap.
   */
  #readAbreast(
    refs: readonly number[],
    end: number,
    startMs: number,
    deliver: (ref: number, times: Float64Array, values: Float64Array, start: number) => void,
  ): void {
    const kept = this.#slots;
    const lanes = this.#lanes;
    while (lanes.length < Math.min(LANES, refs.length))
      lanes.push({ slot: -1, start: 0, times: new Float64Array(LANE_SAMPLES), values: new Float64Array(LANE_SAMPLES) });
    for (let first = 0; first < refs.length; first += LANES) {
      const count = Math.min(LANES, refs.length - first);
      for (let at = 0; at < count; at++) {
        const lane = lanes[at] as Lane;
        let slot = this.#last[refs[first + at] as number] ?? -1;
        while (slot >= end) slot = kept.beforeOf(slot);
        lane.slot = slot;
        lane.start = lane.times.length;
      }
      while (kept.stepBack(lanes, count, startMs));
      for (let at = 0; at < count; at++) {
        const { times, values, start } = lanes[at] as Lane;
        deliver(refs[first + at] as number, times, values, start);
      }
    }
    // What a long series has widened is not kept for the short ones that follow.
    if (lanes.some(({ times }) => times.length > MOST_LANE_SAMPLES)) lanes.length = 0;
  }

  /** Whether the series has a sample of exactly this time here, and whether its value has the same bits: ABSENT, OTHER_VALUE or SAME_VALUE. */
  find(ref: number, t: number, value: number): number {
    const slot = this.#slotAt(ref, t, false);
    if (slot < 0) return ABSENT;
    return sameValue(this.#slots.valueOf(slot), value) && !this.#histograms.has(slot) ? SAME_VALUE : OTHER_VALUE;
  }

  /** The sample of exactly this time, as columns of one; undefined without any here. */
  at(ref: number, t: number): SeriesSamples | undefined {
    const slot = this.#slotAt(ref, t, false);
    if (slot < 0) return undefined;
    const one = { timestamps: Float64Array.of(t), values: Float64Array.of(this.#slots.valueOf(slot)) };
    const histogram = this.#histograms.get(slot);
    return histogram === undefined ? one : { ...one, histograms: [histogram] };
  }

  /** The value of the newest sample before `t` here; null without any, or when it is a histogram. */
  valueBefore(ref: number, t: number): number | null {
    const slot = this.#slotAt(ref, t, true);
    if (slot < 0 || this.#histograms.has(slot)) return null;
    return this.#slots.valueOf(slot);
  }

  /** The slot that came last of those at `t`, or of those nearest before it; -1 without any. */
  #slotAt(ref: number, t: number, before: boolean): number {
    const sorted = ((this.#flags[ref] ?? 0) & UNSORTED) === 0;
    const slots = this.#slots;
    const ordered = this.#byTime.get(ref);
    const end = ordered?.newest ?? -1;
    let best = -1;
    let bestTime = -Infinity;
    let walked = 0;
    for (let slot = this.#last[ref] ?? -1; slot > end; slot = slots.beforeOf(slot)) {
      if (walked++ === WALKED) return before ? this.#ordered(ref).before(t) : this.#ordered(ref).at(t);
      const time = slots.timeOf(slot);
      if (before ? time < t && time > bestTime : time === t) {
        if (!before || sorted) return slot;
        best = slot;
        bestTime = time;
      } else if (sorted && time < t) return -1;
    }
    if (ordered === undefined) return best;
    if (!before) return ordered.at(t);
    const further = ordered.before(t);
    return further >= 0 && slots.timeOf(further) > bestTime ? further : best;
  }

  /** All samples of a series here by time: those that came since it was asked for last are added. */
  #ordered(ref: number): SlotsByTime {
    let ordered = this.#byTime.get(ref);
    if (ordered === undefined) this.#byTime.set(ref, (ordered = new SlotsByTime()));
    const slots = this.#slots;
    let length = 0;
    for (let slot = this.#last[ref] ?? -1; slot > ordered.newest; slot = slots.beforeOf(slot)) length++;
    const times = new Float64Array(length);
    const added = new Int32Array(length);
    for (let slot = this.#last[ref] ?? -1; slot > ordered.newest; slot = slots.beforeOf(slot)) {
      length--;
      times[length] = slots.timeOf(slot);
      added[length] = slot;
    }
    ordered.add(times, added);
    return ordered;
  }

  /** What is here now is going to be packed: it is read like the rest until `release`. */
  freeze(): void {
    this.#frozen = this.#slots.length;
    this.#oldestFrozen = this.oldestTime;
    this.#oldest = Infinity;
  }

  /** Forgets what was frozen (it is in blocks now) and keeps first and last times and last values. */
  release(): void {
    const end = this.#frozen;
    const gone = this.#slots.forget(end);
    this.#byTime.clear();
    this.#start = Math.max(0, end - gone);
    if (this.#slots.length === 0) this.#start = 0;
    this.#frozen = this.#start;
    this.#oldestFrozen = Infinity;
    const histograms = [...this.#histograms].filter(([slot]) => slot >= end);
    this.#histograms = new Map(histograms.map(([slot, histogram]) => [slot - gone, histogram]));
    this.#buckets = histograms.reduce((sum, [, histogram]) => sum + bucketsOf(histogram), 0);
    const last = this.#last;
    for (let ref = 0; ref < last.length; ref++) {
      const newest = last[ref] as number;
      last[ref] = newest < end ? -1 : newest - gone;
      if (this.#flags[ref] !== 0) this.#flags[ref] = this.#flagsOf(ref);
    }
  }

  /** Of a series, by what it has here. */
  #flagsOf(ref: number): number {
    let flags = 0;
    let later = Infinity;
    const slots = this.#slots;
    for (let slot = this.#last[ref] as number; slot >= 0; slot = slots.beforeOf(slot)) {
      const t = slots.timeOf(slot);
      if (t >= later) flags |= UNSORTED;
      if (this.#histograms.has(slot)) flags |= HISTOGRAMS;
      later = t;
    }
    return flags;
  }
}
