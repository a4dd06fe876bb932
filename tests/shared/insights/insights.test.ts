import { Topology } from "@sightline/shared/alerting/topology";
import { capacityId } from "@sightline/shared/insights/capacity-insight";
import { groupAnomalies } from "@sightline/shared/insights/group-anomalies";
import { type InsightsInput, tellInsights } from "@sightline/shared/insights/tell-insights";
import type { AnomalyAnswer } from "@sightline/shared/model/anomaly";
import type { ConcernedAlert, Insight, RecentAnomaly } from "@sightline/shared/model/insight";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";
import { describe, expect, it } from "vitest";
import { aDisk } from "../../support/a-disk.ts";
import { MINUTE, NOW, input, rise } from "../../support/a-rise.ts";

const NO_TOPOLOGY = new Topology([]);

const CHECKOUT = { service_name: "checkout", host_name: "web-1" };
const SEARCH = { service_name: "search", host_name: "search-1" };

/** Twelve series of one service begin to differ within a minute. */
const slowRoute = (at: number): RecentAnomaly[] => [
  rise("event_loop_lag_seconds", CHECKOUT, at + 15_000, { score: 0.8 }),
  ...["/cart", "/pay", "/ship"].flatMap((route, i) => [
    rise("route_p95_seconds", { ...CHECKOUT, route }, at + i * 15_000, { score: 0.93 }),
    rise("route_inflight", { ...CHECKOUT, route }, at + i * 15_000),
  ]),
  rise("cpu_share", CHECKOUT, at, { score: 0.7 }),
  rise("gc_seconds", CHECKOUT, at, { score: 0.85 }),
  rise("pool_wait_seconds", CHECKOUT, at + 30_000),
  rise("queue_depth", CHECKOUT, at + 60_000),
  rise("db_connections", { ...CHECKOUT, db_namespace: "orders" }, at + 15_000),
];

const only = (insights: readonly Insight[]): Insight => {
  expect(insights).toHaveLength(1);
  return insights[0] as Insight;
};

describe("what began together", () => {
  it("says how far a series went that scatters anew out of its usual range, and not only about what", () => {
    const within = rise("route_p95_seconds", { service_name: "shop" }, NOW - MINUTE, { kind: "variance_change", value: 0.13 });
    const outside = rise("route_p95_seconds", { service_name: "shop" }, NOW - MINUTE, { kind: "variance_change", value: 0.6 });
    expect(tellInsights(input({ anomalies: [within] })).insights[0]?.text).toContain("scatters more than usual about 120 ms");
    expect(tellInsights(input({ anomalies: [outside] })).insights[0]?.text).toContain(
      "went from 120 ms to 600 ms (5×) and scatters more than usual",
    );
  });

  it("is one insight with the earliest and strongest first", () => {
    const insight = only(tellInsights(input({ anomalies: slowRoute(NOW - 9 * MINUTE).toReversed() })).insights);
    expect(insight.series).toHaveLength(12);
    expect(insight.series[0]?.labels).toMatchObject({ [METRIC_NAME]: "route_p95_seconds", route: "/cart" });
    expect(insight.text).toBe(
      '12 series of checkout on web-1 changed together. First route_p95_seconds{route="/cart"} rose from 120 ms to 480 ms (4×); then route_inflight{route="/cart"}, gc_seconds, cpu_share and 8 more.',
    );
    expect(insight.confidence).toBeGreaterThan(0.98);
    expect(insight.evidence[0]).toMatchObject({ kind: "series", query: expect.stringContaining("route_p95_seconds") });
  });

  it("is told apart from what begins at the same time on something else", () => {
    const at = NOW - 9 * MINUTE;
    const { insights } = tellInsights(input({ anomalies: [...slowRoute(at), rise("index_age_seconds", SEARCH, at + 5000)] }));
    expect(insights.map(({ series }) => series.length)).toEqual([12, 1]);
    expect(insights[1]?.text).toBe("index_age_seconds of search on search-1 rose from 120 ms to 480 ms (4×).");
  });

  it("is told apart from what begins on the same thing some minutes later", () => {
    const anomalies = [rise("a_seconds", CHECKOUT, NOW - 20 * MINUTE), rise("b_seconds", CHECKOUT, NOW - 10 * MINUTE)];
    expect(groupAnomalies(anomalies, NO_TOPOLOGY)).toHaveLength(2);
  });

  it("is one where a service needs another that is concerned", () => {
    const anomalies = [rise("a_seconds", CHECKOUT, NOW - MINUTE), rise("b_seconds", SEARCH, NOW - MINUTE)];
    const topology = new Topology([{ from: "checkout", to: "search", kind: "calls" }]);
    expect(groupAnomalies(anomalies, topology)).toHaveLength(1);
  });

  it("is one where the same metric of three things or more begins at once, and a coincidence where two do", () => {
    const hosts = ["a", "b", "c", "d"].map((host_name) => rise("cpu", { host_name }, NOW - MINUTE));
    expect(groupAnomalies(hosts, NO_TOPOLOGY)).toHaveLength(1);
    expect(groupAnomalies(hosts.slice(0, 2), NO_TOPOLOGY)).toHaveLength(2);
  });

  it("keeps its name while others join, and a series is in it once", () => {
    const [first, ...others] = slowRoute(NOW - 9 * MINUTE).toSorted((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1));
    if (first === undefined) throw new Error("no anomaly");
    const alone = only(tellInsights(input({ anomalies: [first] })).insights);
    const again = { ...first, id: "again-1", t: first.t + MINUTE, score: 0.99 };
    const all = only(tellInsights(input({ anomalies: [...others, first, again] })).insights);
    expect(all.id).toBe(alone.id);
    expect(all.series).toHaveLength(12);
  });
});

