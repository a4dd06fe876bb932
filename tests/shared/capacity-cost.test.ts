import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { costText, totalCostText } from "@sightline/shared/format/capacity-text";
import type { CapacitySettings, JudgedResource, Scenario } from "@sightline/shared/model/capacity";
import type { Labels } from "@sightline/shared/model/labels";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;
const START = Date.UTC(2024, 0, 1);

describe("what a scenario costs", () => {
  /** Two hosts' disks of 100 GiB, 60 of them used and 1.2 more a day, and what all comes to. */
  const costs = (scenario: Scenario, prices: CapacitySettings["prices"] = { disk: { perMonth: 1, unit: "GiB" } }) => {
    const random = randomSource(6);
    const timestamps = Array.from({ length: 10 * 24 }, (_, i) => START + i * HOUR);
    const values = timestamps.map((_, i) => GIB * (60 + i * 0.05 + 0.05 * (random() - 0.5)));
    const found = ["a", "b"].map((host) =>
      judgeResource({
        resource: { kind: "disk", name: `disk / on ${host}`, labels: { host_name: host }, query: "used", unit: "bytes", limit: 100 * GIB },
        history: { timestamps, values },
        hosts: 2,
        random: randomSource(1),
        scenario,
      }),
    );
    const settings = { currency: "EUR", prices, resources: [] };
    const request = { startMs: START, endMs: timestamps.at(-1) ?? 0, hosts: 2, scenario, settings, warnings: [] };
    return capacityResponse([{ resources: found.flatMap((one) => one ?? []), left: [], warnings: [] }], request);
  };

  test("is that of the sizes that would be recommended: more traffic needs more, shorter retention less", () => {
    const [same, twice] = [costs({ traffic: 1 }), costs({ traffic: 2 })];
    const shorter = costs({ retention: { nowMs: 60 * DAY, thenMs: 15 * DAY } });
    expect(same.scenarioCost).toMatchObject({ currency: "EUR", perMonth: expect.closeTo(200, 6) as number });
    // Nothing is other than now: what is recommended is, too.
    expect(same.scenarioCost?.recommendedPerMonth).toBeCloseTo(200 - (same.savingPerMonth ?? 0), 6);
    // 36 more to come in 30 days, of 80%: 45 a disk.
    const more = (twice.scenarioCost?.recommendedPerMonth ?? 0) - (same.scenarioCost?.recommendedPerMonth ?? 0);
    expect(more / 2).toBeGreaterThan(40);
    expect(more / 2).toBeLessThan(50);
    expect(shorter.scenarioCost?.recommendedPerMonth).toBeLessThan(same.scenarioCost?.recommendedPerMonth ?? 0);
    const [disk] = twice.resources ?? [];
    expect(disk).toMatchObject({ scenario: { cost: { perMonth: expect.closeTo(100, 6) as number } } });
    expect(totalCostText(twice)).toMatch(
      /^All that has a price: 200 EUR a month, \d+ more as recommended\. What if: \d+ EUR a month, \d+ more than now\.$/,
    );
  });

  test("rises with the traffic, however much that is", () => {
    const perMonth = [1, 2, 8, 20, 100].map((traffic) => costs({ traffic }).scenarioCost?.recommendedPerMonth ?? 0);
    for (const [i, one] of perMonth.entries()) expect(one).toBeGreaterThan(perMonth[i - 1] ?? 0);
  });

  test("counts hosts that are added and taken away, with what lies on them", () => {
    const host = { host: { perMonth: 50, unit: "host" } };
    expect(costs({ hosts: 1 }, host).scenarioCost).toEqual({
      currency: "EUR",
      perMonth: 100,
      recommendedPerMonth: 150,
      savingPerMonth: -50,
    });
    expect(costs({ hosts: -1 }, host).scenarioCost).toMatchObject({ recommendedPerMonth: 50, savingPerMonth: 50 });
    expect(costs({ hosts: -2 }, host).scenarioCost).toBeUndefined();
    const [two, three] = [costs({ hosts: 0 }), costs({ hosts: 1 })];
    const ofDisks = (response: CapacityResponse): number =>
      response.resources.reduce((sum, one) => {
        const outcome = "scenario" in one ? one.scenario : undefined;
        if (outcome === undefined || "refused" in outcome || outcome.cost === undefined) throw new Error(JSON.stringify(one));
        return sum + outcome.cost.recommendedPerMonth;
      }, 0);
    expect(two.scenarioCost?.recommendedPerMonth).toBeCloseTo(ofDisks(two), 6);
    expect(three.scenarioCost?.recommendedPerMonth).toBeCloseTo(1.5 * ofDisks(three), 6);
  });

  test("a price that does not fit what it is of is said", () => {
    expect(costs({ traffic: 2 }, { disk: { perMonth: 1, unit: "piece" } }).warnings).toEqual([
      "disk / on a and 1 more have no price: prices.disk is of a piece, and this is measured in bytes.",
    ]);
    expect(costs({ traffic: 2 }, { budget: { perMonth: 1, unit: "piece" } }).warnings).toEqual([]);
  });
});

