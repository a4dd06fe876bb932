const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/** A sample's value f64, its time as ms from the chunk's base i32, the slot of the sample before it of its series i32. */
export const SLOT_BYTES = 16;

/** In place of a time that lies more than 24 days from its chunk's base. */
const FAR = -(2 ** 31);
/** Room of a time in a map, bytes, roughly. */
const FAR_BYTES = 48;

/** Of slot s in the chunk: `values[2 s]`, `words[4 s + 2]` its time, `words[4 s + 3]` the slot before it. One cache line for all three. */
export interface SlotChunk {
  readonly values: Float64Array;
  readonly words: Int32Array;
  /** Ms since the epoch. */
  base: number;
}

interface Rows {
  readonly refs: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** A series on its way back from its newest sample; columns are filled from their ends. */
export interface Lane {
  /** The next to be read; -1 when none is left. */
  slot: number;
  start: number;
  times: Float64Array;
  values: Float64Array;
}

/**
 * Samples in order of arrival, each in a slot that knows the slot of the one before it of its series; -1 for none. Slots are
 * numbered from 0 and given up from the front, whole chunks at a time, which are used again.
 */
export class HeadSlots {
  readonly #chunks: SlotChunk[] = [];
  /** Times, ms, by slot, of those marked FAR. */
  #far = new Map<number, number>();
  #length = 0;

  /** Slots in use, those of samples that are in blocks included. */
  get length(): number {
    return this.#length;
  }

  /** Bytes besides the slots'. */
  get farBytes(): number {
    return this.#far.size * FAR_BYTES;
  }

