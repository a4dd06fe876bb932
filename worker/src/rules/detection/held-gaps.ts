import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { loadJudgement, saveJudgement } from "./judgement-bytes.ts";

/** A pause that began between two samples is shorter than the interval after it, or as long. */
const NEARLY = 0.9;
/** By which share two intervals of one sender differ. */
const UNEVEN = 0.25;

interface Held {
  readonly judgement: Judgement;
  readonly silentMs: number;
  newestMs: number;
  /** To the first step after it, ms; 0 before that. */
  intervalMs: number;
}

/**
 * Gaps that are over, by slot, until what follows tells whether they were any: steps that go on to come as far apart as the gap was long, or
 * farther, are those of a series that is sent at another interval.
 */
export class HeldGaps {
  readonly #of = new Map<number, Held>();

  /** `silentMs`: how long nothing came before it. */
  hold(slot: number, judgement: Judgement, silentMs: number): void {
    this.#of.set(slot, { judgement, silentMs, newestMs: judgement.t, intervalMs: 0 });
  }

  has(slot: number): boolean {
    return this.#of.has(slot);
  }

  delete(slot: number): void {
    this.#of.delete(slot);
  }

  /** Of a slot that has one: the judgement, then how long nothing came, the newest step and the interval as doubles. */
  save(slot: number, writer: ByteWriter): void {
    const held = this.#of.get(slot);
    if (held === undefined) return;
    saveJudgement(held.judgement, writer);
    for (const ms of [held.silentMs, held.newestMs, held.intervalMs]) writer.f64(ms);
  }

  /** Throws RangeError at the end of the bytes. */
  load(slot: number, reader: ByteReader): void {
    this.#of.set(slot, { judgement: loadJudgement(reader), silentMs: reader.f64(), newestMs: reader.f64(), intervalMs: reader.f64() });
  }

  /** One step later: the gap, where it was one. */
  step(slot: number, tMs: number): Judgement | null {
    const held = this.#of.get(slot);
    if (held === undefined) return null;
    const { judgement, silentMs, intervalMs } = held;
    const since = tMs - held.newestMs;
    if (intervalMs === 0 && since >= NEARLY * silentMs) {
      held.newestMs = tMs;
      held.intervalMs = since;
      return null;
    }
    this.#of.delete(slot);
    return intervalMs > 0 && Math.abs(since - intervalMs) <= UNEVEN * intervalMs ? null : judgement;
  }
}
