import type { CapacityResponse, TrendResponse } from "@sightline/shared/api/analyses";
import type { CapacitySettings } from "@sightline/shared/model/capacity";
import { describe, expect, it } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";
import { told } from "./told-resource.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;

/** Twelve days by the hour: host a's disk grows by 2 GiB a day, CPU of both follows the requests of the day. */
async function projectWithHosts(project: string, shards: number) {
  const admin = sendAs(await tokenOf(project, "admin"));
  if (shards > 1) expect((await admin("/v1/shards", json("PUT", { shards }))).status).toBe(200);
  const end = Math.floor(Date.now() / HOUR) * HOUR;
  const start = end - 12 * DAY;
  const wobble = (i: number): number => ((i * 7919) % 101) / 101 - 0.5;
  for (const host of ["a", "b"]) {
    const metrics = Array.from({ length: 12 * 24 + 1 }, (_, i) => {
      const timestamp = start + i * HOUR;
      const labels = { host_name: host };
      const disk = { ...labels, system_filesystem_mountpoint: "/" };
      const used = GIB * ((host === "a" ? 50 + i / 12 : 20) + 0.1 * wobble(i));
      const requests = 100 + 60 * Math.sin((2 * Math.PI * i) / 24) + 4 * wobble(i);
      const state = "system_filesystem_state";
      return [
        { name: "system_filesystem_usage_bytes", type: "gauge", labels: { ...disk, [state]: "used" }, value: used, timestamp },
        { name: "system_filesystem_usage_bytes", type: "gauge", labels: { ...disk, [state]: "free" }, value: 100 * GIB - used, timestamp },
        {
          name: "system_cpu_utilization_ratio",
          type: "gauge",
          labels: { ...labels, cpu_mode: "idle" },
          value: 1 - 0.05 - requests / 400 - 0.01 * wobble(i + 3),
          timestamp,
        },
        { name: "pool_connections_limit", type: "gauge", labels, value: 50, timestamp },
        { name: "pool_connections_used", type: "gauge", labels, value: Math.round(requests / 8), timestamp },
        { name: "shop_requests", type: "gauge", labels, value: requests, timestamp },
        { name: "spent_usd", type: "gauge", labels, value: 40 + i / 6, timestamp },
      ];
    }).flat();
    const sent = await admin("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": host },
    });
    expect(sent.status).toBe(200);
  }
  const ask = async (parameters: string): Promise<CapacityResponse> => {
    const answer = await admin(`/v1/capacity?start=${start}&end=${end}${parameters}`);
    expect(answer.status, await answer.clone().text()).toBe(200);
    return answer.json<CapacityResponse>();
  };
  return { admin, ask, end };
}

