import { renamed } from "@sightline/shared/anomaly/reason";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { Follower } from "./aftermaths.ts";

/** Steps for which a detector may keep silent after it has told something: the longest refractory of the gate. */
const STEPS = 240;
/** Times the distance of what was not told: the series has gone on to something else. */
const GROWN = 4;
/** Half widths of the usual range outside of which it is strange by itself. */
const OUTSIDE = 1.5;

/** What is expected has gone along with what was not told for so many steps, and not with a season. */
const SOON = 12;

interface First extends Pick<Judgement, "score" | "expected" | "lower" | "upper"> {
  readonly distance: number;
  left: number;
}

/**
 * Anomalies too small to be told to a person, by slot. To the detector they were alarms, after which it keeps silent for hours; what comes
 * meanwhile and is far more than they were is told all the same.
 */
export class Unnoticed {
  readonly #of = new Map<number, First>();
  readonly #now: Follower;

  constructor(now: Follower) {
    this.#now = now;
  }

  begin(slot: number, { score, value, expected, lower, upper }: Judgement): void {
    this.#of.set(slot, { score, expected, lower, upper, distance: Math.abs(value - expected), left: STEPS });
  }

  delete(slot: number): void {
    this.#of.delete(slot);
  }

  has(slot: number): boolean {
    return this.#of.has(slot);
  }

  /** Score, expected, lower, upper and distance as doubles, and the steps that are left (varint), of a slot that has any. */
  save(slot: number, writer: ByteWriter): void {
    const first = this.#of.get(slot);
    if (first === undefined) return;
    const { score, expected, lower, upper, distance, left } = first;
    for (const value of [score, expected, lower, upper, distance]) writer.f64(value);
    writer.varint(left);
  }

  /** Throws RangeError at the end of the bytes. */
  load(slot: number, reader: ByteReader): void {
    const [score, expected, lower, upper, distance] = [reader.f64(), reader.f64(), reader.f64(), reader.f64(), reader.f64()];
    this.#of.set(slot, { score, expected, lower, upper, distance, left: reader.varint() });
  }

  /** One step later: the judgement of it as an anomaly, where it is far more than what was not told. */
  follow(slot: number, value: number): Judgement | null {
    const first = this.#of.get(slot);
    if (first === undefined) return null;
    if (--first.left <= 0) this.#of.delete(slot);
    if (Math.abs(value - first.expected) < GROWN * first.distance) return null;
    const said = this.#now.judgement(slot);
    if (said === null || Math.abs(said.value - said.expected) < GROWN * first.distance) return null;
    const half = said.value > said.expected ? said.upper - said.expected : said.expected - said.lower;
    if (Math.abs(said.value - said.expected) <= OUTSIDE * half) return null;
    const { expected, lower, upper } = STEPS - first.left > SOON ? said : first;
    const score = Math.max(said.score, first.score);
    return renamed({ ...said, expected, lower, upper, score }, "spike", said.value, this.#now.measureOf(slot));
  }
}
