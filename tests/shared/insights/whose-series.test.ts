import { tellInsights } from "@sightline/shared/insights/tell-insights";
import { narrowed } from "@sightline/shared/promql/format/narrowed";
import { describe, expect, it } from "vitest";
import { aDisk } from "../../support/a-disk.ts";
import { MINUTE, NOW, input, rise } from "../../support/a-rise.ts";

describe("series of several places", () => {
  it("are told apart by who measured them where nothing else does", () => {
    const text = (...instances: readonly string[]): string => {
      const anomalies = instances.map((instance) => rise("queue_depth", { job: "mail", instance, queue: "in" }, NOW - MINUTE));
      return tellInsights(input({ anomalies }))
        .insights.map((one) => one.text)
        .join(" ");
    };
    expect(text("mail-1:80", "mail-2:80")).toMatch(
      /First queue_depth\{instance="mail-2:80", queue="in"\} .*; then queue_depth\{instance="mail-1:80", queue="in"\}\./,
    );
    expect(text("mail-1:80")).not.toContain("instance=");
  });
});

describe("what a resource is judged by", () => {
  it("what is free of a disk is of that disk, by what is used or by its limit, and its evidence is of it alone", () => {
    const labels = { instance: "web-3:9100", job: "node", device: "/dev/sda1", fstype: "ext4", mountpoint: "/" };
    const metrics = ["node_filesystem_free_bytes", "node_filesystem_avail_bytes"];
    const anomalies = metrics.map((metric) => rise(metric, labels, NOW - MINUTE, { kind: "trend_change" }));
    const query = 'node_filesystem_size_bytes{fstype!~"tmpfs"} - node_filesystem_free_bytes';
    const disk = aDisk({ at: NOW + 3 * 60 * MINUTE, labels, query });
    const [insight, ...others] = tellInsights(input({ anomalies, capacity: [disk] })).insights;
    expect(others).toEqual([]);
    expect(insight).toMatchObject({ kind: "capacity", series: [{ kind: "trend_change" }, { kind: "trend_change" }] });
    const own = 'instance="web-3:9100",job="node",device="/dev/sda1",fstype="ext4",mountpoint="/"';
    expect(insight?.evidence[0]?.query).toBe(`node_filesystem_size_bytes{${own},fstype!~"tmpfs"} - node_filesystem_free_bytes{${own}}`);
    const elsewhere = anomalies.map((one) => ({ ...one, labels: { ...one.labels, instance: "web-4:9100" } }));
    expect(tellInsights(input({ anomalies: elsewhere, capacity: [disk] })).insights).toHaveLength(2);
  });
});

it("what makes labels, or looks for some alone, is asked for as it is", () => {
  for (const query of [
    "a and on(host) b",
    "a unless ignoring(x) b",
    'count_values("v", b)',
    "label_replace(a, 'x', '$1', 'y', '(.*)')",
    "x * on () y",
  ])
    expect(narrowed(query, { host: "h" })).toBe(query);
  expect(narrowed("a or b{c='}'}", { "b.c": "x" })).toBe(`a{"b.c"="x"} or b{"b.c"="x",c='}'}`);
});
