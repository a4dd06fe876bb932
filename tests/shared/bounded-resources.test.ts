import { expect, test } from "vitest";
import { joinKey, kindOfName, mayBelong, usedNamesOf } from "@sightline/shared/capacity/bounded-resources";

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

test("a lone limit is that of a lone use, unless their labels contradict each other", () => {
  expect(mayBelong({ __name__: "a", job: "x" }, { __name__: "b", job: "x", more: "y" })).toBe(true);
  expect(mayBelong({}, { tenant: "b" })).toBe(true);
  expect(mayBelong({ tenant: "a" }, { tenant: "b" })).toBe(false);
});
