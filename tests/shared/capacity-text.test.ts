import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { recommend } from "@sightline/shared/capacity/recommend";
import { urgencyOf } from "@sightline/shared/capacity/urgency";
import { growthText, saturationText } from "@sightline/shared/format/capacity-text";
import { capacityText } from "@sightline/shared/format/capacity-report";
import type { Scenario } from "@sightline/shared/model/capacity";
import { expect, test } from "vitest";
import { capacityNodes } from "../../extension/src/trees/capacity-nodes.ts";
import { randomSource } from "../bench/anomaly-generator.ts";
import { aDisk } from "../support/a-disk.ts";

const HOUR = 3_600_000;
const GIB = 2 ** 30;
const START = Date.UTC(2024, 0, 1);

function response(scenario?: Scenario) {
  const random = randomSource(3);
  const disk = (name: string, values: readonly number[]) =>
    judgeResource({
      resource: { kind: "disk", name, labels: { host_name: "a" }, query: "q", unit: "bytes", limit: 100 * GIB },
      history: { timestamps: values.map((_, i) => START + i * HOUR), values: values.map((value) => value * GIB) },
      hosts: 2,
      random,
      ...(scenario === undefined ? {} : { scenario }),
    });
  const found = [
    disk(
      "disk / on a",
      Array.from({ length: 240 }, (_, i) => 60 + i / 10 + 0.2 * random()),
    ),
    disk("disk /new on a", [1, 2, 3]),
  ];
  return capacityResponse([{ resources: found.flatMap((one) => one ?? []), left: [], warnings: [] }], {
    startMs: START,
    endMs: START + 239 * HOUR,
    hosts: 2,
    settings: DEFAULT_SETTINGS,
    warnings: [],
    ...(scenario === undefined ? {} : { scenario }),
  });
}

test("the command line has a line a resource, what to do, the cost and the gist", () => {
  const text = capacityText(response());
  expect(text).toMatch(/^disk \/ on a {5}84% of 100 GiB {8}full in 6\.\d d \(6\.\d d – \d(?:\.\d)? d\) +\+2\.\d GiB a day$/m);
  expect(text).toMatch(/^disk \/new on a .*cannot be told yet/m);
  expect(text).toContain("at least 24 are needed");
  expect(text).toMatch(/^20 USD a month, \d+ more are needed$/m);
  expect(text).toMatch(/First to reach its limit: disk \/ on a/);
  expect(capacityText(response({ traffic: 2 }))).toMatch(/what if: .*Full in 3\.\d d\.\n {4}assumed: growth is in proportion to the work/);
});

test("the editor's tree has them under one row, each with a chart of its own", () => {
  const [capacity] = capacityNodes(response());
  expect(capacity).toMatchObject({ label: "Capacity" });
  expect(capacity?.children?.[0]).toMatchObject({ label: "disk / on a", icon: "warning", color: "list.errorForeground" });
  expect(capacity?.children?.[0]?.chart).toMatchObject({ title: "disk / on a" });
  expect(capacity?.children?.[0]?.description).toMatch(/^84% of 100 GiB · full in /);
  expect(capacityNodes({ ...response(), resources: [] })).toEqual([]);
});

test("what wanders for an hour is nothing to act on, and has no growth to tell of", () => {
  const random = randomSource(5);
  let level = 0.5;
  const values = Array.from({ length: 240 }, () => (level = Math.min(0.8, Math.max(0.3, level + 0.03 * (random() - 0.5)))));
  const cpu = judgeResource({
    resource: { kind: "cpu", name: "cpu on a", labels: { host_name: "a" }, query: "q", unit: "ratio", limit: 1, servers: 4 },
    history: { timestamps: values.map((_, i) => START + i * 15_000), values },
    hosts: 1,
    random,
  });
  const input = { startMs: START, endMs: START + HOUR, hosts: 1, settings: DEFAULT_SETTINGS, warnings: [] };
  const [told] = capacityResponse([{ resources: cpu === null ? [] : [cpu], left: [], warnings: [] }], input).resources;
  if (told === undefined) throw new Error("nothing was told");
  expect(["watch", "keep"]).toContain(told.recommendation.type);
  expect(growthText(told)).toBe("no certain growth");
});

test("what may be full soon and may never be is said in one sentence", () => {
  const [disk] = response().resources;
  if (disk === undefined || !("saturation" in disk)) throw new Error("nothing was told");
  const now = disk.saturation.at ?? 0;
  const wandering = {
    ...disk,
    growthPerDay: { value: 1, lower: -5, upper: 7 },
    growthAhead: 0,
    saturation: { ...disk.saturation, at: now + 22 * 60_000, earliest: now + 8 * 60_000, latest: null },
  };
  expect(saturationText(wandering, now)).toBe("no certain growth: may be full in 22 min (8 min at the earliest) or never");
  expect(growthText(wandering)).toBe("");
  expect(describeResource(wandering, DEFAULT_SETTINGS, now).text).toContain(
    "It is not certain that it grows: it may reach its limit in 22 min (in 8 min at the earliest) or never.",
  );
  // Without a time there is nothing that it could contradict.
  const still = { ...wandering, saturation: { ...wandering.saturation, at: null, earliest: null } };
  expect([growthText(still), saturationText(still, now)].join(", ")).toMatch(/^no certain growth, not full within/);
});

