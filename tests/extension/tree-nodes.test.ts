import { describe, expect, it } from "vitest";
import type { FleetHost } from "@sightline/shared/api/responses";
import type { SloStatus } from "@sightline/shared/model/slo";
import { alertNodes } from "../../extension/src/trees/alert-nodes.ts";
import { fleetNodes } from "../../extension/src/trees/fleet-nodes.ts";
import { insightNodes } from "../../extension/src/trees/insight-nodes.ts";
import type { Insight, InsightSeries } from "@sightline/shared/model/insight";
import { sloNodes } from "../../extension/src/trees/slo-nodes.ts";
import { escapeMarkdown } from "../../extension/src/trees/tree-node.ts";
import { aSnapshot } from "./a-snapshot.ts";
import { anAlert } from "../support/an-alert.ts";

const host: FleetHost = {
  name: "web-1",
  sender: "s",
  lastSeenAt: 9_000,
  silent: false,
  cpuBusy: 0.37,
  memoryUsed: 0.61,
  diskUsed: null,
  load1: 1,
  firing: 0,
};

describe("the fleet", () => {
  it("shows CPU, memory and disk of a host, and a dash for what it does not send", () => {
    const [hosts] = fleetNodes(aSnapshot({ hosts: [host] }));
    expect(hosts?.children?.[0]).toMatchObject({ label: "web-1", description: "CPU 37% · mem 61% · disk –" });
  });

  it("says since when a host is silent instead of showing its last values as if they were now", () => {
    const [hosts] = fleetNodes(aSnapshot({ hosts: [{ ...host, silent: true, lastSeenAt: 0 }], at: 40_000 }));
    expect(hosts?.children?.[0]?.description).toBe("silent, last seen 40 s ago");
  });

  it("shows p95, rate and errors of a service", () => {
    const [services] = fleetNodes(aSnapshot({ services: [{ name: "shop", requestsPerSecond: 4.2, p95Seconds: 0.131, errorRatio: 0.06 }] }));
    expect(services?.children?.[0]).toMatchObject({ description: "p95 131 ms · 4.2/s · errors 6%", color: "list.errorForeground" });
  });

  it("is empty without hosts and services, so that the view says what to do", () => {
    expect(fleetNodes(aSnapshot({}))).toEqual([]);
  });
});

describe("the alerts", () => {
  it("stand under their severity, the worst first, the newest first within", () => {
    const alerts = [
      anAlert({ id: "w", severity: "warning" }),
      anAlert({ id: "old", severity: "critical", firedAt: 1_000 }),
      anAlert({ id: "new", severity: "critical", firedAt: 5_000 }),
    ];
    const nodes = alertNodes(alerts, 10_000);
    expect(nodes.map(({ label, children }) => [label, children?.map(({ id }) => id)])).toEqual([
      ["Critical", ["alert:new", "alert:old"]],
      ["Warning", ["alert:w"]],
    ]);
  });

  it("offer Acknowledge only while firing, Silence only while not silenced", () => {
    const values = alertNodes(
      [anAlert(), anAlert({ id: "s", silencedUntil: 20_000 }), anAlert({ id: "k", state: "acknowledged" })],
      10_000,
    )[0]?.children?.map(({ contextValue }) => contextValue);
    expect(values).toEqual(["alert.firing", "alert.firing.silenced", "alert.acknowledged"]);
  });

  it("leave out what is resolved", () => {
    expect(alertNodes([anAlert({ state: "resolved" })], 0)).toEqual([]);
  });

  it("label values cannot become links in a tooltip", () => {
    const [severity] = alertNodes([anAlert({ labels: { path: "[click](command:evil)" } })], 0);
    expect(severity?.children?.[0]?.tooltip).toContain(String.raw`\[click\]\(command:evil\)`);
    expect(escapeMarkdown("a*b_c")).toBe(String.raw`a\*b\_c`);
  });
});

