import type { Labels } from "@sightline/shared/model/labels";
import { describe, expect, test } from "vitest";
import type { FoundAnomaly } from "../../worker/src/rules/api.ts";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const T = 1_700_000_000_000;
const STEP = 10_000;
/** After an hour and a half of calm. */
const DEPLOY = 540;

/** What is told of a series of steps of 10 s, scattering by a twentieth, that is `factor` times as high from two steps after a deploy on. */
function toldAfterDeploy(name: string, unit: string, level: number, factor: number, beside: Labels = {}): FoundAnomaly[] {
  const labels: Labels = { __name__: name, service_name: "checkout", ...beside };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit, help: "" } }));
  const slot = feed.add(name);
  const random = randomSource(71);
  const told: FoundAnomaly[] = [];
  for (let i = 0; i < 900; i++) {
    const at = T + i * STEP;
    if (i === DEPLOY) feed.deployed(slot, at);
    const noise = 1 + 0.1 * (random() + random() + random() - 1.5);
    feed.observeGauge(slot, at, level * noise * (i >= DEPLOY + 2 ? factor : 1));
    told.push(...feed.take());
  }
  return told;
}

describe("a level that moves with a deploy", () => {
  test("is told as a warning where its name says that it is worse, with what it was before and in its unit, once", () => {
    const [told, ...more] = toldAfterDeploy("http_request_duration_seconds", "seconds", 0.12, 2.5);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ kind: "level_shift", severity: "warning" });
    expect(told?.reason).toMatch(/^the level moved to about (29|30|31)\d ms from the usual [\d.]+ ms–[\d.]+ ms with a deploy$/);
    expect(told?.expected).toBeCloseTo(0.12, 1);
    expect(Math.abs((told?.t ?? 0) - (T + DEPLOY * STEP))).toBeLessThan(10 * STEP);
  });

  test("is no news where it is better, nobody knows which way is worse, or nobody suffers", () => {
    expect(toldAfterDeploy("http_request_duration_seconds", "seconds", 0.3, 0.4)).toEqual([]);
    expect(toldAfterDeploy("orders", "", 120, 2.5)).toEqual([]);
    expect(toldAfterDeploy("queue_length", "", 120, 2.5)).toEqual([]);
  });

  test("is worse where a quantile says of no unit that it is of a time, and where next to nothing is left of what people do", () => {
    expect(toldAfterDeploy("route_p95", "seconds", 0.12, 3).map(({ kind }) => kind)).toEqual(["level_shift"]);
    for (const factor of [0, 0.05])
      expect(toldAfterDeploy("requests_per_second", "", 120, factor)[0]?.reason).toMatch(/^the level moved to about .* with a deploy$/);
    expect(toldAfterDeploy("orders", "", 120, 0.5)).toEqual([]);
    expect(toldAfterDeploy("order_queue_length", "", 120, 0.05)).toEqual([]);
  });

  test.each([
    "http_requests_5xx",
    "unauthorized_requests_total",
    "transaction_rollbacks",
    "order_backlog",
    "session_memory_bytes",
    "requests_in_flight",
    "kube_pod_container_resource_requests",
  ])("is no loss where next to nothing is left of %s", (name) => {
    expect(toldAfterDeploy(name, "", 120, 0.05)).toEqual([]);
    expect(toldAfterDeploy("http_requests", "", 120, 0.05, { status: "500" })).toEqual([]);
    expect(toldAfterDeploy("rpc_requests", "", 120, 0.05, { grpc_status: "14" })).toEqual([]);
    expect(toldAfterDeploy("http_requests", "", 120, 0.05, { status: "200" })).toHaveLength(1);
  });

  test.each(["heap_bytes_p95", "queue_depth_p90", "goodput_p50"])("%s is no time that anybody waits", (name) => {
    expect(toldAfterDeploy(name, "", 120, 1.6)).toEqual([]);
  });

  test("is worse when less comes of what there should be much of", () => {
    expect(toldAfterDeploy("cache_hit_ratio", "ratio", 0.9, 0.5).map(({ kind }) => kind)).toEqual(["level_shift"]);
  });
});