describe.each([1, 3])("over %d shards", (shards) => {
  it("GET /v1/capacity tells when each resource is used up, and what it costs", async () => {
    const { ask, end } = await projectWithHosts(`capacity-${shards}`, shards);
    const response = await ask("");
    expect(response.hosts).toBe(2);
    const disk = told(response, "disk / on a");
    // 74 of 100 GiB, 2 a day.
    expect(((disk.saturation.at ?? 0) - end) / DAY).toBeCloseTo(13, 0);
    expect(disk.saturation.earliest ?? Infinity).toBeLessThanOrEqual(disk.saturation.at ?? 0);
    expect(disk.saturation.latest ?? 0).toBeGreaterThanOrEqual(disk.saturation.at ?? 0);
    expect(disk.growthPerDay.value / GIB).toBeCloseTo(2, 1);
    expect(disk.headroomAtPeak).toBeCloseTo(0.26, 1);
    expect(disk.recommendation).toMatchObject({ type: "grow", priority: "medium" });
    expect(disk.cost?.perMonth).toBeCloseTo(10, 3);
    expect(disk.cost?.savingPerMonth).toBeLessThan(0);
    expect(told(response, "disk / on b").saturation.at).toBeNull();
    expect(told(response, "connections pool on a")).toMatchObject({ limit: 50, kind: "connections" });
    expect(response.resources[0]?.name).toBe("disk / on a");
    expect(response.text).toMatch(/^6 bounded resources: .*First to reach its limit: disk \/ on a, in/);
  });

  it("what if traffic were half as much again, on one host fewer", async () => {
    const { ask } = await projectWithHosts(`capacity-what-if-${shards}`, shards);
    const response = await ask("&traffic=1.5&kind=cpu&demand=sum(shop_requests)");
    expect(response.resources.map(({ kind }) => kind)).toEqual(["cpu", "cpu"]);
    const cpu = told(response, "CPU on a");
    if (cpu.relation === undefined || "refused" in cpu.relation) throw new Error(JSON.stringify(cpu.relation));
    // Of the sum of both hosts.
    expect(cpu.relation.perUnit.value).toBeCloseTo(1 / 800, 4);
    expect(cpu.relation.fixed).toBeCloseTo(0.05, 1);
    expect(cpu.scenario).toMatchObject({ peak: expect.closeTo(0.05 + (1.5 * 161) / 400, 1) as number });
    const fewer = told(await ask("&hosts=-1&kind=cpu&demand=sum(shop_requests)"), "CPU on a");
    expect(fewer.scenario).toMatchObject({ peak: expect.closeTo(0.05 + (2 * 161) / 400, 1) as number });
    expect(told(await ask("&hosts=-2&kind=cpu"), "CPU on a").scenario).toMatchObject({ refused: { code: "no_host_left" } });
    const kept = told(await ask("&retention=5d&retentionNow=10d&kind=disk"), "disk / on a");
    // All of what came in during the five days before those that are kept is gone.
    expect(kept.scenario).toMatchObject({ peak: expect.closeTo(39 * GIB, -9.5) as number });
  });

  it("prices, demand and resources of one's own are kept, and used", async () => {
    const { admin, ask } = await projectWithHosts(`capacity-settings-${shards}`, shards);
    const settings = {
      currency: "EUR",
      prices: { disk: { perMonth: 1, unit: "GiB" } },
      demand: "sum(shop_requests)",
      resources: [{ name: "cloud bill", kind: "budget", used: "sum(spent_usd)", limit: 200 }],
    };
    expect((await admin("/v1/capacity/settings", json("PUT", settings))).status).toBe(200);
    expect(await (await admin("/v1/capacity/settings")).json<CapacitySettings>()).toEqual(settings);
    const response = await ask("");
    expect(response).toMatchObject({ currency: "EUR", demand: "sum(shop_requests)", warnings: [] });
    expect(told(response, "disk / on b").cost).toMatchObject({ currency: "EUR", perMonth: expect.closeTo(100, 3) as number });
    // 176 now, 8 a day.
    expect(told(response, "cloud bill").growthPerDay.value).toBeCloseTo(8, 1);
    expect((await admin("/v1/capacity/settings", { method: "DELETE" })).status).toBe(204);
    expect(await (await admin("/v1/capacity/settings")).json<CapacitySettings>()).toMatchObject({ currency: "USD", resources: [] });
  });
});

