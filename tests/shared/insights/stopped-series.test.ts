/** What has stopped, as an insight: one of all series of a thing, over when samples arrive again. */
import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import { tellInsights } from "@sightline/shared/insights/tell-insights";
import type { Insight, RecentAnomaly } from "@sightline/shared/model/insight";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { NOTHING_TO_TELL } from "../../support/nothing-to-tell.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

function gap(metric: string, newestAt: number, more: Partial<RecentAnomaly> = {}): RecentAnomaly {
  const labels = { [METRIC_NAME]: metric, service_name: "checkout", host_name: "web-1" };
  const t = NOW - 20 * MINUTE;
  return {
    id: anomalyId(labels, t),
    labels,
    t,
    value: 12,
    expected: 12,
    lower: 10,
    upper: 14,
    score: 0.75,
    kind: "gap",
    severity: "warning",
    reason: "no samples have arrived for 12 min",
    newest: { t: newestAt, value: 40 },
    judgedBy: "value",
    unit: "",
    ...more,
  };
}

const told = (...anomalies: RecentAnomaly[]): Insight[] => [
  ...tellInsights({
    nowMs: NOW,
    sinceMs: NOW - 60 * MINUTE,
    ...NOTHING_TO_TELL,
    anomalies,
  }).insights,
];

test("a series that has stopped is open until a sample arrives, whatever its value", () => {
  const [open] = told(gap("queue_depth", NOW - 32 * MINUTE));
  expect(open).toMatchObject({ state: "open", title: "checkout on web-1: queue_depth" });
  expect(open?.text).toBe("queue_depth of checkout on web-1 stopped: no samples have arrived for 12 min.");
  const [over] = told(gap("queue_depth", NOW - MINUTE));
  expect(over).toMatchObject({ state: "over", ended: { reason: "samples arrive again" } });
});

test("all that has stopped with a service is one insight that counts it", () => {
  const insights = told(gap("queue_depth", NOW - 32 * MINUTE, { stopped: 40 }), gap("route_p95_seconds", NOW - 32 * MINUTE));
  expect(insights).toHaveLength(1);
  expect(insights[0]).toMatchObject({ title: "checkout on web-1: 41 series", text: "41 series of checkout on web-1 stopped sending." });
  expect(insights[0]?.why).toContain("41 series take part");
});
