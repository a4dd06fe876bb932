import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { FoundAnomaly } from "../api.ts";
import { Aftermaths, type Follower } from "./aftermaths.ts";
import type { BandPoint } from "./band-memory.ts";
import { beforeItFollowed } from "./before-it-followed.ts";
import { HeldGaps } from "./held-gaps.ts";
import type { JudgedAs } from "./judged-as.ts";
import { toldAnomaly } from "./told-anomaly.ts";
import { Unnoticed } from "./unnoticed.ts";

export interface EventPorts extends Follower {
  readonly described: (slot: number) => JudgedAs | undefined;
  /** What was said of the newest steps of a series in the rich tier, the oldest first; null for any other. */
  readonly said: (slot: number) => Iterable<BandPoint> | null;
  /** Whether the rich tier has known the series for long enough to speak for itself. */
  readonly isRipe: (slot: number) => boolean;
}

/** What is remembered of slots until later steps. */
type Followed = Pick<Unnoticed, "has" | "delete" | "save" | "load">;

const NONE: readonly FoundAnomaly[] = [];

/** What is told of the anomalies that the detectors find, by slot: each that is worth it once, as what the steps after it show it to be. */
export class ToldEvents {
  readonly #ports: EventPorts;
  readonly #aftermaths: Aftermaths;
  readonly #unnoticed: Unnoticed;
  readonly #gaps = new HeldGaps();
  /** In the order in which they are saved. */
  readonly #followed: readonly Followed[];
  /** As they were judged when they came: later points of the same batch judge anew. */
  #pending: { readonly slot: number; readonly found: FoundAnomaly }[] = [];

  constructor(ports: EventPorts) {
    this.#ports = ports;
    this.#aftermaths = new Aftermaths(ports);
    this.#unnoticed = new Unnoticed(ports);
    this.#followed = [this.#unnoticed, this.#aftermaths, this.#gaps];
  }

  delete(slot: number): void {
    for (const part of this.#followed) part.delete(slot);
    this.#pending = this.#pending.filter((one) => one.slot !== slot);
  }

  /** Whether the next step of the slot is of interest, whatever its score. */
  follows(slot: number): boolean {
    return this.#followed.some((part) => part.has(slot));
  }

  /** The newest step of the slot is the first of an anomaly. */
  begin(slot: number): void {
    const now = this.#ports.judgement(slot);
    if (now === null) return;
    const said = this.#ports.said(slot);
    const judgement = beforeItFollowed(now, said, this.#ports.measureOf(slot));
    const isGap = judgement.kind === "gap";
    const before = isGap ? [...(said ?? [])].findLast(({ t }) => t < judgement.t) : undefined;
    this.#unnoticed.delete(slot);
    if (before !== undefined) this.#gaps.hold(slot, judgement, judgement.t - before.t);
    else if (!this.tell(slot, judgement) && !isGap) this.#unnoticed.begin(slot, judgement);
    this.#aftermaths.begin(slot, judgement, this.#ports.isRipe(slot));
  }

  /** One step later, at `tMs`: what was told, or was to be, is told as it turned out to be. */
  follow(slot: number, tMs: number, value: number): void {
    const better = this.#aftermaths.follow(slot, tMs, value);
    if (better !== null) {
      const isFirst = this.#gaps.has(slot) || this.#unnoticed.has(slot);
      if (this.tell(slot, better, !isFirst)) this.#unnoticed.delete(slot);
      return this.#gaps.delete(slot);
    }
    const gap = this.#gaps.step(slot, tMs);
    if (gap !== null) this.tell(slot, gap);
  }

  /** The same step, of no anomaly: whether what was too small to be told has grown to something worth it. */
  grown(slot: number, value: number): boolean {
    const judgement = this.#unnoticed.follow(slot, value);
    if (judgement === null || !this.tell(slot, judgement)) return false;
    this.#unnoticed.delete(slot);
    return this.#aftermaths.begin(slot, judgement, false);
  }

  /** Whether it is worth it. `revised`: it was told otherwise before. */
  tell(slot: number, judgement: Judgement, revised = false): boolean {
    const series = this.#ports.described(slot);
    const found = series === undefined ? null : toldAnomaly(series, judgement, revised);
    if (found !== null) this.#pending.push({ slot, found });
    return found !== null;
  }

  /** What is to be told since the last call, but for slots of which nothing but gaps is known yet. */
  take(knowsOnlyGaps: (slot: number) => boolean): readonly FoundAnomaly[] {
    if (this.#pending.length === 0) return NONE;
    return this.#pending.splice(0).flatMap(({ slot, found }) => (found.kind !== "gap" && knowsOnlyGaps(slot) ? [] : found));
  }

  /** Where the slot `follows`: u8 of what there is, then that of each. */
  save(slot: number, writer: ByteWriter): void {
    writer.u8(this.#followed.reduce((flags, part, k) => flags | (part.has(slot) ? 1 << k : 0), 0));
    for (const part of this.#followed) part.save(slot, writer);
  }

  /** Throws RangeError at the end of the bytes. */
  load(slot: number, reader: ByteReader): void {
    const flags = reader.u8();
    for (const [k, part] of this.#followed.entries()) if ((flags & (1 << k)) !== 0) part.load(slot, reader);
  }
}
