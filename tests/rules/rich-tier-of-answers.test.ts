import type { AnomalyVerdict } from "@sightline/shared/model/anomaly";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { StoredSeries, T } from "./stored-series.ts";

const SERIES = 1600;
const queue = (i: number): Labels => ({ __name__: i < 6 ? "queue_length" : `metric_${i}`, queue: `q${i}` });

/** Series that have the rich tier in a large shard after somebody has answered about one of six of a metric. */
function richAfter(...verdicts: readonly AnomalyVerdict[]): number {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure([]);
  for (let i = 0; i < SERIES; i++) shard.append(queue(i), T, i);
  shard.finish();
  for (let k = 0; k < verdicts.length; k++) {
    const said = verdicts.slice(0, k + 1);
    const anomalyAnswers = said.map((verdict, i) => ({ id: `a-${i}`, labels: queue(0), verdict, t: i, at: i, by: "ann" }));
    shard.evaluation.configure({ version: 2 + k, groups: [], slos: [], anomalyAnswers }, shard.nowMs);
  }
  return shard.evaluation.rich().length;
}

test("who says that something is real has the metric looked at more closely, and who says that it is nothing has not", () => {
  expect(richAfter()).toBe(0);
  expect(richAfter("real")).toBe(6);
  expect(richAfter("false_alarm")).toBe(0);
});