describe("what merely happens one after another", () => {
  const single = (k: number, seconds: number, kind: RecentAnomaly["kind"]): RecentAnomaly =>
    rise(`collector_${k}_seconds`, CHECKOUT, NOW - 10 * MINUTE + seconds * 1000, { kind });

  it("is not one thing where values come and go, though each is near the next; a level that moves later belongs to what began", () => {
    const chain = Array.from({ length: 16 }, (_, k) => single(k, 15 * k, "spike"));
    const sizes = (anomalies: readonly RecentAnomaly[]): readonly number[] =>
      groupAnomalies(anomalies, NO_TOPOLOGY).map(({ length }) => length);
    expect(sizes(chain)).toEqual([5, 5, 5, 1]);
    expect(sizes(chain.map((one) => ({ ...one, kind: "level_shift" as const })))).toEqual([16]);
  });

  it("of one target of a scraper's is one thing at whatever address, and of two is not", () => {
    const at = (metric: string, instance: string) => rise(metric, { instance, job: "node" }, NOW - MINUTE);
    for (const instance of ["127.0.0.1:9100", "localhost:9100", "10.0.0.5:9100"])
      expect(groupAnomalies([at("a_depth", instance), at("b_depth", instance)], NO_TOPOLOGY), instance).toHaveLength(1);
    expect(groupAnomalies([at("a_depth", "127.0.0.1:9100"), at("b_depth", "127.0.0.1:9256")], NO_TOPOLOGY)).toHaveLength(2);
  });
});

