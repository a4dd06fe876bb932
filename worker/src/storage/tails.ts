import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeDecimalList, encodeDecimalList } from "@sightline/shared/encoding/decimal-list";
import type { FirstTimes } from "./first-times.ts";
import type { Head } from "./head.ts";
import type { SenderMark, SenderMarks } from "./sender-marks.ts";
import { readMark, readMarkWithIslands, writeMarkWithIslands } from "./sender-marks.ts";
import type { SeriesLog } from "./series-log.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

const MARKS_VERSION = 1;
/** Inflated, of any shard. */
const LONGEST = 128 * 1024 * 1024;

/** What every series said last and where every sender stood, at one time. */
export interface Tails {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly senders: readonly SenderMark[];
}

export const tailsOf = (head: Head, end: number, marks: SenderMarks): Tails => ({
  times: head.lastTime.slice(0, end),
  values: head.lastValue.slice(0, end),
  senders: marks.standing(),
});

/** `definitions`: the rows of the series log. Written when a part of the log is dropped, as of its end: what it said of them is gone then, and the rest of the log goes on from there. */
export function saveTails(
  snapshots: SnapshotStore,
  { times, values, senders: standing }: Tails,
  firsts: FirstTimes,
  definitions: readonly number[],
): void {
  const tails = new ByteWriter(times.length * 8 + 16);
  tails.varint(times.length);
  encodeDecimalList(tails, times);
  encodeDecimalList(tails, values);
  encodeDecimalList(tails, firsts.column(times.length));
  tails.varint(definitions.length);
  for (const id of definitions) tails.varint(id);
  snapshots.write("last", deflateRawSync(tails.view()));
  snapshots.remove("tails");
  const senders = new ByteWriter(1024);
  senders.u8(MARKS_VERSION);
  senders.varint(standing.length);
  for (const mark of standing) writeMarkWithIslands(senders, mark);
  snapshots.write("senders", senders.view());
}

/** What is filled with what the tails tell. */
interface Tailed {
  readonly head: Head;
  readonly firsts: FirstTimes;
  readonly marks: SenderMarks;
  readonly log: SeriesLog;
}

/** Returns what could not be read; `packed`: there are samples of which they should tell. */
export function loadTails(snapshots: SnapshotStore, { head, firsts, marks, log }: Tailed, packed: boolean): string[] {
  const tails = snapshots.read("last");
  // Version 1, where marks were, too.
  const old = tails === null ? snapshots.read("tails") : null;
  const senders = snapshots.read("senders");
  const problems = [tails?.problem, old?.problem, senders?.problem].filter((problem) => problem !== null && problem !== undefined);
  if (packed && tails === null && old === null)
    problems.push(
      "snapshot last is gone: the newest time and value of each series are known again when it sends its next sample; samples that come again late may be counted as new ones",
    );
  if (packed && senders === null && old === null)
    problems.push("snapshot senders is gone: senders of frames are asked for what they still have");
  /** A blob whose checksum holds and whose content does not is told like any other damage; what was read of it stays. */
  const decode = (name: string, read: () => void): void => {
    try {
      read();
    } catch (error) {
      problems.push(`snapshot ${name} cannot be decoded (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  if (tails !== null && tails.problem === null) {
    decode("last", () => {
      const reader = new ByteReader(inflateRawSync(tails.bytes, { maxOutputLength: LONGEST }));
      const end = reader.varint();
      const times = decodeDecimalList(reader, end);
      const values = decodeDecimalList(reader, end);
      head.grow(end);
      head.lastTime.set(times);
      head.lastValue.set(values);
      // Not kept once.
      if (reader.remaining > 0) firsts.load(decodeDecimalList(reader, end));
      if (reader.remaining > 0) log.expect(Array.from({ length: reader.varint() }, () => reader.varint()));
    });
  } else if (old !== null && old.problem === null) {
    decode("tails", () => {
      const reader = new ByteReader(old.bytes);
      const end = reader.varint();
      const times = reader.f64Array(end);
      const values = reader.f64Array(end);
      head.grow(end);
      head.lastTime.set(times);
      head.lastValue.set(values);
      for (let left = reader.varint(); left > 0; left--) marks.set(readMark(reader));
    });
  }
  if (senders !== null && senders.problem === null) {
    decode("senders", () => {
      const reader = new ByteReader(senders.bytes);
      const version = reader.u8();
      if (version !== MARKS_VERSION) problems.push(`snapshot senders: version ${version}, this build reads ${MARKS_VERSION}`);
      else for (let left = reader.varint(); left > 0; left--) marks.set(readMarkWithIslands(reader));
    });
  }
  marks.pack(marks.standing());
  return problems;
}