it("what a declared counter counted stays used when its process starts anew, and when another takes its place", async () => {
  const admin = sendAs(await tokenOf("capacity-counters", "admin"));
  const end = Math.floor(Date.now() / HOUR) * HOUR;
  // Two a hour for twelve days: the first process starts anew every five days, the second ends after six.
  const metrics = Array.from({ length: 12 * 24 + 1 }, (_, i) => {
    const one = { name: "spent_eur_total", type: "counter", timestamp: end - (12 * 24 - i) * HOUR };
    const first = { ...one, labels: { instance: "a" }, value: i % 120 };
    return i > 144
      ? [first, { ...one, labels: { instance: "c" }, value: i - 144 }]
      : [first, { ...one, labels: { instance: "b" }, value: i }];
  }).flat();
  // What goes up and down is none, whatever its name; and of many counters no more is said than what their sum is.
  const falls = [80, 80, 70, 70, 85, 85, 60, 60];
  for (let i = 0; i <= 12 * 24; i++)
    metrics.push({
      name: "licences_total",
      type: "unknown",
      labels: { instance: "a" },
      value: falls[i >> 6] ?? 60,
      timestamp: end - (288 - i) * HOUR,
    });
  const pods = Array.from({ length: 520 }, (_, pod) => ({ name: "paid_total", type: "counter", labels: { instance: `${pod}` } }));
  const paid = pods.flatMap((one) => Array.from({ length: 24 }, (_, i) => ({ ...one, value: i, timestamp: end - (24 - i) * HOUR })));
  for (const body of [metrics, paid]) expect((await admin("/api/v1/ingest", json("POST", { metrics: body }))).status).toBe(200);
  const resources = [
    { name: "licences", kind: "quota", used: "sum(licences_total)", limit: 1000 },
    { name: "paid", kind: "budget", used: "sum(paid_total)", limit: 100_000 },
    { name: "bill", kind: "budget", used: "sum(spent_eur_total)", limit: 1000 },
    { name: "bill of a", kind: "budget", used: 'spent_eur_total{instance="a"}', limit: 1000 },
  ];
  expect((await admin("/v1/capacity/settings", json("PUT", { currency: "EUR", prices: {}, resources }))).status).toBe(200);
  const response = await (await admin(`/v1/capacity?start=${end - 12 * DAY}&end=${end}`)).json<CapacityResponse>();
  const [bill, ofA] = [told(response, "bill"), told(response, "bill of a")];
  // The hour in which each started anew is lost.
  expect(bill.used).toBeCloseTo(2 * 288 - 2, -0.5);
  expect(bill.growthPerDay.value).toBeCloseTo(48, -0.5);
  expect(((bill.saturation.at ?? 0) - end) / DAY).toBeCloseTo((1000 - bill.used) / 48, 0);
  expect(ofA.used).toBeCloseTo(288 - 2, -0.5);
  expect(ofA.growthPerDay.value).toBeCloseTo(24, -0.5);
  expect(told(response, "licences").used).toBe(85);
  expect(told(response, "paid").used).toBe(520 * 23);
});

it("prices, demand and resources are applied from a file, and taken back with it", async () => {
  const admin = sendAs(await tokenOf("capacity-as-code", "admin"));
  const text = `
capacity:
  currency: EUR
  prices: { disk: { perMonth: 0.08, unit: GB } }
  resources: [{ name: cloud bill, kind: budget, used: sum(spent_usd), limit: 200 }]
users: [{ id: ada, name: Ada, timeZone: Europe/Rome }]
`;
  const apply = async (files: readonly { path: string; text: string }[]) =>
    (await admin("/v1/apply", json("POST", { files, prune: true }))).json<{ changes: { kind: string; action: string }[] }>();
  const actions = ({ changes }: Awaited<ReturnType<typeof apply>>) => changes.map(({ kind, action }) => `${action} ${kind}`).toSorted();
  expect(actions(await apply([{ path: "capacity.yml", text }]))).toEqual(["create capacity", "create user"]);
  expect(actions(await apply([{ path: "capacity.yml", text }]))).toEqual(["unchanged capacity", "unchanged user"]);
  const settings = async () => (await admin("/v1/capacity/settings")).json<CapacitySettings>();
  expect(await settings()).toMatchObject({ currency: "EUR", resources: [{ name: "cloud bill", limit: 200 }] });
  expect(actions(await apply([{ path: "users.yml", text: text.slice(text.indexOf("users:")) }]))).toEqual([
    "delete capacity",
    "unchanged user",
  ]);
  expect(await settings()).toMatchObject({ currency: "USD" });
  const wrong = await admin(
    "/v1/apply",
    json("POST", { files: [{ path: "c.yml", text: "capacity: { prices: { love: { perMonth: 1 } } }" }] }),
  );
  expect((await problemOf(wrong)).detail).toContain("c.yml: capacity: prices");
});