describe("what more work for CPUs costs", () => {
  /** Three hosts of so many CPUs for ten days: each day's wave up to a peak, and once for five hours busier than that. */
  const costs = (scenario: Scenario, { servers = 1, peak = 0.59, once = 0 } = {}): CapacityResponse => {
    const random = randomSource(7);
    const timestamps = Array.from({ length: 10 * 24 }, (_, i) => START + i * HOUR);
    const busy = timestamps.map((_, i) => (peak - 0.02) * (0.6 + 0.4 * Math.sin((2 * Math.PI * i) / 24)) + 0.02 * random());
    const values = busy.map((value, i) => (i >= 100 && i < 105 ? Math.max(value, once) : value));
    const found = ["a", "b", "c"].map((host) =>
      judgeResource({
        resource: { kind: "cpu", name: `CPU on ${host}`, labels: { host_name: host }, query: "used", unit: "ratio", limit: 0.9, servers },
        history: { timestamps, values },
        hosts: 3,
        random: randomSource(1),
        scenario,
      }),
    );
    const settings = { currency: "EUR", prices: { cpu: { perMonth: 10, unit: "core" } }, resources: [] };
    const request = { startMs: START, endMs: timestamps.at(-1) ?? 0, hosts: 3, scenario, settings, warnings: [] };
    return capacityResponse([{ resources: found.flatMap((one) => one ?? []), left: [], warnings: [] }], request);
  };
  const then = (...of: Parameters<typeof costs>): number => costs(...of).scenarioCost?.recommendedPerMonth ?? 0;

  test("is that of as many as it takes: where requests would queue without end nothing is saved", () => {
    expect(then({ traffic: 1 })).toBe(30);
    expect(then({ traffic: 1.2 })).toBe(30);
    const [more, fewer] = [costs({ traffic: 1.7 }), costs({ traffic: 1.15, hosts: -1 })];
    for (const { resources } of [more, fewer])
      expect(resources[0]).toMatchObject({ scenario: { text: expect.stringContaining("queue without end") as string } });
    expect(more.scenarioCost).toMatchObject({ perMonth: 30, recommendedPerMonth: 60 });
    expect(fewer.scenarioCost).toMatchObject({ perMonth: 30, recommendedPerMonth: 40 });
    // 98% of the limit is too near to it.
    expect(then({ hosts: -1 })).toBe(40);
  });

  test("of what was busy for once, and bore it, is as much more as the work", () => {
    const once = { servers: 60, peak: 0.6, once: 0.97 };
    expect(then({ traffic: 1 }, once)).toBe(1800);
    expect(then({ traffic: 1.05 }, once)).toBe(3 * 10 * 63);
    const rising = [1, 1.05, 1.2, 1.5, 2].map((traffic) => then({ traffic }, once));
    for (const [i, one] of rising.entries()) expect(one).toBeGreaterThan(rising[i - 1] ?? 0);
  });
});

