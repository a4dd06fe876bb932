/** Numbers of frames that change, and numbers that are none. */
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DiskSpool } from "../../agent/src/spool/disk-spool.ts";
import { spoolIn } from "./small-spool.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sightline-numbering-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (maxBytes = 1 << 20): DiskSpool => spoolIn(directory, { maxBytes });

const batch = (value: number): SampleBatch => ({
  series: [
    {
      labels: { __name__: "m", host_name: "db-1" },
      metadata: { type: "gauge", unit: "", help: "a metric of some length to fill segments" },
      temporality: "cumulative",
      timestamps: Float64Array.of(1000 * value),
      values: Float64Array.of(value),
    },
  ],
});

function filled(spool: DiskSpool, from: number, to: number): DiskSpool {
  for (let value = from; value <= to; value++) spool.append(batch(value));
  return spool;
}

/** Number and value of every frame from `seq` on. */
function read(spool: DiskSpool, seq = 1): [number, number | undefined][] {
  const frames: [number, number | undefined][] = [];
  for (let frame = spool.next(seq); frame !== null; frame = spool.next(frame.seq + 1))
    frames.push([frame.seq, frame.batch.series[0]?.values[0]]);
  return frames;
}
const names = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".segment"))
    .sort();
const range = (from: number, to: number, by = 0): [number, number][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i + by, from + i]);

test("what is numbered anew stays in its files, whatever these are full of", () => {
  filled(open(), 1, 5).close();
  const spool = filled(open(8000), 6, 400);
  const { droppedFrames, bytes } = spool.status();
  const before = read(spool, 6).map(([, value]) => value);
  const contents = names().map((name) => readFileSync(join(directory, name)));
  spool.renumber(900);
  expect(names().map((name) => readFileSync(join(directory, name)))).toEqual(contents);
  expect(spool.status()).toMatchObject({ droppedFrames, bytes });
  const anew = read(spool, 901);
  expect(anew.map(([, value]) => value)).toEqual(before);
  expect(anew.at(-1)?.[0]).toBe(901 + 395);
  expect(read(filled(open(), 401, 401), 901).map(([, value]) => value)).toEqual([...before, 401]);
});

test("a numbering anew that was cut short goes on with the next start, and no frame has two numbers", () => {
  filled(open(), 1, 5).close();
  const spool = filled(open(), 6, 200);
  const before = names();
  spool.renumber(60);
  const after = names();
  const renamed = before.filter((name) => !after.includes(name));
  const position = join(directory, "position.json");
  expect(renamed.length).toBeGreaterThan(2);
  // As it is where the process was killed after the first file.
  for (const [at, name] of renamed.entries())
    if (at > 0) renameSync(join(directory, after[after.length - renamed.length + at] ?? ""), join(directory, name));
  writeFileSync(position, readFileSync(position, "utf8").replace('"renaming":false', '"renaming":true'));
  const again = open();
  expect(names()).toEqual(after);
  expect(read(again)).toEqual([...range(1, 5), ...range(6, 200, 196)]);
  expect(again.status().droppedFrames).toBe(0);
});

test("damage of the newest segment is counted once, though nothing is appended", () => {
  filled(open(), 1, 10).close();
  const path = join(directory, names().at(-1) ?? "");
  truncateSync(path, readFileSync(path).length - 3);
  const lost: number[] = [];
  for (let start = 0; start < 3; start++) {
    const spool = open();
    lost.push(spool.status().droppedFrames);
    if (start === 1) filled(spool, 11, 12);
    spool.close();
  }
  expect(lost).toEqual([1, 0, 0]);
  truncateSync(path, 10);
  expect(open().status().droppedFrames).toBeGreaterThan(0);
});

test("a position of a version that told nothing of skipped numbers is read", () => {
  filled(open(), 1, 10).close();
  const path = join(directory, "position.json");
  const { skipped: _skipped, renaming: _renaming, ...position } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify(position));
  const spool = open();
  expect(read(filled(spool, 11, 12))).toEqual(range(1, 12));
  expect(spool.status().droppedFrames).toBe(0);
});
