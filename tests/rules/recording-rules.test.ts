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
    expect(plan.transitions.map(({ rule, to, annotations }) => `${rule} ${to}: ${annotations["summary"]}`)).toEqual([
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

  test("evaluates for the time at which it is due, however late its turn comes: samples lie on the interval, and `for` is whole intervals", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    const alert = "{ alert: Busy, expr: sum(requests) > 10, for: 45s }";
    shard.configure(groupsOf(`groups: [{ name: g, interval: 15s, rules: [{ record: all, expr: sum(requests) }, ${alert}] }]`));
    const stored = new Set<number>();
    const changes: string[] = [];
    // What is later the first time, as others went first or more was to be done, was earlier than `for` after it.
    for (const [i, lateMs] of [0, 900, 20, 5, 0, 300].entries()) {
      const dueAt = START + i * 15_000;
      shard.append({ __name__: "requests" }, dueAt, i === 0 || i === 5 ? 1 : 20);
      const plan = store(shard, shard.tick(dueAt + lateMs));
      for (const { timestamps } of plan.recorded ?? []) stored.add(((timestamps[0] ?? 0) - START) / 15_000);
      for (const { to, at } of plan.transitions) changes.push(`${to} ${(at - START) / 15_000}`);
    }
    expect(changes).toEqual(["pending 1", "firing 4", "resolved 5"]);
    expect([...stored]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test.for([
    ["g", "g"],
    ["g", "h"],
  ])("an alert on what a rule records counts evaluations, as Prometheus does: recorded in %s, judged in %s", ([one, other]) => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    const [record, alert] = ["{ record: all, expr: sum(requests) }", "{ alert: Busy, expr: all > 10, for: 30s }"];
    const groups =
      one === other
        ? [[one, `${record}, ${alert}`]]
        : [
            [one, record],
            [other, alert],
          ];
    shard.configure(
      groupsOf(`groups: [${groups.map(([name, rules]) => `{ name: ${name}, interval: 15s, rules: [${rules}] }`).join(", ")}]`),
    );
    const changes: string[] = [];
    // Twice breached is half of what `for` asks.
    for (const [i, value] of [1, 20, 20, 1, 20, 20, 20, 1, 1].entries()) {
      const dueAt = START + i * 15_000;
      shard.append({ __name__: "requests" }, dueAt, value);
      for (const { to, at } of store(shard, shard.tick(dueAt)).transitions) changes.push(`${to} ${(at - START) / 15_000}`);
    }
    const late = one === other ? 0 : 1;
    expect(changes).toEqual(
      ["pending 1", "inactive 3", "pending 4", "firing 6", "resolved 7"].map((change) =>
        change.replace(/\d/, (at) => `${Number(at) + late}`),
      ),
    );
  });

  test("it goes on through intervals longer than a sample is looked back on", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    const rules = "{ record: all, expr: sum(requests) }, { alert: Now, expr: all > 10 }, { alert: Later, expr: all > 10, for: 20m }";
    shard.configure(groupsOf(`groups: [{ name: g, interval: 10m, rules: [${rules}] }]`));
    const changes: string[] = [];
    for (let minute = 0; minute <= 40; minute++) {
      shard.append({ __name__: "requests" }, START + minute * 60_000, 20);
      // The alarm comes whenever something may be due.
      for (const { rule, to } of store(shard, shard.tick(START + minute * 60_000)).transitions) changes.push(`${minute}: ${rule} ${to}`);
    }
    expect(changes).toEqual(["0: Now firing", "0: Later pending", "20: Later firing"]);
  });

  const group = (name: string, ...rules: readonly string[]): string =>
    `groups: [{ name: ${name}, interval: 15s, rules: [${rules.join(", ")}] }]`;
  const [a, b] = ["{ record: a, expr: requests }", "{ record: b, expr: a * 2 }"];
  const c = (version: number): string => `{ record: c, expr: requests, labels: { version: "${version}" } }`;
  const changed = "{ record: b, expr: a > 5 }";

  test.each([
    ["that is taken out", group("g", a, b), group("g", a), ["b stale"]],
    ["whose expression gives them no more", group("g", a, b), group("g", a, changed), ["b stale"]],
    ["whose labels change", group("g", a, c(1)), group("g", a, c(2)), ['c{version="1"} stale', 'c{version="2"} 1']],
    ["that another rule takes over", group("g", a, b), group("g", a, "{ record: b, expr: a * 2, labels: { x: '' } }"), ["b 2"]],
    ["whose group is gone, twice its interval after", group("g", a, b), "groups: []", ["a stale", "b stale"]],
    ["that moves to another group, but for what is no more", group("g", a, b), group("h", a), ["b stale"]],
  ])("mark the series of a rule as ended %s", (_title, before, after, expected) => {
    for (const isRestarted of [false, true]) {
      const shard = new StoredSeries();
      shard.nowMs = START;
      shard.configure(groupsOf(before));
      shard.append({ __name__: "requests" }, START, 1);
      store(shard, shard.tick(START));
      if (isRestarted) shard.wake(shard.snapshot(), [], groupsOf(before));
      shard.configure(groupsOf(after));
      const last = new Map<string, string>();
      for (let t = START + 15_000; t <= START + 30_000; t += 15_000) {
        for (const one of recorded(store(shard, shard.tick(t)))) last.set(one.split(" ")[0] ?? "", one);
      }
      const told = [...last.values()].filter((one) => !one.startsWith("a 1")).toSorted();
      expect(told, isRestarted ? "restarted in between" : "").toEqual(expected);
      // Nothing is kept of what has ended.
      expect(recorded(shard.tick(START + 45_000)).filter((one) => one.endsWith("stale"))).toEqual([]);
    }
  });

  test("of one name and expression do not end each other's series", () => {
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groupsOf(group("g", c(1), c(2))));
    shard.append({ __name__: "requests" }, START, 1);
    for (const t of [START, START + 15_000, START + 30_000])
      expect(recorded(store(shard, shard.tick(t)))).toEqual(['c{version="1"} 1', 'c{version="2"} 1']);
  });

  test("do not end what another of their name gives, however it is labelled, after a restart too", () => {
    const rules = (expr: string, other: string) =>
      groupsOf(
        `groups: [{ name: other, interval: 15s, rules: [${other}] }, { name: g, interval: 15s, rules: [{ record: x, expr: ${expr} }] }]`,
      );
    const labelled = "{ record: x, expr: requests, labels: { team: b } }";
    for (const isRestarted of [false, true]) {
      const shard = new StoredSeries();
      shard.nowMs = START;
      shard.configure(rules("requests", labelled));
      shard.append({ __name__: "requests" }, START, 1);
      store(shard, shard.tick(START));
      if (isRestarted) shard.wake(shard.snapshot(), [], rules("requests", labelled));
      shard.configure(rules("sum by (job) (requests) > 5", labelled));
      const told = [15_000, 30_000].flatMap((after) => recorded(store(shard, shard.tick(START + after))));
      expect(new Set(told), isRestarted ? "restarted in between" : "").toEqual(new Set(["x stale", 'x{team="b"} 1']));
    }
  });

  test("do not end what another gives that took a series over", () => {
    const shard = new StoredSeries();
    const put = (first: string, second: string) =>
      shard.configure(
        groupsOf(
          `groups: [${["p", "q"].map((name, i) => `{ name: ${name}, interval: 15s, rules: [{ record: x, expr: ${[first, second][i]} }] }`).join(", ")}]`,
        ),
      );
    shard.nowMs = START;
    put("requests > 5", "requests");
    shard.append({ __name__: "requests" }, START, 1);
    shard.append({ __name__: "requests", job: "a" }, START, 9);
    store(shard, shard.tick(START));
    put("requests > 10", "requests");
    expect(
      [15_000, 30_000].flatMap((after) => recorded(store(shard, shard.tick(START + after)))).filter((one) => one.endsWith("stale")),
    ).toEqual([]);
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
    expect(shard.evaluation.active()).toMatchObject([{ rule: "Any", to: "firing", activeAt: START + 60_000 }]);
    expect(shard.evaluation.evaluations()).toMatchObject([{ at: START + 60_000 }]);
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
