/** Slots ascending by time, of one time in order of arrival. */
interface Run {
  readonly times: Float64Array;
  readonly slots: Int32Array;
}

/**
 * The samples of one series by time, for those that come late by the thousand: each would otherwise be looked for among all that
 * came before it. Sorted runs, each at least twice as long as the one after it, which are merged as they grow: a sample is
 * found in log² n steps, and moved log n times.
 */
export class SlotsByTime {
  readonly #runs: Run[] = [];
  /** The slot that was added last; -1 before the first. Slots only ascend. */
  newest = -1;

  /** Samples that came after all others here, `slots` ascending. */
  add(times: Float64Array, slots: Int32Array): void {
    if (slots.length === 0) return;
    this.newest = slots[slots.length - 1] as number;
    let run = sorted(times, slots);
    for (let last = this.#runs.at(-1); last !== undefined && last.slots.length < 2 * run.slots.length; last = this.#runs.at(-1)) {
      run = merged(last, run);
      this.#runs.pop();
    }
    this.#runs.push(run);
  }

  /** The slot that came last of those at `t`; -1 without any. */
  at(t: number): number {
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const { times, slots } = this.#runs[i] as Run;
      const place = below(times, t, true) - 1;
      if (place >= 0 && times[place] === t) return slots[place] as number;
    }
    return -1;
  }

  /** The slot that came last of those nearest before `t`; -1 without any. */
  before(t: number): number {
    let best = -1;
    let bestTime = -Infinity;
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const { times, slots } = this.#runs[i] as Run;
      const place = below(times, t, false) - 1;
      if (place < 0 || (times[place] as number) <= bestTime) continue;
      best = slots[place] as number;
      bestTime = times[place] as number;
    }
    return best;
  }
}

/** How many of ascending `times` are below `t`, or `t` itself where it counts. */
function below(times: Float64Array, t: number, inclusive: boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = times[middle] as number;
    if (time < t || (inclusive && time === t)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sorted(times: Float64Array, slots: Int32Array): Run {
  let ascending = true;
  for (let i = 1; ascending && i < times.length; i++) ascending = (times[i - 1] as number) <= (times[i] as number);
  if (ascending) return { times, slots };
  const order = Uint32Array.from(times, (_, i) => i).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  return { times: Float64Array.from(order, (i) => times[i] as number), slots: Int32Array.from(order, (i) => slots[i] as number) };
}

/** Of one time, what came earlier stays before what came later. */
function merged(earlier: Run, later: Run): Run {
  const length = earlier.slots.length + later.slots.length;
  const times = new Float64Array(length);
  const slots = new Int32Array(length);
  let e = 0;
  let l = 0;
  for (let at = 0; at < length; at++) {
    const fromEarlier =
      l === later.slots.length || (e < earlier.slots.length && (earlier.times[e] as number) <= (later.times[l] as number));
    const from = fromEarlier ? earlier : later;
    const place = fromEarlier ? e++ : l++;
    times[at] = from.times[place] as number;
    slots[at] = from.slots[place] as number;
  }
  return { times, slots };
}