describe("what an insight says besides", () => {
  it("says by how much where both values read the same", () => {
    const small = rise("node_files_free", CHECKOUT, NOW - MINUTE, { expected: 184_010, value: 184_030, lower: 184_000, upper: 184_020 });
    expect(only(tellInsights(input({ anomalies: [small] })).insights).text).toContain("rose by 20 from 184k");
  });

  it("names the deploy before it", () => {
    const anomalies = [rise("a_seconds", CHECKOUT, NOW - 9 * MINUTE)];
    const deploys = [
      { id: "d0", service: "search", version: "9", at: NOW - 9.1 * MINUTE },
      { id: "d1", service: "checkout", version: "2.0.0", at: NOW - 9.5 * MINUTE },
    ];
    const insight = only(tellInsights(input({ anomalies, deploys })).insights);
    expect(insight.text).toContain(", 30 s after the deploy of checkout 2.0.0.");
    expect(insight.evidence.map(({ kind }) => kind)).toEqual(["series", "deploy"]);
  });

  it("ranks by impact: an alert and people who notice weigh more than one odd gauge", () => {
    const at = NOW - 5 * MINUTE;
    const alert: ConcernedAlert = {
      id: "x1",
      name: "HighLatency",
      severity: "critical",
      labels: CHECKOUT,
      condition: "route_p95_seconds > 0.3",
      annotations: {},
      activeAt: at,
      firedAt: at,
      incidentId: "i1",
    };
    const odd = rise("mood", SEARCH, at + MINUTE, { score: 0.99 });
    const { insights } = tellInsights(input({ anomalies: [odd, rise("route_p95_seconds", CHECKOUT, at)], alerts: [alert] }));
    expect(insights.map(({ impact }) => impact)).toEqual(insights.map(({ impact }) => impact).toSorted((a, b) => b - a));
    expect(insights[0]?.why).toContain("HighLatency is firing (critical)");
    expect(insights[0]?.severity).toBe("critical");
    expect(insights[0]?.evidence.map(({ kind }) => kind)).toEqual(["series", "incident", "alert"]);
  });

  it("puts what people wait for now before a disk that is full tonight, and a disk that is full before both", () => {
    const anomalies = slowRoute(NOW - 9 * MINUTE);
    const deploys = [{ id: "d1", service: "checkout", version: "2.0.0", at: NOW - 10 * MINUTE }];
    const kinds = (at: number, headroom: number) =>
      tellInsights(input({ anomalies, deploys, capacity: [aDisk({ at, headroom })] })).insights.map(({ kind }) => kind);
    expect(kinds(NOW + 5 * 60 * MINUTE, 0.1)).toEqual(["anomaly", "capacity"]);
    expect(kinds(NOW, 0)).toEqual(["capacity", "anomaly"]);
  });

  it("says a counter by its rate and a histogram by its mean, and draws them so", () => {
    const of = (metric: string, more: Partial<RecentAnomaly>): Insight =>
      only(tellInsights(input({ anomalies: [rise(metric, CHECKOUT, NOW - MINUTE, more)] })).insights);
    const jobs = of("jobs_total", { judgedBy: "rate", expected: 2, value: 8 });
    expect(jobs.text).toContain("rose from 2/s to 8/s (4×)");
    expect(jobs.evidence[0]?.query).toMatch(/^rate\(jobs_total\{.*\}\[2m\]\)$/);
    const timer = of("checkout", { judgedBy: "mean", unit: "seconds" });
    expect(timer.text).toContain("rose from 120 ms to 480 ms");
    expect(timer.evidence[0]?.query).toMatch(/^histogram_avg\(rate\(checkout\{/);
    expect(timer.evidence[0]?.selector).toMatch(/^checkout\{/);
    const classic = of("http_request_duration_seconds_sum", { judgedBy: "mean", expected: 0.08, value: 0.24 });
    expect(classic.title).toBe("checkout on web-1: mean of http_request_duration_seconds");
    expect(classic.text).toContain("mean of http_request_duration_seconds of checkout on web-1 rose from 80 ms to 240 ms (3×)");
    expect(classic.series[0]?.text).toBe("mean rose from 80 ms to 240 ms (3×)");
    expect(classic.evidence[0]?.query).toMatch(
      /^rate\(http_request_duration_seconds_sum\{.*\}\[2m\]\) \/ rate\(http_request_duration_seconds_count\{.*\}\[2m\]\)$/,
    );
  });

  it("says when it is not known whether it goes on", () => {
    const stopped = rise("a_seconds", CHECKOUT, NOW - 30 * MINUTE, { newest: { t: NOW - 20 * MINUTE, value: 0.48 } });
    const insight = only(tellInsights(input({ anomalies: [stopped] })).insights);
    expect(insight.why.at(-1)).toBe("nothing was sent of it for 20 min");
    expect(insight.state).toBe("open");
  });

  it("good news is news of the least severity", () => {
    const idle = rise("system_cpu_utilization_ratio", { ...CHECKOUT, cpu_mode: "idle" }, NOW - MINUTE);
    expect(only(tellInsights(input({ anomalies: [idle] })).insights)).toMatchObject({ severity: "info" });
    const both = [idle, rise("error_ratio", CHECKOUT, NOW - MINUTE)];
    expect(only(tellInsights(input({ anomalies: both })).insights)).toMatchObject({ severity: "error" });
  });

  it("is less sure of one weak anomaly than of a strong one, and of one than of several", () => {
    const sure = (...anomalies: RecentAnomaly[]): number => only(tellInsights(input({ anomalies })).insights).confidence;
    const at = NOW - MINUTE;
    const weak = sure(rise("a", CHECKOUT, at, { score: 0.5 }));
    const strong = sure(rise("a", CHECKOUT, at, { score: 0.95 }));
    expect(weak).toBeCloseTo(0.8);
    expect(strong).toBeGreaterThan(0.94);
    expect(sure(rise("a", CHECKOUT, at, { score: 0.95 }), rise("b", CHECKOUT, at))).toBeGreaterThan(strong);
  });
});

describe("nothing is said twice", () => {
  it("growth that fills a disk is told by the disk, with the anomaly as evidence", () => {
    const labels = { host_name: "db-1", system_filesystem_mountpoint: "/data", system_filesystem_state: "used" };
    const anomalies = [rise("system_filesystem_usage_bytes", labels, NOW - MINUTE, { kind: "trend_change" })];
    const insight = only(tellInsights(input({ anomalies, capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] })).insights);
    expect(insight).toMatchObject({ kind: "capacity", severity: "error", series: [{ kind: "trend_change" }] });
    expect(insight.text).toContain("full in 3 h");
  });

  it("another disk's anomaly is another insight", () => {
    const labels = { host_name: "db-2", system_filesystem_mountpoint: "/data", system_filesystem_state: "used" };
    const anomalies = [rise("system_filesystem_usage_bytes", labels, NOW - MINUTE)];
    expect(tellInsights(input({ anomalies, capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] })).insights).toHaveLength(2);
  });

  it("is known by all labels where none says where it is", () => {
    const told = (...[own, of]: [Labels, Labels]) => {
      const capacity = [aDisk({ at: NOW + 3 * 60 * MINUTE, labels: own, query: "store_used_bytes" })];
      return tellInsights(input({ anomalies: [rise("store_used_bytes", of, NOW - MINUTE)], capacity })).insights.length;
    };
    for (const labels of [{}, { volume: "v1" }]) expect(told(labels, labels)).toBe(1);
    expect(told({ volume: "v1" }, { volume: "v2" })).toBe(2);
    expect(told({ host_name: "a" }, {})).toBe(2);
  });
});

describe("what turns out otherwise", () => {
  const said = (of: RecentAnomaly, verdict: AnomalyAnswer["verdict"]): AnomalyAnswer => {
    return { id: of.id, verdict, labels: of.labels, t: of.t, at: NOW - 1000, by: "ada" };
  };

  it("is retracted when somebody says that it was a false alarm, and not while one of its series is real", () => {
    const [one, two] = [rise("a_seconds", CHECKOUT, NOW - MINUTE), rise("b_seconds", CHECKOUT, NOW - MINUTE)];
    const anomalies = [one, two];
    const half = only(tellInsights(input({ anomalies, answers: [said(one, "false_alarm")] })).insights);
    expect(half).toMatchObject({ state: "open", series: [{ labels: two.labels }] });
    const none = only(tellInsights(input({ anomalies, answers: [said(one, "false_alarm"), said(two, "false_alarm")] })).insights);
    expect(none).toMatchObject({ id: half.id, state: "retracted", ended: { reason: "ada said that it is a false alarm" } });
    expect(only(tellInsights(input({ anomalies, answers: [said(one, "real")] })).insights).confidence).toBe(1);
  });

  it("of hundreds of series is taken back by what was said of the first hundred of them, and open again without one of these", () => {
    const anomalies = Array.from({ length: 300 }, (_, i) => rise("queue_depth", { ...CHECKOUT, queue: `${i}` }, NOW - MINUTE));
    const answers = anomalies.slice(0, 100).map((anomaly) => said(anomaly, "false_alarm"));
    const denied = only(tellInsights(input({ anomalies, answers })).insights);
    expect(denied).toMatchObject({ state: "retracted", ended: { reason: "ada said that it is a false alarm" } });
    expect(denied.series).toHaveLength(300);
    const some = only(tellInsights(input({ anomalies, answers: answers.slice(1) })).insights);
    expect([some.state, some.series.length]).toEqual(["open", 201]);
  });

  it("is over a quarter of an hour after a spike that did not stay, though the series spikes again; a shift is not", () => {
    const spiked = (minutes: number, more: Partial<RecentAnomaly> = {}) =>
      tellInsights(input({ anomalies: [rise("disk_io_seconds", { host_name: "db" }, NOW - minutes * MINUTE, { kind: "spike", ...more })] }))
        .insights[0];
    expect(spiked(14)).toMatchObject({ state: "open" });
    expect(spiked(16)).toMatchObject({ state: "over", ended: { reason: "it has come back to its usual range" } });
    expect(spiked(16, { kind: "level_shift" })).toMatchObject({ state: "open" });
    // Nobody knows whether it stayed.
    expect(spiked(16, { newest: null })).toMatchObject({ state: "open" });
  });

  it("is over when all of its series are back where they are usually, and ranks below what is not", () => {
    const back = rise("a_seconds", CHECKOUT, NOW - 5 * MINUTE, { newest: { t: NOW, value: 0.12 } });
    const { insights } = tellInsights(input({ anomalies: [back, rise("b", SEARCH, NOW - MINUTE, { score: 0.5 })] }));
    expect(insights.map(({ state }) => state)).toEqual(["open", "over"]);
    expect(insights[1]?.ended?.reason).toBe("it has come back to its usual range");
  });

  it("is told as long as it is open, whatever the window; then that it is over, for an hour", () => {
    const began = NOW - 5 * 60 * MINUTE;
    const told = (minutes: number, value: number, before: Partial<InsightsInput> = {}) => {
      const nowMs = NOW + minutes * MINUTE;
      const anomalies = [rise("route_p95_seconds", CHECKOUT, began, { newest: { t: nowMs, value } })];
      return tellInsights(input({ ...before, nowMs, sinceMs: nowMs - 60 * MINUTE, anomalies }));
    };
    const open = told(0, 0.47);
    expect(only(open.insights)).toMatchObject({ state: "open", series: [{ t: began }] });
    expect(told(1, 0.47, open).told, "nothing is written").toEqual(open.told);
    const over = told(2, 0.12, open);
    expect(only(over.insights)).toMatchObject({ state: "over", ended: { at: NOW + 2 * MINUTE }, series: [{ t: began }] });
    expect(only(told(40, 0.12, over).insights).ended?.at).toBe(NOW + 2 * MINUTE);
    expect(told(63, 0.12, over), "known to be over for as long as its anomaly is looked at").toEqual({ insights: [], told: over.told });
    expect(told(25 * 60, 0.12, over)).toEqual({ insights: [], told: [] });
    expect(told(3, 0.12).insights, "nobody was told while it was open").toEqual([]);
  });

  it("is over when nothing has been sent of it for an hour, which is said; what stopped goes on", () => {
    const newest = { t: NOW - 61 * MINUTE, value: 0.47 };
    const [lost] = tellInsights(input({ anomalies: [rise("a_seconds", CHECKOUT, NOW - 62 * MINUTE, { newest })], sinceMs: 0 })).insights;
    expect(lost).toMatchObject({ state: "over", ended: { reason: "nothing was sent of it for 1 h 1 min" } });
    const gap = rise("a_seconds", CHECKOUT, NOW - 51 * MINUTE, { newest, kind: "gap" });
    expect(only(tellInsights(input({ anomalies: [gap] })).insights).state).toBe("open");
  });

  it("is over when what stood still moves again, whatever its range", () => {
    const still = (value: number) => rise("queue_depth", CHECKOUT, NOW - 20 * MINUTE, { kind: "flatline", newest: { t: NOW, value } });
    expect(only(tellInsights(input({ anomalies: [still(0.48)] })).insights).state).toBe("open");
    expect(only(tellInsights(input({ anomalies: [still(0.9)] })).insights).state).toBe("over");
  });

  it("a disk that was said to fill and does not is taken back with the reason, for an hour", () => {
    const first = tellInsights(input({ capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] }));
    expect(first.told).toHaveLength(1);
    const steady = aDisk({ at: null });
    const then = tellInsights(input({ nowMs: NOW + MINUTE, capacity: [steady], told: first.told }));
    expect(only(then.insights)).toMatchObject({ state: "retracted" });
    expect(only(then.insights).ended?.reason).toContain("it did not go on like that: 85% of 100 B, no certain growth");
    const kept = tellInsights(input({ nowMs: NOW + 30 * MINUTE, capacity: [steady], told: then.told }));
    expect(only(kept.insights).ended?.at).toBe(NOW + MINUTE);
    expect(tellInsights(input({ nowMs: NOW + 62 * MINUTE, capacity: [steady], told: kept.told })).insights).toEqual([]);
    const anew = tellInsights(input({ nowMs: NOW + 30 * MINUTE, capacity: [aDisk({ at: NOW + 60 * MINUTE })], told: then.told }));
    expect(only(anew.insights).state).toBe("open");
  });

  it("a disk on which somebody made room was no mistake", () => {
    const first = tellInsights(input({ capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] }));
    const cleaned = aDisk({ at: null, used: 40, headroom: 0.6 });
    const then = tellInsights(input({ nowMs: NOW + MINUTE, capacity: [cleaned], told: first.told }));
    expect(only(then.insights)).toMatchObject({ state: "over", ended: { reason: "there is room again: 40% of 100 B instead of 85%" } });
  });

  const PLANNED = { type: "grow", priority: "medium", text: "Plan for more disk space.", reasons: [] } as const;

  it("a disk that was cleaned is over though it fills again in eleven days, which is told when that has been read", () => {
    const first = tellInsights(input({ capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] }));
    const cleaned = aDisk({ at: NOW + 11.5 * 24 * 60 * MINUTE, used: 20, headroom: 0.8, recommendation: PLANNED });
    const then = tellInsights(input({ nowMs: NOW + MINUTE, capacity: [cleaned], told: first.told }));
    expect(only(then.insights).state).toBe("over");
    expect(only(then.insights).ended?.reason).toMatch(/^there is room again: 20% of 100 B instead of 85%, .*11/);
    const kept = tellInsights(input({ nowMs: NOW + 30 * MINUTE, capacity: [cleaned], told: then.told }));
    expect(only(kept.insights).state).toBe("over");
    const read = tellInsights(input({ nowMs: NOW + 62 * MINUTE, capacity: [cleaned], told: kept.told }));
    expect(tellInsights(input({ nowMs: NOW + 63 * MINUTE, capacity: [cleaned], told: read.told })).insights).toMatchObject([
      { state: "open" },
    ]);
    const filling = aDisk({ at: NOW + 60 * MINUTE, used: 30, headroom: 0.7 });
    expect(only(tellInsights(input({ nowMs: NOW + MINUTE, capacity: [filling], told: first.told })).insights).state).toBe("open");
  });

  it("is another for every resource, whatever letters its name has, and stays open while there is too much to judge", () => {
    const disks = ["/data/a", "/data-a", "/données", "/数据", "/备份"].map((mountpoint) =>
      aDisk({ at: NOW + 3 * 60 * MINUTE, name: `disk ${mountpoint} on h`, labels: { host_name: "h", mountpoint } }),
    );
    const first = tellInsights(input({ capacity: disks }));
    expect(first.insights).toHaveLength(5);
    const unjudged = disks.slice(1).map(capacityId);
    const then = tellInsights(input({ nowMs: NOW + MINUTE, capacity: [], unjudged, told: first.told }));
    expect(then.insights.map(({ state }) => state)).toEqual(["open", "open", "open", "open", "over"]);
    expect(then.insights.at(-1)?.ended?.reason).toBe("nothing is sent of it any more");
  });

  it("stays as it was told while capacity cannot be judged, and nothing is written for it", () => {
    const first = tellInsights(input({ capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE })] }));
    const then = tellInsights(input({ nowMs: NOW + MINUTE, capacity: null, told: first.told }));
    expect(only(then.insights).state).toBe("open");
    expect(then.told).toEqual(first.told);
    const same = tellInsights(input({ nowMs: NOW + MINUTE, capacity: [aDisk({ at: NOW + 3 * 60 * MINUTE, used: 86 })], told: first.told }));
    expect(same.told).toEqual(first.told);
  });
});
