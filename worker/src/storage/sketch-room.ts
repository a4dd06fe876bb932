import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { decodePackedInto } from "@sightline/shared/encoding/packed-column";
import type { SketchColumns } from "@sightline/shared/model/rollup";

const MAX_BINS = 65_536;
let scratch = new Float64Array(512);

/** The sketches of one series' buckets, read one chunk after another into columns of their own. */
export class SketchRoom {
  #joins = new Int8Array(0);
  #zeroCounts = new Float64Array(0);
  #negativeEnds = new Int32Array(0);
  #positiveEnds = new Int32Array(0);
  #indices = new Int32Array(0);
  #counts = new Float64Array(0);
  #length = 0;
  #bins = 0;

  /**
   * Appends those of buckets from…to-1 of a chunk whose reader has come to its sketches; what comes after `to` stays unread.
   * `most`: buckets there may be in all. Throws RangeError for bytes that are none, and is then as before.
   */
  read(reader: ByteReader, from: number, to: number, most: number): void {
    if (from >= to) return;
    if (this.#length + to - from > this.#joins.length) this.#growBuckets(Math.max(this.#length + to - from, most));
    let at = this.#length;
    let bins = this.#bins;
    for (let i = 0; i < to; i++) {
      if (i === from) bins = this.#bins;
      const joins = reader.u8() - 1;
      this.#joins[at] = joins;
      this.#zeroCounts[at] = joins < 0 ? 0 : reader.varint();
      this.#negativeEnds[at] = bins = joins < 0 ? bins : this.#readBins(reader, bins);
      this.#positiveEnds[at] = bins = joins < 0 ? bins : this.#readBins(reader, bins);
      if (i >= from) at += 1;
    }
    this.#length = at;
    this.#bins = bins;
  }

  /** Appends sketches that were made, not read. */
  append(sketches: SketchColumns, from: number, to: number, most: number): void {
    if (this.#length + to - from > this.#joins.length) this.#growBuckets(Math.max(this.#length + to - from, most));
    const begin = from === 0 ? 0 : (sketches.positiveEnds[from - 1] as number);
    const end = to === 0 ? 0 : (sketches.positiveEnds[to - 1] as number);
    const shift = this.#bins - begin;
    this.#growBins(this.#bins + end - begin);
    this.#indices.set(sketches.indices.subarray(begin, end), this.#bins);
    this.#counts.set(sketches.counts.subarray(begin, end), this.#bins);
    for (let i = from; i < to; i++) {
      this.#joins[this.#length] = sketches.joins[i] as number;
      this.#zeroCounts[this.#length] = sketches.zeroCounts[i] as number;
      this.#negativeEnds[this.#length] = (sketches.negativeEnds[i] as number) + shift;
      this.#positiveEnds[this.#length] = (sketches.positiveEnds[i] as number) + shift;
      this.#length += 1;
    }
    this.#bins += end - begin;
  }

  /** As many buckets without a sketch. */
  pass(buckets: number, most: number): void {
    if (this.#length + buckets > this.#joins.length) this.#growBuckets(Math.max(this.#length + buckets, most));
    this.#joins.fill(-1, this.#length, this.#length + buckets);
    this.#negativeEnds.fill(this.#bins, this.#length, this.#length + buckets);
    this.#positiveEnds.fill(this.#bins, this.#length, this.#length + buckets);
    this.#length += buckets;
  }

  columns(): SketchColumns {
    return {
      joins: this.#joins.subarray(0, this.#length),
      zeroCounts: this.#zeroCounts.subarray(0, this.#length),
      negativeEnds: this.#negativeEnds.subarray(0, this.#length),
      positiveEnds: this.#positiveEnds.subarray(0, this.#length),
      indices: this.#indices.subarray(0, this.#bins),
      counts: this.#counts.subarray(0, this.#bins),
    };
  }

  /** Bins of one sign to where `end` is; returns where they end. */
  #readBins(reader: ByteReader, end: number): number {
    const count = reader.varint();
    if (count === 0) return end;
    if (count > MAX_BINS) throw new RangeError(`a sketch of ${count} bins`);
    if (scratch.length < count) scratch = new Float64Array(count);
    if (end + count > this.#indices.length) this.#growBins(end + count);
    decodePackedInto(reader, count, scratch, 0);
    const indices = this.#indices;
    for (let i = 0; i < count; i++) indices[end + i] = scratch[i] as number;
    decodePackedInto(reader, count, this.#counts, end);
    return end + count;
  }

  #growBuckets(length: number): void {
    const joins = new Int8Array(length);
    joins.set(this.#joins);
    this.#joins = joins;
    this.#zeroCounts = grown(this.#zeroCounts, length);
    const negativeEnds = new Int32Array(length);
    negativeEnds.set(this.#negativeEnds);
    this.#negativeEnds = negativeEnds;
    const positiveEnds = new Int32Array(length);
    positiveEnds.set(this.#positiveEnds);
    this.#positiveEnds = positiveEnds;
  }

  #growBins(least: number): void {
    if (least <= this.#indices.length) return;
    // After the first chunk it is known how many bins a sketch has, more or less.
    const expected = this.#length === 0 ? 0 : Math.ceil((1.2 * this.#bins * this.#joins.length) / this.#length);
    const length = Math.max(least, expected, this.#indices.length + (this.#indices.length >> 1), 256);
    const indices = new Int32Array(length);
    indices.set(this.#indices);
    this.#indices = indices;
    this.#counts = grown(this.#counts, length);
  }
}

function grown(from: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(length);
  to.set(from);
  return to;
}
