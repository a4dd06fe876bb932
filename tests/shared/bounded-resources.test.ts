import { RESOURCE_RULES, joinKey, mayBelong } from "@sightline/shared/capacity/bounded-resources";
import { isNursery, kindOfName, mayBeUseOf, usedNamesOf } from "@sightline/shared/capacity/paired-names";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { expect, test } from "vitest";
import { StoredSeries } from "../rules/stored-series.ts";

test("a limit's name tells what may be used of it", () => {
  expect(usedNamesOf("pool_connections_limit")).toContain("pool_connections_used");
  expect(usedNamesOf("pool_connections_limit")).toContain("pool_connections");
  expect(usedNamesOf("cache_max_bytes")).toContain("cache_used_bytes");
  for (const name of ["disk_quota", "cloud_budget", "storage_capacity", "memory_max"])
    expect(usedNamesOf(`${name}_limit_bytes`)).toContain(`${name}_used_bytes`);
  expect(usedNamesOf("requests_total")).toEqual([]);
  expect(kindOfName("cloud_spend_budget")).toBe("budget");
  expect(joinKey({ __name__: "a", state: "used", host: "h" }, ["state"])).toBe(joinKey({ __name__: "b", host: "h" }));
});

test.each([
  ["rabbitmq_disk_space_available_limit_bytes", "a least that is to be left"],
  ["temperature_limit", "a height"],
  ["rack_temp_max_celsius", "a height"],
  ["battery_capacity", "what runs down"],
  ["app_disk_free_limit_bytes", "a least that is to be left"],
  ["v8js_memory_heap_limit_bytes", "the present size of a space"],
])("%s is %s, and no limit", (name) => {
  expect(usedNamesOf(name)).toEqual([]);
});

test.each([
  "room_temperature_max",
  "queue_depth_max",
  "node_zfs_arc_c_max",
  "system_load1_max",
  "disk_latency_seconds_max",
  "request_cost_max",
])("%s is the highest that was seen", (name) => {
  const base = name.replace(/_max$/, "");
  expect(usedNamesOf(name)).not.toContain(base);
  expect(usedNamesOf(name)).not.toContain(`${base}_count`);
});

test("of a pool its active connections are used, not all that it holds", () => {
  const names = usedNamesOf("hikaricp_connections_max");
  expect(names.indexOf("hikaricp_connections_active")).toBeLessThan(names.indexOf("hikaricp_connections"));
  expect(mayBeUseOf("hikaricp_connections", [10, 10, 10], 10)).toBe(false);
  expect(mayBeUseOf("hikaricp_connections_active", [10, 10, 10], 10)).toBe(true);
  expect(mayBeUseOf("pool_connections", [9, 10, 10], 10)).toBe(true);
  expect(mayBeUseOf("disk_used", [6e10, 5e10], 5e7)).toBe(false);
  expect(mayBeUseOf("tenant_storage_bytes", [1.2e11, 1.2e11], 1e11)).toBe(true);
  expect(mayBeUseOf("file_descriptors_count", [1024, 1024], 1024)).toBe(true);
});

test("the space in which the new is made is no room that fills", () => {
  expect(isNursery({ id: "Eden Space" })).toBe(true);
  expect(isNursery({ jvm_memory_pool_name: "G1 Survivor Space" })).toBe(true);
  expect(isNursery({ id: "Tenured Gen" })).toBe(false);
});

test("a lone limit is that of a lone use, unless their labels contradict each other", () => {
  expect(mayBelong({ __name__: "a", job: "x" }, { __name__: "b", job: "x", more: "y" })).toBe(true);
  expect(mayBelong({}, { tenant: "b" })).toBe(true);
  expect(mayBelong({ tenant: "a" }, { tenant: "b" })).toBe(false);
});

const MINUTE = 60_000;
const START = 1_800_000_000_000;

test.each([
  ["node_filesystem_size_bytes", "node_filesystem_free_bytes", 100, 200],
  ["node_filesystem_size_bytes", "node_filesystem_avail_bytes", 100, 200],
  ["node_filesystem_files", "node_filesystem_files_free", 100, 200],
  ["node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes", 100, 200],
  ["node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes", 200, 100],
])("what is used of %s does not change with it", (size, free, before, after) => {
  const stored = new StoredSeries();
  const labels = { instance: "a", fstype: "ext4" };
  for (let minute = 0; minute < 360; minute += 5) {
    const whole = minute < 175 ? before : after;
    const used = minute === 300 ? 82 : 80;
    stored.append({ __name__: size, ...labels }, START + minute * MINUTE, whole);
    stored.append({ __name__: free, ...labels }, START + minute * MINUTE, whole - used);
  }
  const rule = RESOURCE_RULES.find(({ used }) => used.startsWith(size));
  const query = parseQuery((rule?.peak ?? "").replaceAll("$step", "1h"));
  if (!query.ok) throw new Error(query.error.message);
  const found = evaluate(query.value, { startMs: START, endMs: START + 355 * MINUTE, stepMs: 60 * MINUTE }, stored.select);
  if (!found.ok || found.value.value.type !== "matrix") throw new Error("no range");
  expect([...(found.value.value.series[0]?.values ?? [])]).toEqual([80, 80, 80, 80, 80, 82]);
});