it("a host that has reported for minutes has its use told, and not how it grows", async () => {
  const admin = sendAs(await tokenOf("capacity-young", "admin"));
  const end = Math.floor(Date.now() / 1000) * 1000;
  const metrics = Array.from({ length: 200 }, (_, i) => {
    const timestamp = end - (200 - i) * 1000;
    const labels = { host_name: "a" };
    return [
      { name: "system_memory_limit_bytes", type: "gauge", labels, value: 8 * GIB, timestamp },
      {
        name: "system_memory_usage_bytes",
        type: "gauge",
        labels: { ...labels, system_memory_state: "used" },
        value: (2 + i / 1000) * GIB,
        timestamp,
      },
    ];
  }).flat();
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const { resources } = await (await admin("/v1/capacity")).json<CapacityResponse>();
  expect(resources).toMatchObject([{ name: "memory on a", limit: 8 * GIB, peak: 2.199 * GIB, refused: { code: "too_short" } }]);
  expect(resources[0]?.text).toContain("It has been seen for 3 min");
});

it("what has no limit is no resource, a disk is as full as df has it, and what was declared and finds nothing is said", async () => {
  const admin = sendAs(await tokenOf("capacity-unlimited", "admin"));
  const end = Date.now();
  const constant = {
    process_virtual_memory_max_bytes: 2 ** 64,
    node_filesystem_size_bytes: 252 * GIB,
    node_filesystem_avail_bytes: 71 * GIB,
  };
  const metrics = Array.from({ length: 100 }, (_, i) =>
    Object.entries({ ...constant, process_virtual_memory_bytes: GIB + i, node_filesystem_free_bytes: (221 + i / 1e3) * GIB }).map(
      ([name, value]) => {
        const labels = { instance: "web-1:9100", job: "node", ...(name.includes("filesystem") ? { mountpoint: "/", fstype: "ext4" } : {}) };
        return { name, type: "gauge", labels, value, timestamp: end - (99 - i) * HOUR };
      },
    ),
  ).flat();
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const declared = [
    { name: "bill", kind: "budget", used: "nosuch", limit: 5 },
    { name: "licence", kind: "quota", used: "process_virtual_memory_bytes", limit: "max(process_virtual_memory_max_bytes) by (none)" },
  ];
  const prices = { memory: { perMonth: 3, unit: "GiB" }, host: { perMonth: 50, unit: "host" } };
  expect((await admin("/v1/capacity/settings", json("PUT", { resources: declared, prices }))).status).toBe(200);
  const ask = async (parameters = "") => (await admin(`/v1/capacity${parameters}`)).json<CapacityResponse>();
  const { resources, warnings, costPerMonth } = await ask();
  expect(resources).toMatchObject([{ kind: "disk", limit: expect.closeTo(102 * GIB, -9) as number }]);
  expect(resources[0]?.headroom).toBeCloseTo(0.7, 1);
  expect(costPerMonth).toBe(50);
  expect(warnings).toEqual([
    "bill: nosuch has no samples, so that it is not judged.",
    expect.stringMatching(/^licence: no series of process_virtual_memory_bytes has a limit by /),
  ]);
  expect((await ask("?kind=disk")).warnings).toEqual([]);
  expect(await ask("?hosts=2")).toMatchObject({
    costPerMonth: 50,
    savingPerMonth: 0,
    scenarioCost: { currency: "USD", perMonth: 50, recommendedPerMonth: 150, savingPerMonth: -100 },
  });
});