  timeOf(slot: number): number {
    const chunk = this.#chunks[slot >> CHUNK_BITS] as SlotChunk;
    const offset = chunk.words[((slot & MASK) << 2) + 2] as number;
    return offset === FAR ? (this.#far.get(slot) as number) : chunk.base + offset;
  }

  valueOf(slot: number): number {
    return (this.#chunks[slot >> CHUNK_BITS] as SlotChunk).values[(slot & MASK) << 1] as number;
  }

  beforeOf(slot: number): number {
    return (this.#chunks[slot >> CHUNK_BITS] as SlotChunk).words[((slot & MASK) << 2) + 3] as number;
  }

  /**
   * Reads one sample for each of the first `count` lanes; false when there was none left. A function of its own, short and called
   * often: inside the loops around it, it was compiled and thrown away again with every row that was packed.
   */
  stepBack(lanes: readonly Lane[], count: number, startMs: number): boolean {
    let any = false;
    for (let i = 0; i < count; i++) {
      const lane = lanes[i] as Lane;
      const { slot } = lane;
      if (slot < 0) continue;
      any = true;
      const { values, words, base } = this.#chunks[slot >> CHUNK_BITS] as SlotChunk;
      const place = slot & MASK;
      const offset = words[(place << 2) + 2] as number;
      const t = offset === FAR ? (this.#far.get(slot) as number) : base + offset;
      if (lane.start === 0) widen(lane);
      const at = --lane.start;
      lane.times[at] = t;
      lane.values[at] = values[place << 1] as number;
      // Whoever has late samples is read by itself where a start is given.
      lane.slot = t > startMs ? (words[(place << 2) + 3] as number) : -1;
    }
    return any;
  }

  /** One more; returns its slot. */
  push(t: number, value: number, before: number): number {
    const slot = this.#length++;
    put(this.#chunkOf(slot, t), slot, this.#far, t, value, before);
    return slot;
  }

  /** The chunk of a slot that is written next. A chunk counts from the time of its first sample. */
  #chunkOf(slot: number, t: number): SlotChunk {
    let chunk = this.#chunks[slot >> CHUNK_BITS];
    if (chunk === undefined) {
      const buffer = new ArrayBuffer(CHUNK * SLOT_BYTES);
      chunk = { values: new Float64Array(buffer), words: new Int32Array(buffer), base: t };
      this.#chunks.push(chunk);
    }
    // In a new one, too: V8 throws away what it compiled for a field that never changed when it does for the first time.
    if ((slot & MASK) === 0) chunk.base = t;
    return chunk;
  }

  /** Hot path: the rows whose verdict is 0. `last` has each series' newest slot, and is kept. */
  pushRows(refs: Int32Array, times: Float64Array, values: Float64Array, length: number, verdicts: Uint8Array, last: Int32Array): void {
    for (let i = 0; i < length;) {
      if (verdicts[i] !== 0) {
        i++;
        continue;
      }
      const slot = this.#length;
      const chunk = this.#chunkOf(slot, times[i] as number);
      const end = fill(chunk, slot, this.#far, { refs, times, values }, i, Math.min(length, i + CHUNK - (slot & MASK)), verdicts, last);
      this.#length += end - i;
      i = end;
    }
  }

  /**
   * No link leads below `end` any more, and chunks wholly below are given up (the last one, too, when it ends there). Returns by
   * how much the slots that stay are renumbered.
   */
  forget(end: number): number {
    const chunks = end === this.#length ? Math.ceil(end / CHUNK) : end >> CHUNK_BITS;
    const gone = chunks << CHUNK_BITS;
    for (let slot = end; slot < this.#length; slot++) {
      const { words } = this.#chunks[slot >> CHUNK_BITS] as SlotChunk;
      const at = ((slot & MASK) << 2) + 3;
      const before = words[at] as number;
      words[at] = before < end ? -1 : before - gone;
    }
    // The first chunks become the last; as many as were used are used again.
    const used = Math.max(1, Math.ceil(this.#length / CHUNK));
    this.#chunks.push(...this.#chunks.splice(0, chunks));
    this.#chunks.length = Math.min(this.#chunks.length, used);
    this.#length = Math.max(0, this.#length - gone);
    if (this.#far.size > 0) this.#far = new Map([...this.#far].filter(([slot]) => slot >= end).map(([slot, t]) => [slot - gone, t]));
    return gone;
  }
}

function put(chunk: SlotChunk, slot: number, far: Map<number, number>, t: number, value: number, before: number): void {
  const place = slot & MASK;
  const offset = t - chunk.base;
  const fits = (offset | 0) === offset && offset !== FAR;
  chunk.values[place << 1] = value;
  chunk.words[(place << 2) + 2] = fits ? offset : FAR;
  chunk.words[(place << 2) + 3] = before;
  if (!fits) far.set(slot, t);
}

/**
 * Rows from `from` on into a chunk, from `slot` on, as far as `to` or the first whose verdict is not 0; the row after the last one.
 * Nothing but the loop: V8 compiles it within its first call, when it has not seen what follows, and would give that code up at
 * its end in every call.
 */
function fill(
  chunk: SlotChunk,
  slot: number,
  far: Map<number, number>,
  rows: Rows,
  from: number,
  to: number,
  verdicts: Uint8Array,
  last: Int32Array,
): number {
  const { values: chunkValues, words, base } = chunk;
  const { refs, times, values } = rows;
  let i = from;
  for (; i < to && verdicts[i] === 0; i++, slot++) {
    const ref = refs[i] as number;
    const place = slot & MASK;
    const offset = (times[i] as number) - base;
    if ((offset | 0) === offset && offset !== FAR) {
      chunkValues[place << 1] = values[i] as number;
      words[(place << 2) + 2] = offset;
      words[(place << 2) + 3] = last[ref] as number;
    } else put(chunk, slot, far, times[i] as number, values[i] as number, last[ref] as number);
    last[ref] = slot;
  }
  return i;
}

function widen(lane: Lane): void {
  lane.start = lane.times.length;
  lane.times = doubled(lane.times);
  lane.values = doubled(lane.values);
}

/** Twice as long, with the old content at the end. */
export function doubled(from: Float64Array): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length * 2);
  to.set(from, from.length);
  return to;
}