test.for<[Partial<Parameters<typeof aDisk>[0]>, string]>([
  [{ headroomAtPeak: 0.06 }, "Plan for more memory, as only 6% was free at the peak: "],
  [{ headroom: 0.004, headroomAtPeak: 0.004 }, "Plan for more memory, as less than 1% is free: "],
  [{ headroom: 0.06, headroomAtPeak: 0.06 }, "Plan for more memory, as only 6% is free: "],
])("of what is nearly full and does not fill it is said why more is to be planned for: %o", ([free, words]) => {
  expect(recommend(aDisk({ at: null, kind: "memory", ...free }), START).text).toContain(words);
});

test("what fills is to be planned for as it does", () => {
  expect(recommend(aDisk({ at: START + 20 * 24 * HOUR }), START).text).toMatch(/^Plan for more disk space: /);
});

test("an interval whose ends are said alike is not said", () => {
  const [disk] = response().resources;
  if (disk === undefined || !("saturation" in disk)) throw new Error("nothing was told");
  const now = disk.saturation.at ?? 0;
  const in7h = now + 7 * HOUR;
  const sure = {
    ...disk,
    growthPerDay: { value: 2, lower: 2, upper: 2 },
    growthAhead: 0,
    saturation: { ...disk.saturation, at: in7h, earliest: in7h - 60_000, latest: in7h },
  };
  expect(saturationText(sure, now)).toBe("full in 7 h");
});

test("of what was to be full by now it is not said that it is, unless its newest sample says so", () => {
  const [disk] = response().resources;
  if (disk === undefined || !("saturation" in disk)) throw new Error("nothing was told");
  const late = (disk.saturation.latest ?? 0) + HOUR;
  const told = describeResource(disk, DEFAULT_SETTINGS, late);
  const words = [told.text, saturationText(told, late), ...told.recommendation.reasons].join(" ");
  expect(words).toContain("It reaches its limit now");
  expect(words).toContain("about to be full");
  expect(words).not.toContain("limit is reached");
  const full = describeResource({ ...disk, used: disk.limit, headroom: 0 }, DEFAULT_SETTINGS, late);
  expect(full.text).toContain("Its limit is reached.");
  expect(full.recommendation.reasons).toContain("its limit is reached");
  expect(saturationText(full, late)).toBe("full");
});

test("where not all can be judged, what fills goes before what is steadily full, and the gist says how many were not", () => {
  const hours = Array.from({ length: 360 }, (_, i) => i);
  const steady = hours.map((i) => 0.89 + 0.005 * (i % 2));
  const filling = hours.map((i) => 0.5 + i / 1100);
  expect(urgencyOf({ values: filling }, 1)).toBeGreaterThan(urgencyOf({ values: steady }, 0.9));
  expect(urgencyOf({ values: [] }, 1)).toBe(0);
  const asked = { startMs: START, endMs: START + HOUR, hosts: 1, settings: DEFAULT_SETTINGS, warnings: [] };
  const parts = [{ resources: [], left: ["a", "b"], warnings: [] }];
  const { left, text } = capacityResponse(parts, asked);
  expect(left).toBe(2);
  expect(text).toMatch(/2 more with more room were not judged: ask for one kind\.$/);
  const ofKind = capacityResponse(parts, { ...asked, kind: "disk" });
  expect(ofKind.text).toMatch(/2 more of the kind disk were not judged: those nearer to their limits were\.$/);
});

test.each([
  [1, "Requests would no longer queue without end at the peak."],
  [0.97, "times as long at the peak."],
])("half the work for a CPU whose busiest hours are %d busy is told to help", (busiest, words) => {
  const values = Array.from({ length: 240 }, (_, i) => (i % 24 < 6 ? busiest : 0.4));
  const judged = judgeResource({
    resource: { kind: "cpu", name: "cpu", labels: { host_name: "a" }, query: "q", unit: "ratio", limit: 0.9, servers: 4 },
    history: { timestamps: values.map((_, i) => START + i * HOUR), values },
    hosts: 2,
    random: randomSource(4),
    scenario: { traffic: 0.5 },
  });
  const outcome = judged !== null && "scenario" in judged ? judged.scenario : undefined;
  expect(outcome !== undefined && "text" in outcome ? outcome.text : "").toContain(words);
  expect(outcome).not.toMatchObject({ responseFactor: 1 });
});

test("a CPU's moments of full use are no peak where its busiest minutes are known", () => {
  const values = Array.from({ length: 3600 }, (_, i) => (i % 20 === 0 ? 1 : 0.5));
  const timestamps = values.map((_, i) => START + i * 1000);
  const judged = judgeResource({
    resource: { kind: "cpu", name: "cpu", labels: { host_name: "a" }, query: "q", unit: "ratio", limit: 0.9, servers: 4 },
    history: { timestamps, values },
    peaks: { timestamps, values: values.map(() => 0.525) },
    hosts: 1,
    random: randomSource(4),
    scenario: { traffic: 1.1 },
  });
  expect(judged?.peak).toBe(0.525);
  expect(JSON.stringify(judged)).not.toContain("without end");
});
