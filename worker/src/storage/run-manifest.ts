import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";

export const DAY_MS = 86_400_000;

/** UTC days since the epoch, each open at its beginning and closed at its end as rollup buckets are: midnight belongs to the day before. */
export const dayOf = (t: number): number => Math.ceil(t / DAY_MS) - 1;

/** 0: as a flush left it · 1: merged from several flushes · 2: a whole day. */
type RunLevel = 0 | 1 | 2;

export interface RowEntry {
  readonly id: number;
  readonly bytes: number;
  /** Metric and ref of the first chunk: rows and chunks ascend by (metric, ref). */
  readonly metric: string;
  readonly ref: number;
  /** The row before ends with chunks of the same series. */
  readonly continues: boolean;
}

/** One table `run_<id>` of samples of one day, or of their aggregates. */
export interface RunEntry {
  readonly id: number;
  /** Of two samples of one series and time the one in the run of higher order is read. */
  readonly order: number;
  readonly day: number;
  /** 0: raw samples. */
  readonly resolutionMs: number;
  readonly level: RunLevel;
  readonly minTime: number;
  readonly maxTime: number;
  readonly samples: number;
  readonly writtenAt: number;
  readonly archived: boolean;
  /** Of aggregates: native histograms are among them, where they are among the samples. Those of older builds have none. */
  readonly digests?: true;
  /** Of the raw samples of a whole day: aggregates stand for more than is here, as a row was damaged or all but the latest had left. */
  readonly partial?: true;
  /** Of a run that only the archive has: its series have other numbers here, so they are known by the definitions beside it. */
  readonly apart?: true;
  readonly rows: readonly RowEntry[];
}

/** Whether aggregates of a day can be made anew of these raw samples and what came after. */
export const isWholeDay = (run: RunEntry): boolean => run.resolutionMs === 0 && run.level === 2 && run.partial !== true;

/** By day, the order of its aggregates: that of the newest raw samples they were made of. */
export const aggregateOrders = (runs: readonly RunEntry[]): ReadonlyMap<number, number> =>
  new Map(runs.flatMap((run) => (run.resolutionMs === 0 ? [] : [[run.day, run.order] as const])));

/** As older builds left them, which did not say so: what was merged after the aggregates of its day, and without making these anew, is partial. */
export function withPartialDays(runs: readonly RunEntry[]): RunEntry[] {
  const orders = aggregateOrders(runs);
  return runs.map((run) => (isWholeDay(run) && run.order > (orders.get(run.day) ?? Infinity) ? { ...run, partial: true } : run));
}

/** How runs are read: days have no times in common, and what is read in the order of time needs no sorting; within a day the later write comes later. */
export const byTime = (a: RunEntry, b: RunEntry): number => a.day - b.day || a.order - b.order || a.id - b.id;

export interface Manifest {
  readonly runs: readonly RunEntry[];
  readonly nextId: number;
  /** Ids of runs that a compaction has begun and not finished; their tables are dropped on opening. */
  readonly building: readonly number[];
}

/** The second may have runs whose series have other numbers, which builds that know the first alone would take for others. */
const MANIFEST_VERSION = 1;
const MANIFEST_VERSION_APART = 2;

export const runBytes = (run: RunEntry): number => run.rows.reduce((sum, row) => sum + row.bytes, 0);

/** version u8 · next id · building ids · metric names · runs; see SCHEMA.md. */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  const names = [...new Set(manifest.runs.flatMap((run) => run.rows.map((row) => row.metric)))];
  const idOf = new Map(names.map((name, id) => [name, id] as const));
  const writer = new ByteWriter(4096);
  writer.u8(manifest.runs.some(({ apart }) => apart === true) ? MANIFEST_VERSION_APART : MANIFEST_VERSION);
  writer.varint(manifest.nextId);
  writer.varint(manifest.building.length);
  for (const id of manifest.building) writer.varint(id);
  writer.varint(names.length);
  for (const name of names) writer.string(name);
  writer.varint(manifest.runs.length);
  for (const run of manifest.runs) {
    writer.varint(run.id);
    writer.zigzag(run.order);
    writer.zigzag(run.day);
    writer.varint(run.resolutionMs);
    const { digests, partial, apart } = run;
    const flags = (run.archived ? 16 : 0) | (digests === true ? 32 : 0) | (partial === true ? 64 : 0) | (apart === true ? 128 : 0);
    writer.u8(run.level | flags);
    writer.zigzag(run.minTime);
    writer.varint(run.maxTime - run.minTime);
    writer.varint(run.samples);
    writer.varint(run.writtenAt);
    writer.varint(run.rows.length);
    for (const row of run.rows) {
      writer.varint(row.id);
      writer.varint(row.bytes);
      writer.varint(idOf.get(row.metric) ?? 0);
      writer.varint(row.ref * 2 + (row.continues ? 1 : 0));
    }
  }
  return writer.view();
}

/** Throws RangeError or TypeError for bytes that are none. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== MANIFEST_VERSION && version !== MANIFEST_VERSION_APART) throw new RangeError(`a manifest of version ${version}`);
  const nextId = reader.varint();
  const building = Array.from({ length: limited(reader) }, () => reader.varint());
  const names = Array.from({ length: limited(reader) }, () => reader.string());
  const runs = Array.from({ length: limited(reader) }, () => {
    const id = reader.varint();
    const order = reader.zigzag();
    const day = reader.zigzag();
    const resolutionMs = reader.varint();
    const flags = reader.u8();
    const minTime = reader.zigzag();
    const maxTime = minTime + reader.varint();
    const samples = reader.varint();
    const writtenAt = reader.varint();
    const rows = Array.from({ length: limited(reader) }, () => {
      const row = { id: reader.varint(), bytes: reader.varint(), metric: names[reader.varint()] ?? "" };
      const coded = reader.varint();
      return { ...row, ref: Math.floor(coded / 2), continues: coded % 2 === 1 };
    });
    const level: RunLevel = (flags & 3) === 0 ? 0 : (flags & 3) === 1 ? 1 : 2;
    const archived = (flags & 16) !== 0;
    const digests = (flags & 32) === 0 ? {} : { digests: true as const };
    const partial = (flags & 64) === 0 ? {} : { partial: true as const };
    const apart = (flags & 128) === 0 ? {} : { apart: true as const };
    return { id, order, day, resolutionMs, level, minTime, maxTime, samples, writtenAt, archived, ...digests, ...partial, ...apart, rows };
  });
  return { runs, nextId, building };
}

function limited(reader: ByteReader): number {
  const count = reader.varint();
  if (count > reader.remaining) throw new RangeError(`${count} entries in ${reader.remaining} bytes`);
  return count;
}
