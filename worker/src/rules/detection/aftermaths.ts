import { asLevelShift, type Measure, renamed } from "@sightline/shared/anomaly/reason";
import { WATCH_MS } from "@sightline/shared/anomaly/rich/level-watch";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { loadJudgement, saveJudgement } from "./judgement-bytes.ts";
import { newestMedian } from "@sightline/shared/statistics/newest-median";

/** Steps after a spike or dip in which it shows whether the level has moved: all but one of them nearer to it than to what was expected. */
const STEPS = 6;

/** So many of them tell where the level has moved to: the first ones may be on the way. */
const NEWEST = 3;

/** The same for the rich tier, which names its events anew by itself: as long as it watches a level that has moved, and so many steps. */
const RICH_STEPS = 360;

/** A spike or dip that was told and may be more than that. */
interface Aftermath {
  /** The rich tier told it. */
  readonly rich: boolean;
  readonly judgement: Judgement;
  left: number;
  /** Values that stayed, the oldest first; the newest ones whatever they are where the rich tier names it. */
  readonly stayed: number[];
}

/** What the detectors say of a slot now. */
export interface Follower {
  /** Whether the rich tier has named its event anew with this step. */
  readonly revised: (slot: number) => boolean;
  readonly judgement: (slot: number) => Judgement | null;
  readonly measureOf: (slot: number) => Measure;
}

/** What events turn out to be by the steps after them, by slot. */
export class Aftermaths {
  readonly #of = new Map<number, Aftermath>();
  readonly #now: Follower;

  constructor(now: Follower) {
    this.#now = now;
  }

  delete(slot: number): void {
    this.#of.delete(slot);
  }

  /** An event that was told; whether what follows is of interest. */
  begin(slot: number, judgement: Judgement, rich: boolean): boolean {
    if (!rich && judgement.kind !== "spike" && judgement.kind !== "dip") return false;
    this.#of.set(slot, { rich, judgement, left: rich ? RICH_STEPS : STEPS, stayed: [] });
    return true;
  }

  /** Whether there is more to see. */
  has(slot: number): boolean {
    return this.#of.has(slot);
  }

  /** Of a slot that has one: u8 whether the rich tier told it, the judgement, the steps left and how many stayed (varints), and these as doubles. */
  save(slot: number, writer: ByteWriter): void {
    const aftermath = this.#of.get(slot);
    if (aftermath === undefined) return;
    const { rich, judgement, left, stayed } = aftermath;
    writer.u8(Number(rich));
    saveJudgement(judgement, writer);
    writer.varint(left);
    writer.varint(stayed.length);
    for (const value of stayed) writer.f64(value);
  }

  /** Throws RangeError at the end of the bytes. */
  load(slot: number, reader: ByteReader): void {
    const [rich, judgement, left] = [reader.u8() === 1, loadJudgement(reader), reader.varint()];
    const stayed: number[] = [];
    for (let more = reader.varint(); more > 0; more--) stayed.push(reader.f64());
    this.#of.set(slot, { rich, judgement, left, stayed });
  }

  /** One step after the event, at `tMs`; the event as it is better told, null where it is what it was. */
  follow(slot: number, tMs: number, value: number): Judgement | null {
    const aftermath = this.#of.get(slot);
    if (aftermath === undefined) return null;
    const { rich, judgement } = aftermath;
    aftermath.left = Math.max(0, aftermath.left - 1);
    if (aftermath.left === 0 && !(rich && tMs - judgement.t <= WATCH_MS)) this.#of.delete(slot);
    if (rich) {
      // The newest one alone may be back, or stray.
      aftermath.stayed.push(value);
      if (aftermath.stayed.length > NEWEST) aftermath.stayed.shift();
      const now = this.#now.revised(slot) ? this.#now.judgement(slot) : null;
      return now === null ? null : renamed(judgement, now.kind, newestMedian(aftermath.stayed, NEWEST), this.#now.measureOf(slot));
    }
    if (Math.abs(value - judgement.value) < Math.abs(value - judgement.expected)) aftermath.stayed.push(value);
    if (aftermath.left > 0 || aftermath.stayed.length < STEPS - 1) return null;
    return asLevelShift(judgement, newestMedian(aftermath.stayed, NEWEST), this.#now.measureOf(slot));
  }
}
