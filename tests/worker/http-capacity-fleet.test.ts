import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";
import { told } from "./told-resource.ts";

const HOUR = 3_600_000;
const GIB = 2 ** 30;

it("more hosts take no connections off a database that is none of them", async () => {
  const admin = sendAs(await tokenOf("capacity-database", "admin"));
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const metrics = Array.from({ length: 96 }, (_, i) => {
    const timestamp = now - (95 - i) * HOUR;
    const asked = 100 + 60 * Math.sin((2 * Math.PI * i) / 24) + (i % 3);
    const gauge = (name: string, value: number, labels: Record<string, string> = {}) => ({ name, type: "gauge", labels, value, timestamp });
    return [
      gauge("shop_rps", asked),
      ...["web-1", "web-2"].map((host_name) => gauge("system_cpu_utilization_ratio", 0.7 - asked / 400, { host_name, cpu_mode: "idle" })),
      ...["pg-1:9187", "web-1:9187"].flatMap((instance) => [
        gauge("pg_stat_activity_count", Math.round(5 + asked / 2), { job: "pg", instance }),
        gauge("pg_settings_max_connections", 100, { job: "pg", instance }),
      ]),
    ];
  }).flat();
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const response = await (await admin(`/v1/capacity?end=${now}&kind=connections&demand=shop_rps&hosts=2`)).json<CapacityResponse>();
  expect(response.hosts).toBe(2);
  const peakThen = (name: string): number => {
    const { scenario } = told(response, name);
    return scenario === undefined || "refused" in scenario ? Number.NaN : scenario.peak;
  };
  expect(peakThen("connections pg on pg-1:9187")).toBeCloseTo(85, -1);
  expect(peakThen("connections pg on web-1:9187")).toBeCloseTo(45, -1);
});

it("of more disks than are read at a time, those that fill or are full are judged, and of the others the number is told", async () => {
  const admin = sendAs(await tokenOf("capacity-many", "admin"));
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const disk = (host: number, mountpoint: string, timestamp: number) => {
    const fills = host === 77 && mountpoint === "/data (1)";
    const labels = { host_name: `h-${host}`, system_filesystem_mountpoint: mountpoint };
    const used = { ...labels, system_filesystem_state: "used" };
    const value = (fills ? 60 - (now - timestamp) / HOUR : 50 + (host % 7)) * GIB;
    return [
      { name: "system_filesystem_usage_bytes", type: "gauge", labels: used, value, timestamp },
      { name: "system_filesystem_limit_bytes", type: "gauge", labels, value: 100 * GIB, timestamp },
    ];
  };
  const mounts = ["/", "/var", "/home", "/boot", "/data (1)"];
  for (let host = 0; host < 101; host += 20) {
    const hosts = Array.from({ length: Math.min(20, 101 - host) }, (_, i) => host + i);
    const times = Array.from({ length: 40 }, (_, i) => now - (39 - i) * HOUR);
    const metrics = hosts.flatMap((one) => mounts.flatMap((mount) => times.flatMap((time) => disk(one, mount, time))));
    expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  }
  const response = await (await admin(`/v1/capacity?end=${now}`)).json<CapacityResponse>();
  expect(response.left + response.resources.length).toBe(101 * mounts.length);
  expect(response.resources[0]?.name).toBe("disk /data (1) on h-77");
  expect(((told(response, "disk /data (1) on h-77").saturation.at ?? 0) - now) / HOUR).toBeCloseTo(40, -1);
});