it("what has fallen silent is no resource, which is said of what was declared; what reports by the day is there a day later", async () => {
  const admin = sendAs(await tokenOf("capacity-silent", "admin"));
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const metric = (name: string, labels: Record<string, string>, timestamp: number, value: number) => ({
    name,
    type: "gauge",
    labels,
    value,
    timestamp,
  });
  const busier = (host_name: string, ended: number) =>
    Array.from({ length: 240 }, (_, i) =>
      metric("system_cpu_utilization_ratio", { host_name, cpu_mode: "idle" }, ended - (239 - i) * HOUR, 0.7 - i / 480 + 0.01 * (i % 3)),
    );
  const metrics = [
    ...busier("gone", now - 10 * DAY),
    ...busier("here", now),
    ...Array.from({ length: 240 }, (_, i) => metric("spent_eur", {}, now - 20 * DAY + i * HOUR, 3000 + 8 * i + (i % 3))),
    ...Array.from({ length: 26 }, (_, i) => metric("licences", {}, now - 30 * HOUR - (25 - i) * DAY, 20 + i)),
  ];
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const resources = [
    { name: "bill", kind: "budget", used: "spent_eur", limit: 5000 },
    { name: "licences", kind: "quota", used: "licences", limit: 100 },
  ];
  expect((await admin("/v1/capacity/settings", json("PUT", { resources }))).status).toBe(200);
  const response = await (await admin("/v1/capacity")).json<CapacityResponse>();
  expect(response.resources.map(({ name }) => name).toSorted()).toEqual(["CPU on here", "licences"]);
  expect(response.warnings).toEqual([
    expect.stringMatching(/^bill: the newest sample of spent_eur is 10 d\b.* old, so that it is not judged\.$/),
  ]);
  const before = await (await admin(`/v1/capacity?end=${now - 10 * DAY}`)).json<CapacityResponse>();
  expect(before.resources.map(({ name }) => name)).toContain("CPU on gone");
});

it("peaks of some minutes count wherever they lie, and what is used is the newest sample", async () => {
  const admin = sendAs(await tokenOf("capacity-peaks", "admin"));
  // The steps of 7 days are half hours.
  const grid = Math.floor(Date.now() / (30 * MINUTE)) * 30 * MINUTE - 30 * MINUTE;
  const end = grid + 25 * MINUTE;
  const labels = { host_name: "a", instance: "db:9187", job: "pg" };
  const metrics = Array.from({ length: 7 * 288 }, (_, i) => {
    const timestamp = end - (7 * 288 - 1 - i) * 5 * MINUTE;
    const ofDay = (timestamp % DAY) / MINUTE;
    const busy = ofDay > 185 && ofDay < 205;
    const gauge = (name: string, value: number, more: Record<string, string> = {}) => ({
      name,
      type: "gauge",
      labels: { ...labels, ...more },
      value,
      timestamp,
    });
    const disk = { system_filesystem_mountpoint: "/", system_filesystem_state: "used" };
    const node = { mountpoint: "/data", fstype: "ext4" };
    return [
      ...["shop", "users"].map((datname) => gauge("pg_stat_activity_count", (busy ? 48 : 5) + (i % 2), { datname })),
      gauge("pg_settings_max_connections", 100),
      gauge("jobs_used", (busy ? 98 : 10) + (i % 2)),
      gauge("jobs_limit", 100),
      gauge("system_filesystem_usage_bytes", (busy ? 97 : timestamp > grid ? 80 : 10) * GIB + i, disk),
      gauge("system_filesystem_limit_bytes", 100 * GIB, { system_filesystem_mountpoint: "/" }),
      gauge("node_filesystem_size_bytes", 100 * GIB, node),
      gauge("node_filesystem_free_bytes", (busy ? 3 : 90) * GIB - i, node),
      gauge("node_filesystem_avail_bytes", (busy ? 3 : 90) * GIB - i, node),
    ];
  }).flat();
  for (let from = 0; from < metrics.length; from += 9000)
    expect((await admin("/api/v1/ingest", json("POST", { metrics: metrics.slice(from, from + 9000) }))).status).toBe(200);
  const { resources } = await (await admin(`/v1/capacity?window=7d&end=${end}`)).json<CapacityResponse>();
  const shares = resources.map(({ name, peak, limit }) => `${name.replace(/ pg on .*| on .*/, "")}: ${Math.round((100 * peak) / limit)}%`);
  expect(shares.toSorted()).toEqual(["connections: 98%", "disk /: 97%", "disk /data: 97%", "quota jobs: 99%"]);
  expect(resources.map(({ recommendation }) => recommendation.type)).toEqual(["grow", "grow", "grow", "grow"]);
  expect(resources.find(({ name }) => name.startsWith("disk / "))?.headroom).toBeCloseTo(0.2, 2);
});