describe("objectives", () => {
  const status: SloStatus = {
    slo: { id: "s", name: "Shop answers", kind: "availability", good: "g", total: "t", objective: 0.9995, windowMs: 2_592_000_000 },
    sli: 0.9999,
    good: 9_999,
    total: 10_000,
    budgetRemaining: 0.8,
    burnRates: [{ longMs: 3_600_000, shortMs: 300_000, factor: 14.4, long: 20, short: 18, firing: true }],
    summary: "at this rate the budget is gone in 2 h 10 min",
  };

  it("show what is left of the budget and how fast it burns", () => {
    const [node] = sloNodes([status]);
    expect(node).toMatchObject({ description: "80% of the budget left", icon: "flame" });
    expect(node?.children?.at(-1)).toMatchObject({ label: "burn over 1 h", description: "20× (alerts at 14.4×)" });
  });

  it("keep the digits that objectives live in", () => {
    expect(sloNodes([status])[0]?.children?.find(({ label }) => label === "objective")?.description).toBe("99.95% good over 30 d");
  });

  it("without events claim nothing", () => {
    expect(sloNodes([{ ...status, sli: null, budgetRemaining: null }])[0]).toMatchObject({ description: "no events yet" });
  });
});

describe("insights", () => {
  const series = (metric: string, anomalyId: string): InsightSeries => ({
    labels: { __name__: metric, host_name: "web-1" },
    anomalyId,
    t: 0,
    kind: "level_shift",
    score: 0.9,
    value: 9,
    expected: 2,
    over: false,
    text: "rose from 2 to 9 (4.5×)",
  });
  const insight: Insight = {
    id: "a-1",
    kind: "anomaly",
    state: "open",
    severity: "error",
    title: "web-1: queue_length",
    text: "queue_length of web-1 rose from 2 to 9 (4.5×).",
    confidence: 0.94,
    impact: 40,
    why: ["far out of its usual range"],
    startedAt: 0,
    series: [series("queue_length", "abc-1")],
    evidence: [{ kind: "series", text: "", href: "", query: 'queue_length{host_name="web-1"}' }],
  };

  it("of one series say what it did and how sure that is, draw it, and can be answered", () => {
    const [node] = insightNodes({ insights: [insight], at: 60_000 });
    expect(node).toMatchObject({
      label: "web-1: queue_length",
      description: "rose from 2 to 9 (4.5×) · 94% sure · 1 min ago",
      contextValue: "anomaly",
      anomalyId: "abc-1",
      selector: 'queue_length{host_name="web-1"}',
      chart: { query: 'queue_length{host_name="web-1"}' },
      color: "list.errorForeground",
    });
    expect(node?.children).toBeUndefined();
  });

  it("of several series are answered as one, and hold each of them", () => {
    const group: Insight = {
      ...insight,
      title: "web-1: 2 series",
      text: "2 series of web-1 changed together. First queue_length rose from 2 to 9 (4.5×); then lag_seconds.",
      series: [series("queue_length", "abc-1"), series("lag_seconds", "abc-2")],
    };
    const [node] = insightNodes({ insights: [group], at: 60_000 });
    expect(node).toMatchObject({ contextValue: "insight", insightId: "a-1" });
    expect(node?.description).toContain("changed together. First queue_length");
    expect(node?.children?.map(({ label, anomalyId, contextValue }) => [label, anomalyId, contextValue])).toEqual([
      ["queue_length", "abc-1", "anomaly"],
      ["lag_seconds", "abc-2", "anomaly"],
    ]);
  });

  it("that were taken back say by whom, without a colour", () => {
    const ended = { at: 0, reason: "ada said that it is a false alarm" };
    const [node] = insightNodes({ insights: [{ ...insight, state: "retracted", ended }], at: 60_000 });
    expect(node).toMatchObject({ icon: "discard", description: "Taken back 1 min ago: ada said that it is a false alarm. · 1 min ago" });
    expect(node?.color).toBeUndefined();
  });
});