test("an anomaly's reason has the values in the metric's unit", () => {
  const labels: Labels = { __name__: "node_memory_used_bytes" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit: "", help: "" } }));
  const slot = feed.add("node_memory_used_bytes");
  const random = randomSource(5);
  for (let i = 0; i < 600; i++) feed.observeGauge(slot, T + i * STEP, (i === 500 ? 9 : 4 + 0.2 * random()) * 2 ** 30);
  expect(feed.take()[0]?.reason).toMatch(/^9 GiB is 2\.\d+× the expected 4(\.\d+)? GiB, above the usual [34][\d.]* GiB–4\.\d+ GiB$/);
});

/** Kinds told from the deploy on until six hours after it, of a series of minutes known for three days. */
function kindsSince(name: string, unit: string, valueOf: (isAfter: boolean, random: () => number) => number): readonly string[] {
  const labels = { __name__: name, service_name: "checkout" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit, help: "" } }));
  const slot = feed.add(name);
  feed.judgeAs(slot, true);
  const random = randomSource(23);
  const deploy = 3 * 1440;
  const kinds: string[] = [];
  for (let i = 0; i < deploy + 360; i++) {
    if (i === deploy) feed.deployed(slot, T + i * 60_000);
    feed.observeGauge(slot, T + i * 60_000, valueOf(i >= deploy, random));
    for (const { kind } of feed.take()) if (i >= deploy) kinds.push(kind);
  }
  return kinds;
}

test("what a release made worse is told once: not as its noise moves the level anew, nor as scatter when the change is no longer permitted", () => {
  const noise = (random: () => number): number => 1 + 0.16 * (random() + random() + random() - 1.5);
  expect(kindsSince("http_route_p95_seconds", "seconds", (isAfter, random) => (isAfter ? 0.4 : 0.2) * noise(random))).toEqual([
    "level_shift",
  ]);
  const failed = (share: number, random: () => number): number =>
    Array.from({ length: 600 }, random).filter((draw) => draw < share).length / 600;
  expect(kindsSince("http_error_ratio", "ratio", (isAfter, random) => failed(isAfter ? 0.05 : 0.001, random))).toEqual(["level_shift"]);
});

/** What is told from a deploy on of a CPU that goes by the day, on its tenth day at 60 s, of which 20 minutes after it there are `factor` times for `minutes`. */
function toldAfterUntoldShift(name: string, factor: number, minutes: number): readonly string[] {
  const labels: Labels = { __name__: name, service_name: "checkout" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit: "", help: "" } }));
  const slot = feed.add(name);
  feed.judgeAs(slot, true);
  const random = randomSource(71);
  const deploy = 9 * 1440 + 500;
  const told: FoundAnomaly[] = [];
  for (let i = 0; i < deploy + 180; i++) {
    if (i === deploy) {
      feed.deployed(slot, T + i * 60_000 - 20_000);
      feed.take();
    }
    const usual = 22 + 5 * Math.cos((2 * Math.PI * i) / 1440) + 2.4 * (random() + random() + random() - 1.5);
    const since = i - deploy - 20;
    feed.observeGauge(slot, T + i * 60_000, usual * (since > 0 && since < minutes ? factor : 1));
    if (i >= deploy) told.push(...feed.take());
  }
  return told.map(({ reason }) => reason);
}

test("what comes within half an hour of a deploy and goes again is no new level as it goes", () => {
  expect(toldAfterUntoldShift("cpu_percent", 3, 15)).toEqual([]);
});

test("nothing at all is no release, but for what there should be none of; and is told as it comes alone", () => {
  expect(toldAfterUntoldShift("cpu_percent", 0, 30)).toEqual([
    expect.stringMatching(/^the level moved to about .* from the usual [\d.]+%–[\d.]+% with a deploy$/),
  ]);
  expect(toldAfterUntoldShift("orders_pending", 0, 30)).toEqual([]);
});
