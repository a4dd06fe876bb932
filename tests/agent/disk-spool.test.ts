import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLog } from "../../agent/src/log.ts";
import type { DiskSpool } from "../../agent/src/spool/disk-spool.ts";
import { MemorySpool } from "../../agent/src/spool/memory-spool.ts";
import { readSenderId } from "../../agent/src/spool/spool-directory.ts";
import type { Spool } from "../../agent/src/spool/spool.ts";
import { type SpoolOptions, spoolIn } from "./small-spool.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sightline-spool-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (options: Partial<SpoolOptions> = {}): DiskSpool => spoolIn(directory, options);

const batch = (value: number): SampleBatch => ({
  series: [
    {
      labels: { __name__: `m${value % 3}`, host_name: "db-1" },
      metadata: { type: "gauge", unit: "", help: "a metric of some length to fill segments" },
      temporality: "cumulative",
      timestamps: Float64Array.of(1000 * value),
      values: Float64Array.of(value + 0.5),
    },
  ],
});
const fill = (spool: Spool, from: number, to: number): void => {
  for (let value = from; value <= to; value++) spool.append(batch(value));
};
/** Every frame from `seq` on, as [seq, oldestSeq, value]. */
function readAll(spool: Spool, seq = 1): [number, number, number | undefined][] {
  const frames: [number, number, number | undefined][] = [];
  for (let frame = spool.next(seq); frame !== null; frame = spool.next(frame.seq + 1))
    frames.push([frame.seq, frame.oldestSeq, frame.batch.series[0]?.values[0]]);
  return frames;
}
const expected = (from: number, to: number, oldest = 1) =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, oldest, from + i + 0.5]);
const segments = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".segment"))
    .sort()
    .map((name) => join(directory, name));
/** The process ends without a word: nothing is closed. */
const killed = (spool: DiskSpool): void => void spool;

