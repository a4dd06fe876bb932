import { expect, test } from "vitest";
import { joinKey, kindOfName, usedNamesOf } from "@sightline/shared/capacity/bounded-resources";

test("a limit's name tells what may be used of it", () => {
  expect(usedNamesOf("pool_connections_limit")).toContain("pool_connections_used");
  expect(usedNamesOf("pool_connections_limit")).toContain("pool_connections");
  expect(usedNamesOf("cache_max_bytes")).toContain("cache_used_bytes");
  expect(usedNamesOf("requests_total")).toEqual([]);
  expect(kindOfName("cloud_spend_budget")).toBe("budget");
  expect(joinKey({ __name__: "a", state: "used", host: "h" }, ["state"])).toBe(joinKey({ __name__: "b", host: "h" }));
});
