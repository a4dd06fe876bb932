/** What is told of a time does not depend on how much else was told. */
import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { expect, test } from "vitest";
import { anomaliesOf } from "../../worker/src/query/anomaly-reads.ts";
import { A_SPIKE } from "../support/a-spike.ts";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { anomaliesTold } from "./anomalies-told.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

const SERIES = 1500;

const found = (metric: string, host: number, more: Partial<FoundAnomaly> = {}): FoundAnomaly => ({
  labels: { __name__: metric, host: `${host}` },
  t: NOON,
  ...A_SPIKE,
  ...more,
});

function tell(shard: Fixture, anomalies: readonly FoundAnomaly[]): void {
  shard.core.reads.plans.add({ transitions: [], states: [], anomalies });
  shard.core.reads.plans.write(shard.now);
}

function told(shard: Fixture, selector: string, startMs = NOON, endMs = NOON) {
  return anomaliesTold(shard.core.reads, selector, startMs, endMs, false).anomalies;
}

test("an anomaly of the series that are asked for is told though thousands of others were told later", () => {
  const shard = openShard(new NodeDatabase());
  tell(shard, [found("alpha", 0), ...Array.from({ length: SERIES }, (_, host) => found("beta", host))]);
  expect(told(shard, "alpha")).toMatchObject([{ id: anomalyId({ __name__: "alpha", host: "0" }, NOON) }]);
  expect(told(shard, '{__name__=~"al.*"}')).toHaveLength(1);
  expect(told(shard, "gamma")).toEqual([]);
  expect(told(shard, '{__name__!=""}')).toHaveLength(SERIES + 1);
});

test("anomalies are the newest first, by their own time, whenever they were found", () => {
  const shard = openShard(new NodeDatabase());
  tell(shard, [found("late", 0, { t: NOON }), found("late", 1, { t: NOON - 5 }), found("late", 2, { t: NOON - 2 })]);
  expect(told(shard, "late", 0).map(({ t }) => NOON - t)).toEqual([0, 2, 5]);
  expect(shard.core.reads.plans.anomalies(0, NOON, 2).map(({ t }) => NOON - t)).toEqual([0, 2]);
});

test("what thousands of series did at one time is better told of each", () => {
  const shard = openShard(new NodeDatabase());
  const spikes = Array.from({ length: SERIES }, (_, host) => found("beta", host));
  tell(shard, spikes);
  tell(
    shard,
    spikes.map((spike): FoundAnomaly => ({ ...spike, kind: "level_shift", revised: true })),
  );
  expect(new Set(told(shard, "beta").map(({ kind }) => kind))).toEqual(new Set(["level_shift"]));
  expect(told(shard, "beta")).toHaveLength(SERIES);
});

test("ten thousand are read a part at a time, and what comes and goes meanwhile takes none of the others with it", () => {
  const shard = openShard(new NodeDatabase());
  const times = Array.from({ length: 3000 }, (_, i) => NOON - Math.floor(i / 700));
  tell(
    shard,
    times.map((t, host) => found(`m${host % 2}`, host, { t })),
  );
  const pace = (): Pace => new Pace(1, 1);
  const walk = shard.core.reads.plans.toldStepwise(0, NOON, pace());
  expect(walk.next().done).toBe(false);
  tell(shard, [found("late", 0, { t: 5 }), found("late", 1)]);
  const hosts = finish(walk).filter(({ labels }) => labels["__name__"] !== "late");
  expect(hosts.map(({ t }) => t)).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(hosts.map(({ labels }) => labels["host"])).size).toBe(3000);
  let stops = 0;
  for (const _ of anomaliesOf(shard.core.reads, '{host=~"1.*"}', 0, NOON, false, pace())) stops++;
  expect(stops).toBeGreaterThan(12);
});

test("which of them are open is read a part at a time, too", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "alpha", host: "1" }, [[NOON, 1]])));
  tell(
    shard,
    Array.from({ length: 3000 }, (_, host) => found("alpha", host, { t: NOON - host })),
  );
  const matchers = [
    { name: "__name__", op: "=", value: "sightline:anomaly_open" },
    { name: "metric", op: "=", value: "alpha" },
  ] as const;
  const request = { matchers, startMs: NOON - 60_000, endMs: NOON };
  const walk = shard.core.reads.selectStepwise(request, new Pace(1, 1));
  let stops = 0;
  for (let step = walk.next(); step.done !== true; step = walk.next()) stops++;
  expect(stops).toBeGreaterThan(12);
  const [open] = finish(shard.core.reads.selectStepwise(request, new Pace()));
  expect(open?.values).toEqual(Float64Array.of(found("alpha", 1).score));
});

test("an expression of many states is held against long values in steps", () => {
  const shard = openShard(new NodeDatabase());
  tell(
    shard,
    Array.from({ length: 20 }, (_, i) => found("alpha", i, { labels: { __name__: "alpha", path: `${i}${"a".repeat(1000)}` } })),
  );
  let stops = 0;
  for (const _ of anomaliesOf(shard.core.reads, '{path=~"(a?[0-9b]?){200}.*a{500}x?"}', 0, NOON, false, new Pace())) stops++;
  expect(stops).toBeGreaterThan(20);
});

test("every series has its expected range, also where more match than are judged anew for one request", async () => {
  const shard = openShard(new NodeDatabase(), { evaluation: createEvaluation });
  for (let step = 0; step < 40; step++) {
    shard.now = NOON + step * 15_000;
    const series = Array.from({ length: 80 }, (_, id) =>
      gauge({ __name__: "depth", id: `${id}` }, [[shard.now, 50 + Math.sin(step * 7 + id)]]),
    );
    await shard.core.appendBatch(CONTEXT, batchOf(...series));
  }
  const { ranges = [], warnings } = anomaliesTold(shard.core.reads, "depth", shard.now - 60_000, shard.now, true);
  expect(ranges.filter(({ t }) => t.at(-1) === shard.now)).toHaveLength(80);
  expect(warnings).toBeUndefined();
});
