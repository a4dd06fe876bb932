import { formatLabels } from "@sightline/shared/model/labels";
import { isStale } from "@sightline/shared/model/sample";
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { StoredSeries } from "./stored-series.ts";
import { groupsOf } from "../support/rule-groups.ts";

const START = 1_700_000_000_000;

/** What a plan stores, as `name{labels} value`. */
const recorded = (plan: EvaluationPlan): string[] =>
  (plan.recorded ?? []).map(({ labels, values }) => `${formatLabels(labels)} ${isStale(values[0] ?? 0) ? "stale" : values[0]}`).toSorted();

/** What the core does with a plan's recorded series. */
function store(shard: StoredSeries, plan: EvaluationPlan): EvaluationPlan {
  for (const { labels, timestamps, values } of plan.recorded ?? []) shard.append(labels, timestamps[0] ?? 0, values[0] ?? 0);
  return plan;
}

const RULES = `
groups:
  - name: g
    interval: 15s
    rules:
      - record: job:requests:sum
        expr: sum by (job) (requests)
        labels: { team: infra }
      - alert: Busy
        expr: job:requests:sum > 10
        annotations: { summary: '{{ $labels.job }} at {{ $value }}, {{ with query "count(requests)" }}{{ . | first | value }}{{ end }} instances' }
`;

describe("recording rules", () => {
  test("give series under their own name, and the rules after them see these at once", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf(RULES));
    shard.append({ __name__: "requests", job: "api", instance: "a" }, START, 5);
    shard.append({ __name__: "requests", job: "api", instance: "b" }, START, 7);
    const plan = store(shard, shard.tick(START));
    expect(recorded(plan)).toContain('job:requests:sum{job="api", team="infra"} 12');
    expect(shard.finish().transitions.map(({ rule, to, annotations }) => `${rule} ${to}: ${annotations["summary"]}`)).toEqual([
      "Busy firing: api at 12, 2 instances",
    ]);
  });

  test("end with a stale marker when their result is gone", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf(RULES));
    shard.append({ __name__: "requests", job: "api" }, START, 1);
    store(shard, shard.tick(START));
    const later = store(shard, shard.tick(START + 310_000));
    expect(recorded(later)).toEqual(['job:requests:sum{job="api", team="infra"} stale']);
    expect(recorded(shard.tick(START + 630_000))).toEqual([]);
  });

  test("whose labels grow beyond what a query may put together fail with the limit's name", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    let expr = 'label_replace(vector(1), "a", "xx", "", "")';
    for (let doubled = 0; doubled < 28; doubled++) expr = `label_replace(${expr}, "a", "$1$1", "a", "(.*)")`;
    shard.configure(groupsOf(`groups: [{ name: g, interval: 15s, rules: [{ record: grow, expr: '${expr}' }] }]`));
    expect(recorded(shard.tick(START))).toEqual([]);
    expect(shard.evaluation.faults()).toMatchObject([
      { name: "grow", message: expect.stringContaining("the limit maxLabelValueLength is 16384") },
    ]);
  });

  test("whose series cannot be stored say which and why, and record the others", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    const long = `label_replace(requests, "a", "${"x".repeat(1025)}", "job", "b")`;
    shard.configure(groupsOf(`groups: [{ name: g, interval: 15s, rules: [{ record: r, expr: '${long}' }] }]`));
    for (const job of ["a", "b"]) shard.append({ __name__: "requests", job }, START, 1);
    expect(recorded(shard.tick(START))).toEqual(['r{job="a"} 1']);
    expect(shard.evaluation.faults()).toMatchObject([
      {
        message:
          '1 of its 2 series cannot be stored: the value of label "a" is longer than 1024 bytes; shorten it; the others were recorded',
      },
    ]);
  });

  test("beyond their group's limit record nothing, and say so", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf(RULES.replace("interval: 15s", "interval: 15s\n    limit: 1")));
    for (const job of ["a", "b"]) shard.append({ __name__: "requests", job }, START, 1);
    expect(recorded(shard.tick(START))).toEqual([]);
    expect(shard.evaluation.faults().map(({ name, message }) => `${name} ${message}`)).toEqual([
      "job:requests:sum gives 2 series, more than the group's limit of 1; none was recorded",
    ]);
  });

  test("alerts beyond their group's limit are none, however simple their rule is", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf("groups: [{ name: g, interval: 15s, limit: 1, rules: [{ alert: Many, expr: requests > 0 }] }]"));
    shard.append({ __name__: "requests", job: "a" }, START, 1);
    shard.finish();
    expect(recorded(shard.tick(START))).toContain('ALERTS{alertname="Many", alertstate="firing", job="a"} 1');
    shard.append({ __name__: "requests", job: "a" }, START + 15_000, 1);
    shard.append({ __name__: "requests", job: "b" }, START + 15_000, 1);
    shard.finish();
    expect(recorded(shard.tick(START + 15_000)).every((line) => line.endsWith(" stale"))).toBe(true);
    expect(shard.evaluation.faults()).toMatchObject([{ name: "Many", message: expect.stringContaining("the group's limit of 1") }]);
  });

  test("alerts of a group with a query offset look back by it, however simple their rule is", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf("groups: [{ name: g, interval: 15s, query_offset: 1m, rules: [{ alert: Any, expr: requests > 0 }] }]"));
    shard.append({ __name__: "requests", job: "a" }, START, 1);
    shard.finish();
    shard.tick(START + 45_000);
    expect(shard.evaluation.active()).toEqual([]);
    shard.tick(START + 60_000);
    expect(shard.evaluation.active()).toMatchObject([{ rule: "Any", to: "firing", activeAt: START }]);
  });

  test("with a query offset look back by it, and are stored at that time", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf(RULES.replace("interval: 15s", "interval: 15s\n    query_offset: 30s")));
    shard.append({ __name__: "requests", job: "api" }, START - 30_000, 1);
    shard.append({ __name__: "requests", job: "api" }, START, 2);
    const plan = shard.tick(START);
    expect(recorded(plan)).toContain('job:requests:sum{job="api", team="infra"} 1');
    expect(plan.recorded?.[0]?.timestamps[0]).toBe(START - 30_000);
  });
});

test("alerts are series too: ALERTS and ALERTS_FOR_STATE while they last, and a stale marker after", () => {
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(groupsOf("groups: [{ name: g, rules: [{ alert: High, expr: temperature > 30, labels: { room: kitchen } }] }]"));
  shard.append({ __name__: "temperature", sensor: "1" }, START, 31);
  shard.finish();
  const labels = 'alertname="High"';
  expect(recorded(store(shard, shard.tick(START)))).toEqual([
    `ALERTS_FOR_STATE{${labels}, room="kitchen", sensor="1"} ${START / 1000}`,
    `ALERTS{${labels}, alertstate="firing", room="kitchen", sensor="1"} 1`,
  ]);
  expect(shard.evaluation.nextTickAt(START)).toBe(START + 15_000);
  shard.append({ __name__: "temperature", sensor: "1" }, START + 10_000, 20);
  shard.finish();
  expect(recorded(store(shard, shard.tick(START + 15_000))).every((line) => line.endsWith(" stale"))).toBe(true);
  expect(recorded(shard.tick(START + 60_000))).toEqual([]);
});
