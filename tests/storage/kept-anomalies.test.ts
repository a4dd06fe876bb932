/** What is told of a time does not depend on how much else was told. */
import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import { expect, test } from "vitest";
import { A_SPIKE } from "../support/a-spike.ts";
import { anomaliesOf } from "../../worker/src/query/anomaly-reads.ts";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { NodeDatabase } from "../support/node-database.ts";
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
  const answer = anomaliesOf(shard.core.reads, selector, startMs, endMs, false);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.anomalies;
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

test("every series has its expected range, also where more match than are judged anew for one request", async () => {
  const shard = openShard(new NodeDatabase(), { evaluation: createEvaluation });
  for (let step = 0; step < 40; step++) {
    shard.now = NOON + step * 15_000;
    const series = Array.from({ length: 80 }, (_, id) =>
      gauge({ __name__: "depth", id: `${id}` }, [[shard.now, 50 + Math.sin(step * 7 + id)]]),
    );
    await shard.core.appendBatch(CONTEXT, batchOf(...series));
  }
  const answer = anomaliesOf(shard.core.reads, "depth", shard.now - 60_000, shard.now, true);
  if (!answer.ok) throw new Error(answer.error.message);
  const { ranges = [], warnings } = answer.value;
  expect(ranges.filter(({ t }) => t.at(-1) === shard.now)).toHaveLength(80);
  expect(warnings).toBeUndefined();
});
