import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import { exemplarFits } from "@sightline/shared/model/exemplar";
import type { Labels } from "@sightline/shared/model/labels";
import { seriesKey } from "@sightline/shared/model/labels";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { decoding } from "@sightline/shared/protocol/wire-error";
import { readExemplars, writeExemplars } from "@sightline/shared/protocol/exemplars";
import type { Quarantine } from "./quarantine.ts";
import { seal, unseal } from "./sealed-blob.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { SqlDatabase } from "./sql-database.ts";

const VERSION = 1;
/** Bytes at which a row is closed and the next one begins. */
const ROW_BYTES = 64 * 1024;

export interface ExemplarBounds {
  /** Exemplars kept; the oldest rows go when there are more. */
  readonly most: number;
  readonly mostBytes: number;
}

/** Of one series at a time, the ones that came last: a thousand traces lead to a series as well as more do. */
const MOST_AT_ONCE = 1000;
/** To read one and to tell whether it was there, ns. */
const EXEMPLAR_NS = 2000;
/** Of the numbers, beside the texts. */
const EXEMPLAR_BYTES = 16;

const EXEMPLAR_BOUNDS: ExemplarBounds = { most: 100_000, mostBytes: 16 * 1024 * 1024 };

interface Gathered {
  readonly labels: Labels;
  readonly exemplars: Exemplar[];
  /** What says of each of them that it is the same. */
  readonly known: Set<string>;
}

/** The content of a row. */
type Content = Map<string, Gathered>;

interface Row extends Record<string, number> {
  readonly id: number;
  readonly count: number;
  readonly bytes: number;
}

/**
 * The newest exemplars of a shard, as blobs of about 64 kB. Only the blob that is being filled is in memory: what a
 * commit adds is one row written. Readers go through all blobs.
 */
export class ExemplarStore {
  readonly #database: SqlDatabase;
  readonly #quarantine: Quarantine;
  readonly #bounds: ExemplarBounds;
  readonly #rows: Row[];
  /** Exemplars that were not kept and never will be, by reason, since this was opened; one that is there already is none of them. */
  readonly leftOut: Record<string, number> = {};
  /** What the last row holds, by series; lost with the memory, and then a new row begins. */
  #open: Content = new Map();
  #openId: number | null = null;
  #openCount = 0;
  /** Roughly. */
  #openBytes = 0;
  /** Rows that were full before a commit wrote them. */
  #full: { readonly content: Content; readonly count: number }[] = [];
  #changed = false;

  constructor(database: SqlDatabase, quarantine: Quarantine, bounds: ExemplarBounds = EXEMPLAR_BOUNDS) {
    this.#database = database;
    this.#quarantine = quarantine;
    this.#bounds = bounds;
    this.#rows = database.all<Row>("SELECT id, count, length(body) AS bytes FROM exemplars ORDER BY id");
  }

  /** Into memory; durable with the next `write`. Returns how many are new and short enough to be kept. */
  add({ labels, exemplars }: SeriesExemplars): number {
    const key = seriesKey(labels);
    let kept = 0;
    const first = Math.max(0, exemplars.length - MOST_AT_ONCE);
    this.#leaveOut("exemplar_limit", first);
    for (let i = first; i < exemplars.length; i++) {
      const exemplar = exemplars[i];
      if (exemplar !== undefined && this.#keep(key, labels, exemplar)) kept++;
    }
    if (kept > 0) this.#changed = true;
    return kept;
  }

  /** Of series that are stored, durable with the samples; returns how many were kept. */
  addStored(all: readonly SeriesExemplars[] | undefined, index: Pick<SeriesIndex, "find">): number {
    let kept = 0;
    for (const one of all ?? []) {
      if (index.find(one.labels) === undefined) this.#leaveOut("exemplar_without_series", one.exemplars.length);
      else kept += this.add(one);
    }
    return kept;
  }

  #leaveOut(why: string, exemplars: number): void {
    if (exemplars > 0) this.leftOut[why] = (this.leftOut[why] ?? 0) + exemplars;
  }

