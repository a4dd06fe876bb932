import { C } from "@sightline/shared/anomaly/layout";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { seriesKey } from "@sightline/shared/model/labels";
import type { AlertBook } from "./alert-book.ts";
import { DetectorFeed } from "./detection/detector-feed.ts";
import { readFirstVersion } from "./first-version.ts";
import type { SloLedger } from "./slo/slo-ledger.ts";
import { NO_SLOT, type SlottedSeries } from "./slotted-series.ts";
import { SNAPSHOT_VERSION, SNAPSHOT_WITHOUT_BANDS, SNAPSHOT_WITHOUT_EVENTS } from "./snapshot-format.ts";

/** Series in one part of the snapshot: at most 1.9 MB without the rich tier, one row. */
const SERIES_PER_PART = 1024;
/** Of them in the rich tier, where all parts are written at once: 2.8 MB, or less than a row while they are young. */
const RICH_PER_PART = 64;
/** Series up to which all parts are written at once. */
const WHOLE_SERIES = 4096;

/** The part that was written last, of whichever shard. */
const writer = new ByteWriter(4096);

/** What a snapshot holds of an evaluation; times in ms, 0 before any. */
interface Remembered {
  readonly series: SlottedSeries;
  readonly detectors: DetectorFeed;
  readonly ledger: SloLedger;
  readonly book: AlertBook;
  /** The longest silences that series came back from, ms. */
  readonly silences: { readonly all: () => ReadonlyMap<number, number>; readonly take: (slot: number, silentMs: number) => void };
  readonly newestOfAll: { readonly get: () => number; readonly take: (tMs: number) => void };
}

const READ: ReadonlySet<number> = new Set([SNAPSHOT_VERSION, SNAPSHOT_WITHOUT_EVENTS, SNAPSHOT_WITHOUT_BANDS]);

/**
 * An evaluation's snapshot. Part 0: version, newest time of all, then ref, hash and newest time of every series, SLI counters, newest values of
 * alerts, and, in snapshots since they are kept, ref, hash and longest silence of the series that were missed once. Each part after it: version, then ref, hash, step and detector of the next 1,024 series, or fewer.
 */
export class SnapshotParts {
  readonly #of: Remembered;
  /** The first slot of each part after part 0, and the end of the last. */
  #bounds: readonly number[] = [0];

  constructor(of: Remembered) {
    this.#of = of;
  }

  /** Of now: `write` is of the parts that there were when they were counted last. */
  get count(): number {
    const { series, detectors } = this.#of;
    // Bounds that move leave series out of what is written in turn.
    const most = this.isWhole ? RICH_PER_PART : Infinity;
    const bounds = [0];
    for (let slot = 0, from = 0, rich = 0; slot < series.count; slot++) {
      rich += Number(detectors.isRich(slot));
      if (slot - from < SERIES_PER_PART && rich <= most) continue;
      bounds.push((from = slot));
      rich = Number(detectors.isRich(slot));
    }
    if (series.count > 0) bounds.push(series.count);
    this.#bounds = bounds;
    return bounds.length;
  }

  get isWhole(): boolean {
    return this.#of.series.count <= WHOLE_SERIES;
  }

  /** Valid until the next call. */
  write(part: number): Uint8Array {
    const { series, detectors, ledger, book, newestOfAll, silences } = this.#of;
    writer.clear();
    writer.u8(SNAPSHOT_VERSION);
    if (part > 0) {
      const [first = 0, end = 0] = this.#bounds.slice(part - 1, part + 1);
      writer.varint(Math.max(0, end - first));
      for (let slot = first; slot < end; slot++) {
        this.#writeIdentity(slot, writer);
        detectors.save(slot, writer);
      }
      return writer.view();
    }
    writer.f64(newestOfAll.get());
    writer.varint(series.count);
    for (let slot = 0; slot < series.count; slot++) {
      this.#writeIdentity(slot, writer);
      writer.f64(detectors.cells.number(slot, C.newestMs));
    }
    ledger.save(writer);
    book.save(writer);
    writer.varint(silences.all().size);
    for (const [slot, silentMs] of silences.all()) {
      this.#writeIdentity(slot, writer);
      writer.f64(silentMs);
    }
    return writer.view();
  }

  /** The parts in order, empty where one is missing; false when some of it was not understood. */
  read(parts: Iterable<Uint8Array>): boolean {
    let understood = true;
    let next = 0;
    // Series move to earlier parts as others go, so that the first part that has one is the newest.
    const loaded = new Set<number>();
    for (const bytes of parts) {
      const part = next++;
      if (bytes.length === 0) continue;
      try {
        const reader = new ByteReader(bytes);
        const version = reader.u8();
        if (version === 1) understood = this.#readFirst(reader) && understood;
        else if (!READ.has(version)) understood = false;
        else if (part === 0) this.#readNewest(reader);
        else understood = this.#readDetectors(reader, loaded) && understood;
      } catch {
        // Torn bytes: what was read is kept, the rest relearns.
        understood = false;
      }
    }
    return understood;
  }

  #writeIdentity(slot: number, writer: ByteWriter): void {
    writer.varint(this.#of.series.ref(slot));
    writer.u32(this.#of.series.hash(slot));
  }

  /** The slot of the series that was written, NO_SLOT when it is not here any more. */
  #readIdentity(reader: ByteReader): number {
    const slot = this.#of.series.slot(reader.varint());
    const hash = reader.u32();
    return slot !== NO_SLOT && this.#of.series.hash(slot) === hash ? slot : NO_SLOT;
  }

  #readNewest(reader: ByteReader): void {
    this.#of.newestOfAll.take(reader.f64());
    for (let left = reader.varint(); left > 0; left--) {
      const slot = this.#readIdentity(reader);
      const time = reader.f64();
      if (slot !== NO_SLOT) this.#of.detectors.cells.setNumber(slot, C.newestMs, time);
    }
    this.#readCounters(reader);
    if (reader.remaining === 0) return;
    for (let left = reader.varint(); left > 0; left--) {
      const slot = this.#readIdentity(reader);
      const silentMs = reader.f64();
      if (slot !== NO_SLOT) this.#of.silences.take(slot, silentMs);
    }
  }

  #readCounters(reader: ByteReader): void {
    const { ledger, book, detectors, series } = this.#of;
    ledger.load(reader, (ref) => series.slot(ref) !== NO_SLOT && detectors.cells.number(series.slot(ref), C.newestMs) === 0);
    book.load(reader);
  }

  #readDetectors(reader: ByteReader, loaded: Set<number>): boolean {
    const spare = new DetectorFeed();
    const nobody = spare.add();
    let complete = true;
    for (let left = reader.varint(); left > 0; left--) {
      const slot = this.#readIdentity(reader);
      const known = slot !== NO_SLOT && !loaded.has(slot);
      complete = (known ? this.#of.detectors.load(slot, reader) : spare.load(nobody, reader)) && complete;
      if (known) loaded.add(slot);
    }
    return complete;
  }

  #readFirst(reader: ByteReader): boolean {
    const { series, detectors, newestOfAll } = this.#of;
    const slots = new Map(Array.from({ length: series.count }, (_, slot) => [seriesKey(series.labels(slot)), slot]));
    newestOfAll.take(reader.f64());
    const complete = readFirstVersion(reader, detectors, slots);
    this.#readCounters(reader);
    return complete;
  }
}
