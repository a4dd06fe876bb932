import { assert, describe, expect, test } from "vitest";
import { comparable } from "../../worker/src/objects/forecast-ports.ts";
import { ForecastCrossings } from "../../worker/src/query/forecast-crossings.ts";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { runQuery } from "../../worker/src/query/prometheus-query.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;

/** Five a minute since six hours ago, both; `restarted_total` began anew a quarter of an hour after noon. */
async function counting(shard: Fixture, from: number, to: number): Promise<void> {
  const minutes = Array.from({ length: to - from }, (_, i) => from + i);
  const counter = (name: string, valueAt: (minute: number) => number) =>
    gauge(
      { __name__: name },
      minutes.map((minute): [number, number] => [NOON + minute * MINUTE, valueAt(minute)]),
      { metadata: { type: "counter", unit: "", help: "" } },
    );
  await shard.core.appendBatch(
    CONTEXT,
    batchOf(
      counter("steady_total", (minute) => 5 * (minute + 400)),
      counter("restarted_total", (minute) => 5 * (minute + (minute < 15 ? 400 : -15))),
      gauge(
        { __name__: "depth" },
        minutes.map((minute): [number, number] => [NOON + minute * MINUTE, 5 * (minute + 400)]),
      ),
    ),
  );
}

describe("what was forecast of a counter joined over its resets", () => {
  test("is of the values since its newest sample, of which none was then reset", async () => {
    const shard = openShard(new NodeDatabase(), { now: NOON });
    await counting(shard, -360, 1);
    const joinedSince = (query: string): number | undefined => {
      const made = forecastQuery(shard.core.reads, query, HOUR, NOON);
      assert(made.ok && made.value[0] !== undefined && "points" in made.value[0]);
      return made.value[0].joinedSince;
    };
    expect(joinedSince("depth")).toBeUndefined();
    const since = joinedSince("restarted_total") ?? NaN;
    expect(since).toBeLessThan(NOON);
    expect(since).toBeGreaterThan(NOON - 10 * MINUTE);

    shard.now = NOON + HOUR;
    await counting(shard, 1, 61);
    const valueAt = (query: string, t: number): number | undefined => {
      const asked = comparable(query, { t, joinedSince: since });
      const answer = runQuery(shard.core.reads, { query: asked, startMs: t, endMs: t, stepMs: MINUTE });
      assert(answer.ok && answer.value.value.type === "matrix");
      return answer.value.value.series[0]?.values[0];
    };
    expect(valueAt("restarted_total", NOON + 10 * MINUTE)).toBe(5 * 410);
    expect(valueAt("restarted_total # of all", NOON + 40 * MINUTE)).toBeUndefined();
    expect(valueAt("steady_total # of all", NOON + 40 * MINUTE)).toBe(5 * 440);
    expect(comparable("depth", { t: NOON })).toBe("depth");
  });

  test("is no error of a crossing's forecast either, once it has begun anew", async () => {
    const scored = async (name: string): Promise<number | undefined> => {
      const shard = openShard(new NodeDatabase(), { now: NOON });
      await counting(shard, -360, 1);
      let promises: { readonly record: { readonly points: number; readonly error: number; readonly magnitude: number } } | undefined;
      const crossings = new ForecastCrossings(shard.core.reads, {
        read: () => undefined,
        write: (_key, _madeAt, made) => ({ promises } = made as { promises: typeof promises }),
      });
      const labels = { __name__: name };
      crossings.of([labels], 4000, NOON);
      shard.now = NOON + 8 * HOUR;
      await counting(shard, 1, 481);
      crossings.of([labels], 4000, NOON + 8 * HOUR);
      if (promises !== undefined && promises.record.points > 0)
        expect(promises.record.error / promises.record.magnitude).toBeLessThan(0.05);
      return promises?.record.points;
    };
    expect(await scored("steady_total")).toBeGreaterThan(3);
    expect(await scored("restarted_total")).toBe(0);
  });
});