it("a host that came yesterday is judged by all that it has sent, beside one that has been there for weeks", async () => {
  const admin = sendAs(await tokenOf("capacity-ages", "admin"));
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const disk = (host_name: string, timestamp: number, used: number) => {
    const labels = { host_name, system_filesystem_mountpoint: "/" };
    const gauge = (name: string, value: number, more = {}) => ({
      name,
      type: "gauge",
      labels: { ...labels, ...more },
      value: value * GIB,
      timestamp,
    });
    return [gauge("system_filesystem_usage_bytes", used, { system_filesystem_state: "used" }), gauge("system_filesystem_limit_bytes", 100)];
  };
  const metrics = [
    ...Array.from({ length: 28 * 24 }, (_, i) => disk("old", now - i * HOUR, 20 + (i % 3) / 10)),
    ...Array.from({ length: 36 * 4 }, (_, i) => disk("new", now - i * 15 * MINUTE, 95 - i / 2 + (i % 3) / 10)),
    ...Array.from({ length: 45 }, (_, i) => disk("newest", now - i * MINUTE, 88 - i / 10 + (i % 3) / 100)),
  ].flat();
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const response = await (await admin(`/v1/capacity?end=${now}`)).json<CapacityResponse>();
  const hours = (name: string) => ((told(response, name).saturation.at ?? Infinity) - now) / HOUR;
  // By 2 and by 6 GiB an hour.
  expect(hours("disk / on new")).toBeCloseTo(2.5, 0);
  expect(hours("disk / on newest")).toBeCloseTo(2, 0);
  expect(told(response, "disk / on old").saturation.at).toBeNull();
  const trends = await (await admin(`/v1/trend?window=28d&end=${now}&query=system_filesystem_usage_bytes`)).json<TrendResponse>();
  const points = trends.series.map((one) => [one.labels["host_name"], "refused" in one ? 0 : one.points]);
  expect(Object.fromEntries(points)).toEqual({ old: 336, new: 144, newest: 45 });
});

it("a price in a unit that nothing is measured by is refused, not left out", async () => {
  const admin = sendAs(await tokenOf("capacity-prices", "admin"));
  for (const [prices, words] of [
    [{ disk: { perMonth: 1, unit: "floppy" } }, "disk is bought by GiB, GB"],
    [{ disk: { perMonth: 1, unit: "gb" } }, "not by gb"],
    [{ cpu: { perMonth: 1, unit: "GiB" } }, "cpu is bought by core"],
    [{ memory: { perMonth: 1e308, unit: "GiB" } }, "perMonth"],
  ] as const) {
    const answer = await admin("/v1/capacity/settings", json("PUT", { prices }));
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).detail).toContain(words);
  }
});

it("an empty project is told what to do, and what is asked wrongly is said", async () => {
  const viewer = sendAs(await tokenOf("capacity-wrong", "viewer"));
  expect(await (await viewer("/v1/capacity")).json<CapacityResponse>()).toMatchObject({
    resources: [],
    text: expect.stringContaining("No bounded resource was found") as string,
  });
  expect(await (await viewer("/v1/capacity?kind=disk&demand=nothing_here")).json<CapacityResponse>()).toMatchObject({
    resources: [],
    text: expect.stringContaining("No bounded resource of the kind disk was found") as string,
    warnings: [expect.stringContaining("demand: No series came of nothing_here") as string],
  });
  for (const [path, words] of [
    ["/v1/capacity?traffic=0", "factor above 0"],
    ["/v1/capacity?hosts=1.5", "whole number"],
    ["/v1/capacity?retention=5d", "retentionNow"],
    ["/v1/capacity?kind=love", "kind is one of"],
    ["/v1/capacity?demand=sum(", "parse"],
  ] as const) {
    const answer = await viewer(path);
    expect(answer.status, path).toBe(400);
    expect((await problemOf(answer)).detail, path).toContain(words);
  }
  expect((await viewer("/v1/capacity/settings", json("PUT", {}))).status).toBe(403);
  const admin = sendAs(await tokenOf("capacity-wrong", "admin"));
  const refused = await admin("/v1/capacity/settings", json("PUT", { resources: [{ name: "x", kind: "quota", used: "sum(", limit: 5 }] }));
  expect(refused.status).toBe(400);
  expect((await problemOf(refused)).detail).toContain("x: used does not parse");
});
