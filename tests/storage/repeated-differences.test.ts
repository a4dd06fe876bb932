import { describe, expect, test } from "vitest";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, HISTOGRAM, batchOf, gauge, openShard, stored } from "./shard-fixture.ts";

const JOBS = { __name__: "jobs_total" };
const difference = (t: number, by: number) => ({ ...gauge(JOBS, [[t, by]]), temporality: "delta" as const });

describe("differences that their exporter sends again", () => {
  test("a point that was answered, and whose answer was lost, counts once", async () => {
    const { core } = openShard(new NodeDatabase());
    await core.appendBatch(CONTEXT, batchOf(difference(NOON, 5)), "by_time");
    await core.appendBatch(CONTEXT, batchOf(difference(NOON + MINUTE, 7)), "by_time");
    const again = await core.appendBatch(CONTEXT, batchOf(difference(NOON + MINUTE, 7)), "by_time");
    expect(again).toMatchObject({ ok: true, value: { accepted: 1, rejected: [] } });
    expect(core.writer.noted).toEqual({ duplicate: 1 });
    expect(stored(core, "jobs_total")).toEqual([
      [NOON, 5],
      [NOON + MINUTE, 12],
    ]);
  });

  test("so it does after a restart, after a flush, and when newer points came meanwhile", async () => {
    const database = new NodeDatabase();
    const first = openShard(database).core;
    await first.appendBatch(CONTEXT, batchOf(difference(NOON, 5)), "by_time");
    const second = openShard(database).core;
    await second.appendBatch(CONTEXT, batchOf(difference(NOON, 5)), "by_time");
    await second.appendBatch(CONTEXT, batchOf(difference(NOON + MINUTE, 7)), "by_time");
    second.flush(NOON + MINUTE);
    const third = openShard(database).core;
    await third.appendBatch(
      CONTEXT,
      batchOf(difference(NOON, 5), difference(NOON + MINUTE, 7), difference(NOON + 2 * MINUTE, 1)),
      "by_time",
    );
    expect(stored(third, "jobs_total")).toEqual([
      [NOON, 5],
      [NOON + MINUTE, 12],
      [NOON + 2 * MINUTE, 13],
    ]);
  });

  test("several resources of one request that lead to one series count all, and none of them when the request comes again", async () => {
    const { core } = openShard(new NodeDatabase());
    const request = () => batchOf(difference(NOON, 5), difference(NOON, 7), difference(NOON + MINUTE, 1), difference(NOON + MINUTE, 2));
    await core.appendBatch(CONTEXT, request(), "by_time");
    await core.appendBatch(CONTEXT, request(), "by_time");
    expect(stored(core, "jobs_total")).toEqual([
      [NOON, 12],
      [NOON + MINUTE, 15],
    ]);
  });

  test("a late point of a time that nothing came of counts at the newest time, once: a sample of the total that stood says that it came", async () => {
    const { core } = openShard(new NodeDatabase());
    await core.appendBatch(CONTEXT, batchOf(difference(NOON - 2 * MINUTE, 1)), "by_time");
    await core.appendBatch(CONTEXT, batchOf(difference(NOON, 5)), "by_time");
    for (let i = 0; i < 2; i++) await core.appendBatch(CONTEXT, batchOf(difference(NOON - MINUTE, 7)), "by_time");
    core.flush(NOON);
    for (let i = 0; i < 2; i++) await core.appendBatch(CONTEXT, batchOf(difference(NOON - 3 * MINUTE, 9)), "by_time");
    expect(stored(core, "jobs_total")).toEqual([
      [NOON - 3 * MINUTE, 1],
      [NOON - 2 * MINUTE, 1],
      [NOON - MINUTE, 1],
      [NOON, 22],
    ]);
  });

  test("a point too late to be remembered is refused, as an absolute value would be, instead of counted with every retry", async () => {
    const { core } = openShard(new NodeDatabase());
    await core.appendBatch(CONTEXT, batchOf(difference(NOON, 1)), "by_time");
    for (let i = 0; i < 3; i++) {
      const answer = await core.appendBatch(CONTEXT, batchOf(difference(NOON - 31 * MINUTE, 10)), "by_time");
      expect(answer).toMatchObject({ value: { accepted: 0, rejected: [{ code: "too_old" }] } });
    }
    expect(stored(core, "jobs_total")).toEqual([[NOON, 1]]);
    expect(core.writer.counts).toEqual({ too_old: 3 });
  });

  test("a series' first request may bring its points in any order, however far apart", async () => {
    const { core } = openShard(new NodeDatabase());
    const request = () => batchOf(difference(NOON, 1), difference(NOON - 40 * MINUTE, 10));
    for (let i = 0; i < 2; i++)
      expect(await core.appendBatch(CONTEXT, request(), "by_time")).toMatchObject({ value: { accepted: 2, rejected: [] } });
    expect(stored(core, "jobs_total").at(-1)).toEqual([NOON, 11]);
  });

  test("every late point of a big request counts once", async () => {
    const { core } = openShard(new NodeDatabase(), { bounds: { maxSeries: 2000, maxSeriesPerMetric: 2000 } });
    const all = (t: number) =>
      batchOf(
        ...Array.from({ length: 1500 }, (_, i) => ({ ...gauge({ ...JOBS, i: String(i) }, [[t, 10]]), temporality: "delta" as const })),
      );
    await core.appendBatch(CONTEXT, all(NOON), "by_time");
    for (let i = 0; i < 2; i++) await core.appendBatch(CONTEXT, all(NOON - 10_000), "by_time");
    expect(
      stored(core, "jobs_total")
        .filter(([t]) => t === NOON)
        .reduce((sum, [, total]) => sum + total, 0),
    ).toBe(1500 * 20);
  });

  test("a late histogram of differences counts once", async () => {
    const { core } = openShard(new NodeDatabase());
    const at = (t: number) => batchOf({ ...gauge({ __name__: "took" }, [[t, 0]]), temporality: "delta", histograms: [HISTOGRAM] });
    for (const t of [NOON, NOON - MINUTE, NOON - MINUTE]) await core.appendBatch(CONTEXT, at(t), "by_time");
    const ref = core.store.index.find({ __name__: "took" }) ?? -1;
    expect(core.store.lastHistogram(ref, NOON)?.count).toBe(4);
  });

  test("a histogram of differences counts once", async () => {
    const { core } = openShard(new NodeDatabase());
    const at = (t: number) => batchOf({ ...gauge({ __name__: "took" }, [[t, 0]]), temporality: "delta", histograms: [HISTOGRAM] });
    for (const t of [NOON, NOON + MINUTE, NOON + MINUTE]) await core.appendBatch(CONTEXT, at(t), "by_time");
    const ref = core.store.index.find({ __name__: "took" }) ?? -1;
    expect(core.store.lastHistogram(ref, NOON + MINUTE)?.count).toBe(4);
  });

  test("a histogram of differences whose sum is no number adds what it counted, and leaves the sum", async () => {
    const { core } = openShard(new NodeDatabase());
    const at = (t: number, sum: number) =>
      batchOf({ ...gauge({ __name__: "took" }, [[t, 0]]), temporality: "delta", histograms: [{ ...HISTOGRAM, sum }] });
    for (const [minute, sum] of [NaN, 1, NaN, 2, Infinity, 3].entries())
      await core.appendBatch(CONTEXT, at(NOON + minute * MINUTE, sum), "by_time");
    const ref = core.store.index.find({ __name__: "took" }) ?? -1;
    expect(core.store.lastHistogram(ref, NOON + 5 * MINUTE)).toMatchObject({ sum: 6, count: HISTOGRAM.count * 6 });
  });

  test("differences in JSON name no interval: two of one time count both", async () => {
    const { core } = openShard(new NodeDatabase());
    for (let i = 0; i < 2; i++) await core.appendBatch(CONTEXT, batchOf(difference(NOON, 5)));
    expect(stored(core, "jobs_total")).toEqual([[NOON, 10]]);
  });
});
