/** Insights of resources whose labels, or whose ids, were others when they were told. */
import { capacityId } from "@sightline/shared/insights/capacity-insight";
import { type InsightsInput, type InsightsOutput, tellInsights } from "@sightline/shared/insights/tell-insights";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { aDisk } from "../../support/a-disk.ts";
import { NOTHING_TO_TELL } from "../../support/nothing-to-tell.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const NOTHING: InsightsInput = {
  nowMs: NOW,
  sinceMs: NOW - 60 * MINUTE,
  ...NOTHING_TO_TELL,
};

test("an insight of a resource is the same under the id of an earlier version and after a label has changed, and is never said to be gone", () => {
  const disk = (labels: Labels) => aDisk({ at: NOW + 3 * 60 * MINUTE, name: "disk / on web-1", labels });
  const labels = { host_name: "web-1", mountpoint: "/", service_version: "1.0" };
  const first = tellInsights({ ...NOTHING, capacity: [disk(labels)] });
  const later = { nowMs: NOW + MINUTE };
  const isSame = ({ insights, told }: InsightsOutput): void => {
    expect(insights).toMatchObject([{ state: "open", startedAt: NOW }]);
    expect(told).toHaveLength(1);
  };
  isSame(tellInsights({ ...NOTHING, ...later, capacity: [disk({ ...labels, service_version: "1.1" })], told: first.told }));
  isSame(tellInsights({ ...NOTHING, ...later, capacity: [disk({ ...labels, disk_uuid: "b" })], told: first.told }));
  const versions = [disk(labels), disk({ ...labels, service_version: "1.1" })];
  isSame(tellInsights({ ...NOTHING, ...later, capacity: versions, told: first.told }));
  const unhashed = first.told.map((one) => ({ ...one, insight: { ...one.insight, id: "c-disk-disk-on-web-1" } }));
  isSame(tellInsights({ ...NOTHING, ...later, capacity: [disk(labels)], told: unhashed }));
  isSame(tellInsights({ ...NOTHING, ...later, capacity: [], unjudged: [capacityId(disk(labels))], told: unhashed }));
  const two = ["a", "b"].map((tenant) => disk({ ...labels, tenant }));
  expect(tellInsights({ ...NOTHING, ...later, capacity: two, told: unhashed }).insights.map(({ state }) => state)).toEqual([
    "open",
    "open",
  ]);
  const web = aDisk({ at: NOW + 3 * 60 * MINUTE, name: "disk / on web", labels: { host_name: "web" } });
  const other = tellInsights({ ...NOTHING, ...later, capacity: [web], told: unhashed });
  expect(other.insights.map(({ title, state }) => `${title}: ${state}`)).toEqual(["disk / on web: open", "disk / on web-1: over"]);
});

test("what was told before names had the thing in them is neither told anew nor said to be over", () => {
  const labels = { instance: "a:1", job: "app" };
  const things = ["licence_seats", "queue"];
  const at = NOW + 3 * 60 * MINUTE;
  const formerly = things.map((thing) => aDisk({ at, name: "quota on a:1", labels: { ...labels, __name__: `${thing}_used` } }));
  const now = formerly.map((one, i) => ({ ...one, name: `quota ${things[i]} on a:1`, thing: things[i] ?? "" }));
  const first = tellInsights({ ...NOTHING, capacity: formerly });
  const later = tellInsights({ ...NOTHING, nowMs: NOW + MINUTE, capacity: now, told: first.told });
  expect(later.insights.map(({ title, state, startedAt }) => `${title}: ${state} since ${startedAt - NOW}`).toSorted()).toEqual([
    "quota licence_seats on a:1: open since 0",
    "quota queue on a:1: open since 0",
  ]);
  expect(later.told.map(({ insight }) => insight.id).toSorted()).toEqual(now.map(capacityId).toSorted());
  const again = tellInsights({ ...NOTHING, nowMs: NOW + 2 * MINUTE, capacity: now, told: later.told });
  expect(again.insights.map(({ state }) => state)).toEqual(["open", "open"]);
});
