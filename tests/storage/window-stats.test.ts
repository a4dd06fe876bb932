import { ok } from "node:assert";
import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import type { SeriesStats } from "@sightline/shared/api/responses";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { describe, expect, test } from "vitest";
import { statsAmong } from "../../worker/src/query/stats-among.ts";
import { windowStats } from "../../worker/src/query/window-stats.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";

const SECOND = 1000;
const MINUTE = 60_000;

/** One batch of `count` observations of 0.1 s, as a sender of differences reports it. */
function observations(t: number, count: number): BatchSeries {
  const histogram = new ExponentialHistogram();
  for (let i = 0; i < count; i++) histogram.record(0.1);
  return gauge({ __name__: "render_seconds" }, [[t, 0]], {
    metadata: { type: "histogram", unit: "seconds", help: "" },
    temporality: "delta",
    histograms: [histogram.toNative()],
  });
}

function counter(samples: readonly (readonly [number, number])[]): BatchSeries {
  return gauge({ __name__: "jobs_total" }, samples, { metadata: { type: "counter", unit: "", help: "" } });
}

function statsOf(core: ShardCore, metric: string, windowMs: number, endMs: number): SeriesStats | undefined {
  const stats = windowStats(core.reads, metric, windowMs, endMs);
  ok(stats.ok);
  return stats.value[0];
}

describe("statistics over a window", () => {
  test("of a timer that began inside it count every observation, a single batch too", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON + 10 * MINUTE });
    await shard.core.appendBatch(CONTEXT, batchOf(observations(NOON, 3)));
    expect(statsOf(shard.core, "render_seconds", 5 * MINUTE, NOON + MINUTE)).toMatchObject({ count: 3, ratePerSecond: 0.01 });
    for (let i = 1; i < 10; i++) await shard.core.appendBatch(CONTEXT, batchOf(observations(NOON + i * SECOND, 100)));
    expect(statsOf(shard.core, "render_seconds", 5 * MINUTE, NOON + MINUTE)).toMatchObject({ count: 903, ratePerSecond: 3.01 });
  });

  test("of a timer that is older count what came since the window began, also after a long silence", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON + 100 * MINUTE });
    for (const t of [NOON, NOON + MINUTE, NOON + 90 * MINUTE]) await shard.core.appendBatch(CONTEXT, batchOf(observations(t, 100)));
    expect(statsOf(shard.core, "render_seconds", MINUTE, NOON + MINUTE + SECOND)?.count).toBe(100);
    expect(statsOf(shard.core, "render_seconds", 5 * MINUTE, NOON + 91 * MINUTE)?.count).toBe(100);
    shard.core.flush(NOON + 100 * MINUTE);
    expect(statsOf(shard.core, "render_seconds", 5 * MINUTE, NOON + 91 * MINUTE)?.count).toBe(100);
  });

  test("give a counter's growth over the whole window, not over the moments it was heard", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON + 10 * MINUTE });
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(
        counter([
          [NOON, 1000],
          [NOON + SECOND, 1030],
        ]),
      ),
    );
    expect(statsOf(shard.core, "jobs_total", 5 * MINUTE, NOON + MINUTE)?.ratePerSecond).toBe(0.1);
    await shard.core.appendBatch(CONTEXT, batchOf(counter([[NOON + 2 * MINUTE, 1090]])));
    expect(statsOf(shard.core, "jobs_total", MINUTE, NOON + 2 * MINUTE)?.ratePerSecond).toBe(1);
  });

  test("of many series let others go first, are the same, and are told after half a minute that they took too long", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON + 10 * MINUTE });
    const times = Array.from({ length: 600 }, (_, i) => [NOON + i * SECOND, (i * 7919) % 1000] as const);
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(...Array.from({ length: 1200 }, (_, i) => gauge({ __name__: "load", core: `c${i}` }, times))),
    );
    const asked = ["load", 10 * MINUTE, NOON + 10 * MINUTE] as const;
    let pauses = 0;
    const stats = await statsAmong(shard.core.reads, null, undefined, ...asked, () => Promise.resolve(void pauses++));
    expect(pauses).toBeGreaterThan(5);
    expect(stats).toEqual(windowStats(shard.core.reads, ...asked));
    expect(stats.ok ? stats.value.length : 0).toBe(1200);
    const late = await statsAmong(shard.core.reads, null, undefined, ...asked, () => Promise.resolve(void (shard.now += 40 * SECOND)));
    expect(late.ok ? "" : `${late.error.code}: ${late.error.message}`).toMatch(/^timeout: .*the limit is 30 s/);
  });
});
