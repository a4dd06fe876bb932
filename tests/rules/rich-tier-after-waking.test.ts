import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { StoredSeries, T } from "./stored-series.ts";

const STEP = 15_000;
const HOUR = 3_600_000;
const queue = (i: number): Labels => ({ __name__: "queue_length", queue: `q${i}` });

/** A shard of `live` series, behind `dead` ones that have not been sent for three hours. */
function shardOf(live: number, dead: number): { readonly shard: StoredSeries; readonly append: (step: number) => void } {
  const shard = new StoredSeries();
  shard.nowMs = T - 3 * HOUR;
  shard.configure([]);
  for (let i = 0; i < dead; i++) shard.append(queue(live + i), T - 3 * HOUR, i);
  const append = (step: number): void => {
    for (let i = 0; i < live; i++) shard.append(queue(i), T + step * STEP, 10 + (((i + step) * 7919) % 101) / 101);
    shard.finish();
  };
  for (let step = 0; step < 40; step++) append(step);
  return { shard, append };
}

const said = (shard: StoredSeries, live: number): unknown[] =>
  Array.from({ length: live }, (_, i) => shard.evaluation.said(shard.ref(queue(i))));

test("what a small shard's series learned is there when it wakes, however many it was ever sent and whatever comes first", () => {
  const { shard, append } = shardOf(200, 1600);
  expect(shard.evaluation.rich()).toHaveLength(200);
  const before = said(shard, 200);
  expect(shard.wake(shard.snapshot(), [], [])).toBe(true);
  shard.finish();
  // A series that is new, before the first of those that are known.
  shard.append(queue(5000), T + 40 * STEP, 1);
  expect(said(shard, 200)).toEqual(before);
  append(40);
  expect(shard.evaluation.rich()).toHaveLength(201);
});

test("a snapshot of when a thousand series were one part is read", () => {
  const { shard } = shardOf(150, 0);
  const [first = new Uint8Array(0), ...others] = shard.snapshot();
  expect(others).toHaveLength(3);
  const writer = new ByteWriter();
  writer.u8(3);
  writer.varint(150);
  for (const part of others) {
    const reader = new ByteReader(part);
    reader.u8();
    reader.varint();
    writer.bytes(part.subarray(reader.offset));
  }
  const before = said(shard, 150);
  expect(shard.wake([first, writer.view()], [], [])).toBe(true);
  expect(said(shard, 150)).toEqual(before);
});