describe("what lies within another is paid for with it", () => {
  const DISK = { kind: "disk", unit: "bytes", ofMachine: true } as const;
  const MEMORY = { kind: "memory", unit: "bytes" } as const;
  /** Of what is half full: what has which price, and what lies within which. */
  const paid = (given: readonly (Pick<JudgedResource, "kind" | "name" | "labels" | "limit"> & Partial<JudgedResource>)[]) => {
    const timestamps = Array.from({ length: 10 * 24 }, (_, i) => START + i * HOUR);
    const resources = given.flatMap(
      (one) =>
        judgeResource({
          resource: { query: "used", unit: "bytes", ...one, limit: one.limit * GIB },
          history: { timestamps, values: timestamps.map((_, i) => GIB * (0.2 * one.limit + 0.001 * (i % 7))) },
          hosts: 2,
          random: randomSource(1),
          scenario: { hosts: 0 },
        }) ?? [],
    );
    const settings = {
      currency: "EUR",
      prices: { disk: { perMonth: 1, unit: "GiB" }, memory: { perMonth: 10, unit: "GiB" } },
      resources: [],
    };
    const request = { startMs: START, endMs: timestamps.at(-1) ?? 0, hosts: 2, scenario: { hosts: 0 }, settings, warnings: [] };
    const response = capacityResponse([{ resources, left: [], warnings: [] }], request);
    const costs = response.resources.flatMap(({ cost }) => cost ?? []);
    expect(response.savingPerMonth).toBeCloseTo(
      costs.reduce((sum, cost) => sum + cost.savingPerMonth, 0),
      6,
    );
    expect(response.scenarioCost?.recommendedPerMonth).toBeCloseTo(response.costPerMonth - response.savingPerMonth, 6);
    expect(response.warnings).toEqual([]);
    return {
      perMonth: Math.round(response.costPerMonth),
      within: Object.fromEntries(response.resources.flatMap(({ name, within }) => (within === undefined ? [] : [[name, within]]))),
      texts: response.resources.map(costText),
    };
  };
  const node = (instance: string, host: string) =>
    ({ ...MEMORY, name: `memory on ${instance}`, labels: { instance, job: "node" }, host, ofMachine: true, limit: 16 }) as const;

  test("a container's limit with its node's memory, by name, by address, or where it names none", () => {
    const container = (name: string, labels: Labels) => ({ ...MEMORY, name, labels: { container: "app", ...labels }, limit: 4 });
    const { perMonth, within } = paid([
      container("by address", { instance: "10.0.0.2:10250" }),
      container("by name", { instance: "kubelet", node: "node-1.example.com" }),
      container("by none", { pod: "cart" }),
      container("at localhost", { instance: "localhost:8080" }),
      // A pod without a machine of its own beside it is paid for by itself.
      container("elsewhere", { instance: "10.0.9.9:10250" }),
      { ...MEMORY, name: "declared", labels: {}, limit: 2 },
      node("10.0.0.1:9100", "node-1"),
      node("10.0.0.2:9100", "node-2"),
    ]);
    expect(within).toEqual({
      "by address": "memory on 10.0.0.2:9100",
      "by name": "memory on 10.0.0.1:9100",
      "by none": "memory on 10.0.0.1:9100",
      "at localhost": "memory on 10.0.0.1:9100",
    });
    expect(perMonth).toBe(10 * (16 + 16 + 4 + 2));
  });

  test("each mount point of one device with the largest, and a file server's export whoever mounts it", () => {
    const mount = (instance: string, mountpoint: string, device: string, limit: number, fstype = "ext4") => ({
      ...DISK,
      name: `disk ${mountpoint} on ${instance}`,
      labels: { instance, mountpoint, device, fstype },
      limit,
    });
    const { perMonth, within, texts } = paid([
      mount("a", "/var/lib/docker", "/dev/sda1", 100),
      mount("a", "/", "/dev/sda1", 100),
      mount("a", "/home/quota", "/dev/sda1", 10, "xfs"),
      mount("b", "/", "/dev/sda1", 100),
      mount("a", "/share", "nas:/export", 500, "nfs4"),
      mount("b", "/mnt", "nas:/export", 500, "nfs4"),
      mount("mac", "/", "/dev/disk3s1s1", 200, "apfs"),
      mount("mac", "/System/Volumes/Data", "/dev/disk3s5", 200, "apfs"),
      mount("a", "/x", "none", 3, "other"),
      mount("a", "/y", "none", 3, "other"),
    ]);
    expect(within).toEqual({
      "disk /var/lib/docker on a": "disk / on a",
      "disk /home/quota on a": "disk / on a",
      "disk /share on a": "disk /mnt on b",
      "disk /System/Volumes/Data on mac": "disk / on mac",
    });
    expect(perMonth).toBe(100 + 100 + 500 + 200 + 6);
    expect(texts).toContain("within disk / on a");
  });

  test("what a database tells of its disk with the disk of that size of its machine", () => {
    const disk = (name: string, labels: Labels, limit: number, ofMachine?: true) => ({
      kind: "disk" as const,
      name,
      labels,
      limit,
      ...(ofMachine === undefined ? {} : { ofMachine }),
    });
    const { perMonth, within } = paid([
      disk("data", { instance: "10.0.0.1:9100", mountpoint: "/data", device: "/dev/sdb" }, 95, true),
      disk("root", { instance: "10.0.0.1:9100", mountpoint: "/", device: "/dev/sda" }, 20, true),
      disk("of the database", { instance: "exporter:9114", host: "10.0.0.1", mount: "/data" }, 100),
      disk("of another", { instance: "exporter:9114", host: "10.0.0.2", mount: "/data" }, 100),
    ]);
    expect(within).toEqual({ "of the database": "data" });
    expect(perMonth).toBe(95 + 20 + 100);
  });

  test("the same device by the same name on machines that other labels tell apart is two", () => {
    const root = (cluster: string) => ({
      ...DISK,
      name: `disk / in ${cluster}`,
      labels: { instance: "localhost:9100", cluster, mountpoint: "/", device: "/dev/sda1", fstype: "ext4" },
      limit: 100,
    });
    expect(paid([root("eu"), root("us")])).toMatchObject({ perMonth: 200, within: {} });
  });

  test("devices of machines that are only named alike are devices of their own; one that an agent and an exporter see is one", () => {
    const seen = (labels: Labels, host: string) => ({
      ...DISK,
      name: `disk on ${JSON.stringify(labels)}`,
      labels: { device: "/dev/vda", ...labels },
      host,
      limit: 10,
    });
    expect(
      paid([seen({ instance: "u1:9100", mountpoint: "/" }, "ubuntu"), seen({ instance: "u2:9100", mountpoint: "/" }, "ubuntu")]).perMonth,
    ).toBe(20);
    expect(paid([seen({ host_name: "vm", mountpoint: "/" }, "vm"), seen({ instance: "vm:9100", mountpoint: "/srv" }, "vm")]).perMonth).toBe(
      10,
    );
  });
});
