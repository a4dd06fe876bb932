/**
 * Sliding windows of 1 m, 5 m, 15 m, 1 h and 1 d over every series: count, sum, min, max and spread, O(1) a sample.
 *
 * Each window is a ring of slots; a slot is 32 bytes: sum, min, max as float64, count as uint32 and the square root of
 * the squared deviations as float32. A sample touches the newest slot of the finest ring alone; when that slot closes,
 * it is folded into the rings above. 46 slots and a header: 1,488 bytes a series.
 *
 * The edge: a window ends at the newest sample and begins at a slot's boundary, so it covers between (1 - 1/slots) and
 * all of its length: 1/10 of the window is uncertain for 1 m to 15 m, 1/8 for 1 h and 1 d. Spreads beyond 3e38 saturate.
 */
import { type Moments, addMoments, emptyMoments } from "@sightline/shared/aggregation/moments";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";

/** Length of each ring in ms and its slots, finest first. */
const RINGS = [
  { windowMs: 60_000, slots: 10 },
  { windowMs: 300_000, slots: 10 },
  { windowMs: 900_000, slots: 10 },
  { windowMs: 3_600_000, slots: 8 },
  { windowMs: 86_400_000, slots: 8 },
] as const;

export const WINDOWS_MS: readonly number[] = RINGS.map((ring) => ring.windowMs);

const SLOTS_OF = Uint8Array.from(RINGS, (ring) => ring.slots);
const WIDTH_OF = Float64Array.from(RINGS, (ring) => ring.windowMs / ring.slots);
const FIRST_OF = Uint8Array.from(RINGS, (_, i) => RINGS.slice(0, i).reduce((sum, ring) => sum + ring.slots, 0));
const SLOTS = RINGS.reduce((sum, ring) => sum + ring.slots, 0);
/** Float64s of a slot and, ahead of the slots, of a series: time of the newest sample and its value. */
const SLOT = 4;
const HEADER = 2;
const STRIDE = HEADER + SLOTS * SLOT;
export const WINDOW_BYTES_PER_SERIES = STRIDE * 8;
const SERIES_PER_SLAB = 128;

/** One allocation for 128 series, seen as floats of 8 and of 4 bytes and as integers. */
interface Slab {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly u32: Uint32Array;
}

export class WindowSet {
  readonly #slabs: Slab[] = [];

  /** Makes room for a series; its windows are empty. */
  add(ref: number): void {
    const wanted = Math.floor(ref / SERIES_PER_SLAB);
    while (this.#slabs.length <= wanted) {
      const f64 = new Float64Array(SERIES_PER_SLAB * STRIDE);
      this.#slabs.push({ f64, f32: new Float32Array(f64.buffer), u32: new Uint32Array(f64.buffer) });
    }
  }

  /** Hot path: plain arithmetic on slabs, nothing allocated. Times ascend; NaN is not observed. */
  observe(ref: number, tMs: number, value: number): void {
    const slab = this.#slabs[(ref / SERIES_PER_SLAB) | 0];
    if (slab === undefined || value !== value) return;
    const { f64, f32, u32 } = slab;
    const base = (ref % SERIES_PER_SLAB) * STRIDE;
    const last = f64[base] as number;
    const bucket = Math.floor(tMs / (WIDTH_OF[0] as number));
    const before = Math.floor(last / (WIDTH_OF[0] as number));
    if (bucket !== before) {
      if (last !== 0) fold(slab, base, before, last);
      advance(slab, base, last, tMs);
    }
    f64[base] = tMs;
    f64[base + 1] = value;
    const slot = base + HEADER + (bucket % (SLOTS_OF[0] as number)) * SLOT;
    const halves = (slot + 3) * 2;
    const count = u32[halves] as number;
    if (count === 0) {
      f64[slot] = value;
      f64[slot + 1] = value;
      f64[slot + 2] = value;
      u32[halves] = 1;
      return;
    }
    const sum = f64[slot] as number;
    const delta = value - sum / count;
    const total = sum + value;
    f64[slot] = total;
    u32[halves] = count + 1;
    const root = f32[halves + 1] as number;
    f32[halves + 1] = Math.sqrt(root * root + delta * (value - total / (count + 1)));
    if (value < (f64[slot + 1] as number)) f64[slot + 1] = value;
    if (value > (f64[slot + 2] as number)) f64[slot + 2] = value;
  }

  /** The last value and its time (ms); null for a series without samples. */
  latest(ref: number): { readonly t: number; readonly value: number } | null {
    const slab = this.#slabs[Math.floor(ref / SERIES_PER_SLAB)];
    const base = (ref % SERIES_PER_SLAB) * STRIDE;
    const t = slab?.f64[base] ?? 0;
    return t === 0 ? null : { t, value: slab?.f64[base + 1] ?? Number.NaN };
  }

