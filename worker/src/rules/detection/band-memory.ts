import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";

export type BandPoint = Pick<Judgement, "t" | "expected" | "lower" | "upper" | "score">;

/** Steps that are remembered of a series: an hour at 10 s. */
const STEPS = 360;
const COLUMNS = 5;
/** Distances that tell the usual one: a silence is none of it. */
const NEWEST = 12;

/**
 * The newest judgements of one series, as they were made: what a detector of long memory said cannot be found again from a day of samples.
 */
export class BandMemory {
  /** Made with the first: a shard's first request may give places to hundreds that lose them before its end. */
  #points = new Float64Array(0);
  #written = 0;

  push({ t, expected, lower, upper, score }: BandPoint): void {
    if (this.#points.length === 0) this.#points = new Float64Array(STEPS * COLUMNS);
    const at = (this.#written++ % STEPS) * COLUMNS;
    this.#points[at] = t;
    this.#points[at + 1] = expected;
    this.#points[at + 2] = lower;
    this.#points[at + 3] = upper;
    this.#points[at + 4] = score;
  }

  /** The usual of the newest distances, ms; 0 of fewer than two points. */
  get stepMs(): number {
    const at = (back: number): number => this.#points[((this.#written - back) % STEPS) * COLUMNS] ?? 0;
    const apart = Array.from({ length: Math.min(this.#written - 1, NEWEST) }, (_, i) => at(i + 1) - at(i + 2)).sort((a, b) => a - b);
    return apart[apart.length >> 1] ?? 0;
  }

  /** The oldest first. */
  *points(): IterableIterator<BandPoint> {
    const f = this.#points;
    for (let i = Math.max(0, this.#written - STEPS); i < this.#written; i++) {
      const at = (i % STEPS) * COLUMNS;
      yield { t: f[at] ?? 0, expected: f[at + 1] ?? 0, lower: f[at + 2] ?? 0, upper: f[at + 3] ?? 0, score: f[at + 4] ?? 0 };
    }
  }

  /** How many; of each the whole ms since the one before (varint, the first as f64), then expected, lower, upper and score as doubles. */
  save(writer: ByteWriter): void {
    writer.varint(Math.min(STEPS, this.#written));
    let before = Number.NaN;
    for (const { t, expected, lower, upper, score } of this.points()) {
      const since = Math.round(t - before);
      if (Number.isNaN(before)) writer.f64((before = t));
      else writer.varint(since);
      if (since > 0) before += since;
      writer.f64(expected);
      writer.f64(lower);
      writer.f64(upper);
      writer.f64(score);
    }
  }

  /** Throws RangeError at the end of the bytes. */
  load(reader: ByteReader): void {
    this.#written = 0;
    let t = Number.NaN;
    for (let left = reader.varint(); left > 0; left--) {
      t = Number.isNaN(t) ? reader.f64() : t + reader.varint();
      const [expected, lower, upper, score] = [reader.f64(), reader.f64(), reader.f64(), reader.f64()];
      this.push({ t, expected, lower, upper, score });
    }
  }
}