describe("the spool on disk", () => {
  test("gives back every frame in order, over many segments", () => {
    const spool = open();
    fill(spool, 1, 300);
    expect(segments().length).toBeGreaterThan(3);
    expect(readAll(spool)).toEqual(expected(1, 300));
  });

  test("a frame written after the reading of its segment began is found at the first call", () => {
    const spool = open({ segmentBytes: 1 << 20 });
    fill(spool, 1, 50);
    expect(spool.next(1)?.seq).toBe(1);
    fill(spool, 51, 100);
    expect(readAll(spool)).toEqual(expected(1, 100));
  });

  test("goes on where it was after kill -9, with the same numbering", () => {
    killed(((spool) => (fill(spool, 1, 40), spool))(open()));
    const again = open();
    expect([again.epoch, again.lastSeq]).toEqual(["epoch-1", 40]);
    fill(again, 41, 50);
    expect(readAll(again)).toEqual(expected(1, 50));
  });

  test("after the machine itself went down numbers are not used again, and what follows the hole says so", () => {
    killed(((spool) => (fill(spool, 1, 5), spool))(open()));
    const again = open({ boot: "boot-2" });
    const seq = again.append(batch(6));
    expect(seq).toBeGreaterThan(1_000_000);
    expect(readAll(again).at(-1)).toEqual([seq, seq, 6.5]);
  });

  test("after kill -9 beside a full disk, or with a damaged segment, the numbers of what the server may have are not used again", () => {
    // As a full disk does: nothing is made, and what is there can be removed.
    const full = open({ segmentBytes: 1 });
    fill(full, 1, 3);
    for (const path of ["position.json.new", `${String(4).padStart(16, "0")}.segment`]) mkdirSync(join(directory, path));
    fill(full, 4, 9);
    expect(readAll(full).at(-1)?.[0]).toBe(9);
    killed(full);
    for (const name of readdirSync(directory).filter((one) => one.endsWith(".new") || one.includes("04.")))
      rmSync(join(directory, name), { recursive: true });
    const again = open();
    expect(again.append(batch(10))).toBe(1_000_004);
    killed(again);
    const newest = segments().at(-1) ?? "";
    truncateSync(newest, readFileSync(newest).length - 3);
    expect(open().append(batch(11))).toBeGreaterThan(2_000_000);
  });

  test("after an orderly end and a reboot numbering has no hole", () => {
    const spool = open();
    fill(spool, 1, 5);
    spool.close();
    expect(open({ boot: "boot-2" }).append(batch(6))).toBe(6);
  });

  test("a segment cut at any byte keeps the frames before the cut", () => {
    const spool = open({ segmentBytes: 1 << 20 });
    fill(spool, 1, 6);
    spool.close();
    const [path = ""] = segments();
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      const read = readAll(open());
      expect(read).toEqual(expected(1, read.length));
      expect(read.length).toBeLessThan(6);
    }
  });

  test("a flipped bit loses the rest of that segment alone, and frames behind the hole are not waited for", () => {
    const spool = open();
    fill(spool, 1, 120);
    spool.close();
    const [, second = "", third = ""] = segments();
    const bytes = readFileSync(second);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
    writeFileSync(second, bytes);
    const again = open();
    const afterHole = Number(third.slice(-24, -8));
    const read = readAll(again);
    expect(read.at(-1)?.[0]).toBe(120);
    expect(read.find(([seq]) => seq === afterHole)).toEqual([afterHole, afterHole, afterHole + 0.5]);
    expect(again.status().droppedFrames).toBe(120 - read.length);
    for (const [seq, , value] of read) expect(value).toBe(seq + 0.5);
    again.close();
    // Once.
    expect(open().status().droppedFrames).toBe(0);
  });

  test("frames of a damaged segment that the server has not are counted, up to the last that was numbered", () => {
    const spool = open({ segmentBytes: 1 << 20 });
    fill(spool, 1, 40);
    spool.acknowledge(12, 0);
    spool.close();
    const [path = ""] = segments();
    truncateSync(path, Math.floor(readFileSync(path).length / 8));
    const again = open();
    expect(readAll(again).length).toBeLessThan(12);
    expect(again.status().droppedFrames).toBe(28);
  });

  test("numbers that turn out to be another's are given anew to all that was gathered since, on disk or in memory", () => {
    fill(open(), 1, 5);
    const spool = open();
    fill(spool, 6, 100);
    spool.renumber(60);
    spool.acknowledge(60, 0);
    const anew = readAll(spool, 61);
    expect(anew.map(([, , value]) => value)).toEqual(Array.from({ length: 95 }, (_, i) => 6.5 + i));
    expect(new Set(anew.map(([, oldest]) => oldest))).toEqual(new Set([102]));
    spool.renumber(60);
    fill(spool, 101, 101);
    expect(readAll(spool, 61).length).toBe(96);
    killed(spool);
    expect(readAll(open(), 61)).toEqual(readAll(spool, 61));
    expect(spool.status().droppedFrames).toBe(0);
  });

  test("where nothing was gathered no number is left out, and a file beside the segments is none of them", () => {
    fill(open(), 1, 5);
    writeFileSync(join(directory, "copy.segment"), "x");
    const spool = open();
    spool.renumber(60);
    spool.skipTo(60);
    spool.acknowledge(60, 60);
    expect(spool.status()).toMatchObject({ frames: 0, droppedFrames: 0 });
    spool.close();
    expect(open().status().droppedFrames).toBe(0);
  });

  test("garbage in place of a segment is removed and the others are read", () => {
    const spool = open();
    fill(spool, 1, 120);
    spool.close();
    writeFileSync(segments()[0] ?? "", "not a segment");
    expect(readAll(open()).at(-1)?.[0]).toBe(120);
  });

  test("full, it drops the oldest and says how many the server never had", () => {
    const spool = open({ maxBytes: 8000 });
    fill(spool, 1, 500);
    const read = readAll(spool);
    expect(read.at(-1)?.[0]).toBe(500);
    expect(spool.status().droppedFrames).toBe((read[0]?.[0] ?? 0) - 1);
    expect(read[0]?.[1]).toBe(read[0]?.[0]);
    expect(spool.status().bytes).toBeLessThan(10_000);
  });

  test("archived segments go; durable ones stay until then and need not be sent again", () => {
    const spool = open();
    fill(spool, 1, 200);
    const before = segments().length;
    spool.acknowledge(200, 0);
    expect(segments()).toHaveLength(before);
    expect(spool.status().frames).toBe(0);
    spool.acknowledge(200, 200);
    expect(segments().length).toBe(1);
  });

  test("what was acknowledged is remembered over a restart", () => {
    const spool = open();
    fill(spool, 1, 10);
    spool.acknowledge(7, 0);
    spool.close();
    expect(open().status().frames).toBe(3);
  });

  test("when the disk refuses, frames wait in memory, and disk is used again when it works", () => {
    let now = 0;
    const spool = open({ now: () => now, segmentBytes: 1 });
    fill(spool, 1, 2);
    rmSync(directory, { recursive: true });
    fill(spool, 3, 5);
    expect(readAll(spool, 3).map(([seq]) => seq)).toEqual([3, 4, 5]);
    open();
    now = 60_000;
    fill(spool, 6, 7);
    expect(readAll(spool, 3).map(([seq]) => seq)).toEqual([3, 4, 5, 6, 7]);
    expect(segments().length).toBeGreaterThan(0);
  });

  test("where its files are deleted it goes on: what the server does not have and memory has not either is told as lost, and the rest is there again", () => {
    const told: string[] = [];
    let restored = 0;
    const log = { ...silentLog, warn: (message: string) => void told.push(message) };
    const spool = open({ log, restore: () => restored++ });
    fill(spool, 1, 120);
    spool.acknowledge(50, 20);
    rmSync(directory, { recursive: true });
    fill(spool, 121, 122);
    const lost = spool.status().droppedFrames;
    expect(lost).toBeGreaterThan(0);
    expect(readAll(spool, 51)).toEqual(expected(51 + lost, 122, 51 + lost));
    expect([restored, told.length > 0]).toEqual([1, true]);
    const [tellsLost] = told.slice(-1);
    expect(tellsLost).toMatch(/is not there any more from frame \d+ on; of what the server does not have yet \d+ frames? /);
    fill(spool, 123, 160);
    killed(spool);
    expect(readAll(open(), 51)).toEqual(expected(51 + lost, 160, 51 + lost));
  });

  test("where its files are deleted no frame that memory has is lost, however lately a segment began", () => {
    for (let newest = 100; newest < 140; newest++) {
      const spool = open();
      const first = spool.lastSeq + 1;
      fill(spool, 1, newest);
      rmSync(directory, { recursive: true });
      fill(spool, newest + 1, newest + 1);
      expect(readAll(spool, first).map(([seq]) => seq - first + 1)).toEqual(Array.from({ length: 17 }, (_, i) => newest - 15 + i));
      expect(spool.status().droppedFrames).toBe(newest - 16);
      spool.close();
      rmSync(directory, { recursive: true });
    }
  });

  test("a segment that is damaged while it is written to is a hole: what follows it is given, and the numbers in it are counted", () => {
    const spool = open({ segmentBytes: 1 << 20 });
    fill(spool, 1, 60);
    const [path = ""] = segments();
    truncateSync(path, 1000);
    const read = readAll(spool);
    const good = read.findIndex(([seq], at) => seq !== at + 1);
    expect(good).toBeGreaterThan(0);
    expect(read.slice(0, good)).toEqual(expected(1, good));
    // The newest are in memory.
    expect(read.slice(good)).toEqual(expected(45, 60, 45));
    expect(spool.status().droppedFrames).toBe(44 - good);
    fill(spool, 61, 62);
    expect(readAll(spool, good + 1)).toEqual(expected(45, 62, 45));
    killed(spool);
    expect(readAll(open(), good + 1)).toEqual(expected(45, 62, 45));
  });

  test("what waited in memory is on the disk once that works, and survives the end of the process and what the server acknowledges", () => {
    let now = 0;
    const spool = open({ now: () => (now += 60_000), segmentBytes: 1 });
    fill(spool, 1, 3);
    // Two tries, each of which finds no room behind the first bytes of a new segment.
    const blocked = join(directory, "0000000000000004.segment");
    mkdirSync(blocked);
    fill(spool, 4, 6);
    rmSync(blocked, { recursive: true });
    fill(spool, 7, 8);
    spool.acknowledge(3, 3);
    expect(readAll(spool, 4)).toEqual(expected(4, 8, 4));
    killed(spool);
    expect(readAll(open(), 4)).toEqual(expected(4, 8, 4));
  });

  test("at the end of the run what waited in memory is written, and told where that is refused", () => {
    const told: string[] = [];
    const log = { ...silentLog, warn: (message: string) => told.push(message) };
    const blocked = join(directory, "0000000000000001.segment");
    const spool = open({ log });
    mkdirSync(blocked);
    fill(spool, 1, 2);
    spool.close();
    expect(told.at(-1)).toBe("2 frames that waited in memory are lost: the spool cannot be written");
    rmSync(blocked, { recursive: true });
    const after = open({ log });
    const { lastSeq } = after;
    const next = join(directory, `${String(lastSeq + 1).padStart(16, "0")}.segment`);
    mkdirSync(next);
    fill(after, 3, 4);
    rmSync(next, { recursive: true });
    after.close();
    expect(readAll(open()).map(([seq, , value]) => [seq - lastSeq, value])).toEqual([
      [1, 3.5],
      [2, 4.5],
    ]);
  });

  test("a frame set aside is passed over, and its bytes are kept for whoever asks why", () => {
    const spool = open();
    fill(spool, 1, 5);
    spool.setAside(3);
    expect(readAll(spool).map(([seq, oldest]) => [seq, oldest])).toEqual([
      [1, 1],
      [2, 1],
      [4, 4],
      [5, 4],
    ]);
    expect(readdirSync(join(directory, "set-aside"))).toEqual(["3.batch"]);
  });

  test("the sender's id is made once a machine, and one that an older build made stays", () => {
    writeFileSync(join(directory, "sender-id"), "first\n");
    expect(readSenderId(directory, "here", () => "second")).toEqual({ id: "first", isMoved: false });
    expect(readSenderId(directory, "here", () => "second")).toEqual({ id: "first", isMoved: false });
    expect(readSenderId(directory, "there", () => "second")).toEqual({ id: "second", isMoved: true });
    expect(readSenderId(directory, "there", () => "third")).toEqual({ id: "second", isMoved: false });
  });

  test.each([true, false])("another machine sends what was not durable, with the holes before it, closed in order: %s", (isClosed) => {
    readSenderId(directory, "here", () => "first");
    let now = 0;
    const spool = open({ now: () => (now += 1000) });
    fill(spool, 1, 100);
    spool.acknowledge(80, 0);
    if (isClosed) spool.close();
    else killed(spool);
    const before = segments().length;
    readSenderId(directory, "there", () => "second");
    expect(segments().length).toBeLessThan(before);
    const moved = open();
    const left = readAll(moved);
    expect(left.at(-1)?.slice(0, 1)).toEqual([100]);
    expect(left.map(([seq]) => seq).filter((seq) => seq > 80)).toEqual(expected(81, 100).map(([seq]) => seq));
    const [first = []] = left;
    expect(first[1]).toBe(first[0]);
    moved.acknowledge(100, 0);
    moved.close();
    readSenderId(directory, "elsewhere", () => "third");
    expect(segments()).toEqual([]);
    expect(open().lastSeq).toBe(moved.lastSeq);
  });
});

describe("the spool in memory", () => {
  test("keeps the newest frames within its bytes and counts what it drops", () => {
    const spool = new MemorySpool("e", 5000);
    fill(spool, 1, 200);
    const read = readAll(spool);
    expect(read.at(-1)?.[0]).toBe(200);
    expect(spool.status().droppedFrames).toBe((read[0]?.[0] ?? 0) - 1);
    expect(spool.status().bytes).toBeLessThanOrEqual(5000);
    spool.acknowledge(200);
    expect(spool.status()).toMatchObject({ bytes: 0, frames: 0 });
  });
});
