import { expect, test } from "vitest";
import { PlanLog } from "../../worker/src/shard/plan-log.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON, openStore } from "./open-store.ts";

test("what was told late of a metric is looked for among that metric's alone", () => {
  const database = new NodeDatabase();
  openStore(database, NOON);
  const plans = new PlanLog(database);
  const told = (name: string, t: number) =>
    ({
      labels: { __name__: name },
      t,
      value: 9,
      expected: 1,
      lower: 0,
      upper: 2,
      score: 0.8,
      kind: "spike",
      reason: "",
      severity: "warning",
    }) as const;
  plans.add({
    states: [],
    transitions: [],
    anomalies: [told("cpu", NOON - 5 * MINUTE), told("cpu", NOON), told("disk", NOON - 5 * MINUTE)],
  });
  plans.write(NOON);
  const late = (metric?: string): string[] => plans.toldLate(NOON - MINUTE, NOON, metric).map(({ labels }) => labels["__name__"] ?? "");
  expect(late("cpu")).toEqual(["cpu"]);
  expect(late("cp")).toEqual([]);
  expect(late()).toEqual(["cpu", "disk"]);
  expect(plans.toldLate(NOON, NOON + MINUTE)).toEqual([]);
  // History that is brought in is no news.
  plans.add({ states: [], transitions: [], anomalies: [told("cpu", NOON - 90 * MINUTE)] });
  plans.write(NOON);
  expect(late("cpu")).toEqual(["cpu"]);
});