  #keep(key: string, labels: Labels, exemplar: Exemplar): boolean {
    if (!exemplarFits(exemplar)) {
      this.#leaveOut("exemplar_too_long", 1);
      return false;
    }
    const gathered = this.#open.get(key) ?? { labels, exemplars: [], known: new Set() };
    const own = seriesKey(exemplar.labels);
    const identity = identityOf(exemplar, own);
    // Senders repeat a series' newest exemplar until it has another.
    if (gathered.known.has(identity)) return false;
    if (gathered.exemplars.length === 0) {
      this.#open.set(key, gathered);
      this.#openBytes += key.length;
    }
    gathered.known.add(identity);
    gathered.exemplars.push(exemplar);
    this.#openCount++;
    this.#openBytes += own.length + EXEMPLAR_BYTES;
    // A blob has an end, however much comes between two commits.
    if (this.#openBytes >= 2 * ROW_BYTES) {
      this.#full.push({ content: this.#open, count: this.#openCount });
      this.#begin();
    }
    return true;
  }

  #begin(): void {
    this.#open = new Map();
    this.#openCount = 0;
    this.#openBytes = 0;
  }

  get pending(): boolean {
    return this.#changed;
  }

  /** Inside the transaction of a commit. */
  write(): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const { content, count } of this.#full) {
      this.#writeRow(content, count);
      this.#openId = null;
    }
    this.#full = [];
    if (this.#openCount > 0 && this.#writeRow(this.#open, this.#openCount) >= ROW_BYTES) {
      this.#openId = null;
      this.#begin();
    }
    this.#trim();
  }

  /** The row that is being filled, or a new one; returns its bytes. */
  #writeRow(content: Content, count: number): number {
    const writer = new ByteWriter(4096);
    writeExemplars(writer, [...content.values()]);
    const body = seal("exemplars", VERSION, writer.view());
    if (this.#openId === null) {
      this.#openId = (this.#rows.at(-1)?.id ?? 0) + 1;
      this.#rows.push({ id: this.#openId, count: 0, bytes: 0 });
    }
    const row = { id: this.#openId, count, bytes: body.length };
    this.#rows[this.#rows.length - 1] = row;
    this.#database.run("INSERT OR REPLACE INTO exemplars (id, count, body) VALUES (?, ?, ?)", row.id, row.count, body);
    return body.length;
  }

  /** Of the series that `wanted` says, with startMs <= t <= endMs, oldest first, each once: of those that are there when it begins. */
  *read(
    wanted: (labels: Labels) => boolean | Stepwise<boolean>,
    startMs: number,
    endMs: number,
    nowMs: number,
    pace: Pace,
  ): Stepwise<SeriesExemplars[]> {
    const found = new Map<string, { readonly labels: Labels; readonly exemplars: Map<string, Exemplar> }>();
    // What it holds is in memory, unless it was full and waits for its last write.
    const skipped = this.#full.length > 0 ? null : this.#openId;
    const held = [...this.#full.map(({ content }) => content), this.#open].map((content) => ({ id: null, body: [...content.values()] }));
    for (const each of [this.#bodies(nowMs), held])
      for (const { id, body } of each) {
        if (id !== null && id === skipped) continue;
        for (const { labels, exemplars } of body) {
          if (pace.spend(SERIES_NS + exemplars.length * EXEMPLAR_NS)) yield;
          const isWanted = wanted(labels);
          if (!(typeof isWanted === "boolean" ? isWanted : yield* isWanted)) continue;
          const key = seriesKey(labels);
          let series = found.get(key);
          if (series === undefined) found.set(key, (series = { labels, exemplars: new Map() }));
          for (const one of exemplars) {
            if (one.t >= startMs && one.t <= endMs) series.exemplars.set(identityOf(one, seriesKey(one.labels)), one);
          }
        }
      }
    const all: SeriesExemplars[] = [];
    for (const { labels, exemplars } of found.values()) {
      if (exemplars.size > 0) all.push({ labels, exemplars: [...exemplars.values()].sort((a, b) => a.t - b.t) });
    }
    return all;
  }

  /** Row by row, so that one blob at a time is in memory. A damaged one is set aside. */
  *#bodies(nowMs: number): Generator<{ readonly id: number; readonly body: readonly SeriesExemplars[] }> {
    for (const { id } of this.#rows.slice()) {
      const [row] = this.#database.all<{ body: Uint8Array }>("SELECT body FROM exemplars WHERE id = ?", id);
      if (row === undefined) continue;
      const unsealed = unseal("exemplars", VERSION, row.body);
      const body = unsealed.ok ? decoding("exemplars", () => readExemplars(new ByteReader(unsealed.value.body))) : unsealed;
      if (body.ok) yield { id, body: body.value };
      else if (body.error.code !== "newer_blob") this.#setAside(id, body.error.message, row.body, nowMs);
    }
  }

  #setAside(id: number, reason: string, blob: Uint8Array, nowMs: number): void {
    this.#database.transaction(() => {
      this.#quarantine.add(`exemplars/${id}`, reason, blob, nowMs);
      this.#database.run("DELETE FROM exemplars WHERE id = ?", id);
    });
    const at = this.#rows.findIndex((row) => row.id === id);
    if (at >= 0) this.#rows.splice(at, 1);
  }

  /** Drops the oldest rows while there is too much; never the one being filled. */
  #trim(): void {
    let count = 0;
    let bytes = 0;
    for (const row of this.#rows) {
      count += row.count;
      bytes += row.bytes;
    }
    while (this.#rows.length > 1 && (count > this.#bounds.most || bytes > this.#bounds.mostBytes)) {
      const oldest = this.#rows.shift();
      if (oldest === undefined) return;
      count -= oldest.count;
      bytes -= oldest.bytes;
      this.#database.run("DELETE FROM exemplars WHERE id = ?", oldest.id);
    }
  }
}

/** `labels` as one text; zero has a sign. */
const identityOf = ({ t, value }: Exemplar, labels: string): string => `${t} ${Object.is(value, -0) ? "-0" : value} ${labels}`;
