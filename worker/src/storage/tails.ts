import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Head } from "./head.ts";
import type { SenderMarks } from "./sender-marks.ts";
import { readMark, readMarkWithIslands, writeMarkWithIslands } from "./sender-marks.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

const MARKS_VERSION = 1;

/** What every series said last and where every sender stands, written when the log is cut: what the log said of them is gone then. */
export function saveTails(snapshots: SnapshotStore, head: Head, end: number, marks: SenderMarks): void {
  const tails = new ByteWriter(end * 16 + 16);
  tails.varint(end);
  tails.f64Array(head.lastTime.subarray(0, end));
  tails.f64Array(head.lastValue.subarray(0, end));
  tails.varint(0);
  snapshots.write("tails", tails.view());
  const senders = new ByteWriter(1024);
  senders.u8(MARKS_VERSION);
  senders.varint(marks.all.size);
  for (const mark of marks.all.values()) writeMarkWithIslands(senders, mark);
  snapshots.write("senders", senders.view());
}

/** Returns what could not be read. */
export function loadTails(snapshots: SnapshotStore, head: Head, marks: SenderMarks): string[] {
  const tails = snapshots.read("tails");
  const senders = snapshots.read("senders");
  const problems = [tails?.problem, senders?.problem].filter((problem) => problem !== null && problem !== undefined);
  if (tails !== null && tails.problem === null) {
    const reader = new ByteReader(tails.bytes);
    const end = reader.varint();
    head.grow(end);
    head.lastTime.set(reader.f64Array(end));
    head.lastValue.set(reader.f64Array(end));
    // Until marks had a snapshot of their own they were here.
    for (let left = reader.varint(); left > 0; left--) marks.set(readMark(reader));
  }
  if (senders !== null && senders.problem === null) {
    const reader = new ByteReader(senders.bytes);
    const version = reader.u8();
    if (version !== MARKS_VERSION) problems.push(`snapshot senders: version ${version}, this build reads ${MARKS_VERSION}`);
    else for (let left = reader.varint(); left > 0; left--) marks.set(readMarkWithIslands(reader));
  }
  marks.pack();
  return problems;
}