  /** One of `WINDOWS_MS`, ending at `endMs` (not before the newest sample). Null for another length. */
  read(ref: number, windowMs: number, endMs: number): Moments | null {
    const ring = WINDOWS_MS.indexOf(windowMs);
    const slab = this.#slabs[Math.floor(ref / SERIES_PER_SLAB)];
    if (ring < 0 || slab === undefined) return null;
    const { f64, f32, u32 } = slab;
    const base = (ref % SERIES_PER_SLAB) * STRIDE;
    const moments = emptyMoments();
    const last = f64[base] ?? 0;
    if (last === 0) return moments;
    const slots = SLOTS_OF[ring] ?? 1;
    const width = WIDTH_OF[ring] ?? 1;
    const newest = Math.floor(last / width);
    const oldest = Math.max(newest - slots + 1, Math.floor(endMs / width) - slots + 1);
    const include = (slot: number): void => {
      const halves = (slot + 3) * 2;
      const root = f32[halves + 1] ?? 0;
      addMoments(moments, u32[halves] ?? 0, f64[slot] ?? 0, root * root, f64[slot + 1] ?? 0, f64[slot + 2] ?? 0);
    };
    const first = base + HEADER + (FIRST_OF[ring] ?? 0) * SLOT;
    for (let bucket = oldest; bucket <= newest; bucket++) if (bucket >= 0) include(first + (bucket % slots) * SLOT);
    // The finest ring's open slot has not been folded yet.
    if (ring > 0 && newest >= oldest) include(base + HEADER + (Math.floor(last / (WIDTH_OF[0] ?? 1)) % (SLOTS_OF[0] ?? 1)) * SLOT);
    return moments;
  }

  /** Slots that hold something: a bit mask, then 32 bytes each; the rest of a young series costs nothing. */
  save(ref: number, writer: ByteWriter): void {
    const slab = this.#slabs[Math.floor(ref / SERIES_PER_SLAB)];
    const base = (ref % SERIES_PER_SLAB) * STRIDE;
    if (slab === undefined || slab.f64[base] === 0) {
      writer.u8(0);
      return;
    }
    writer.u8(1);
    const used: number[] = [];
    for (let i = 0; i < SLOTS; i++) if ((slab.u32[(base + HEADER + i * SLOT + 3) * 2] ?? 0) > 0) used.push(i);
    writer.f64(slab.f64[base] ?? 0);
    writer.f64(slab.f64[base + 1] ?? 0);
    writer.u8(used.length);
    const bytes = new Uint8Array(slab.f64.buffer);
    for (const i of used) {
      writer.u8(i);
      const from = (base + HEADER + i * SLOT) * 8;
      writer.bytes(bytes.subarray(from, from + SLOT * 8));
    }
  }

  load(ref: number, reader: ByteReader): void {
    this.add(ref);
    const slab = this.#slabs[Math.floor(ref / SERIES_PER_SLAB)];
    if (reader.u8() === 0 || slab === undefined) return;
    const base = (ref % SERIES_PER_SLAB) * STRIDE;
    slab.f64.fill(0, base, base + STRIDE);
    slab.f64[base] = reader.f64();
    slab.f64[base + 1] = reader.f64();
    const bytes = new Uint8Array(slab.f64.buffer);
    for (let left = reader.u8(); left > 0; left--) {
      const i = reader.u8();
      bytes.set(reader.bytes(SLOT * 8), (base + HEADER + i * SLOT) * 8);
    }
  }
}

/** Adds the finest ring's slot that just closed to the newest slot of every ring above. */
function fold({ f64, f32, u32 }: Slab, base: number, bucket: number, last: number): void {
  const from = base + HEADER + (bucket % (SLOTS_OF[0] as number)) * SLOT;
  const fromHalves = (from + 3) * 2;
  const count = u32[fromHalves] as number;
  if (count === 0) return;
  const sum = f64[from] as number;
  const root = f32[fromHalves + 1] as number;
  const min = f64[from + 1] as number;
  const max = f64[from + 2] as number;
  for (let ring = 1; ring < RINGS.length; ring++) {
    const newest = Math.floor(last / (WIDTH_OF[ring] as number)) % (SLOTS_OF[ring] as number);
    const slot = base + HEADER + ((FIRST_OF[ring] as number) + newest) * SLOT;
    const halves = (slot + 3) * 2;
    const had = u32[halves] as number;
    if (had === 0) {
      f64[slot] = sum;
      f64[slot + 1] = min;
      f64[slot + 2] = max;
      f32[halves + 1] = root;
    } else {
      const delta = sum / count - (f64[slot] as number) / had;
      const own = f32[halves + 1] as number;
      f32[halves + 1] = Math.sqrt(own * own + root * root + (delta * delta * had * count) / (had + count));
      f64[slot] = (f64[slot] as number) + sum;
      if (min < (f64[slot + 1] as number)) f64[slot + 1] = min;
      if (max > (f64[slot + 2] as number)) f64[slot + 2] = max;
    }
    u32[halves] = had + count;
  }
}

/** Clears the slots that time has moved into, in every ring; at most a whole ring after a gap. */
function advance({ f64 }: Slab, base: number, last: number, tMs: number): void {
  for (let ring = 0; ring < RINGS.length; ring++) {
    const width = WIDTH_OF[ring] as number;
    const slots = SLOTS_OF[ring] as number;
    const to = Math.floor(tMs / width);
    let bucket = Math.floor(last / width) + 1;
    if (to - bucket >= slots) bucket = to - slots + 1;
    for (; bucket <= to; bucket++) {
      const slot = base + HEADER + ((FIRST_OF[ring] as number) + (bucket % slots)) * SLOT;
      f64.fill(0, slot, slot + SLOT);
    }
  }
}
