import { expect, test } from "vitest";
import { knownBounds } from "../../worker/src/query/known-bounds.ts";
import type { QuerySource } from "../../worker/src/query/query-source.ts";

test("an expression that is no single metric is not looked through for long: a pattern takes the square of its length", () => {
  const at = { nowMs: 0, lookbackMs: 0 };
  const boundsOf = (query: string) => knownBounds({} as QuerySource, query, at)([0.5]);
  expect(boundsOf("avg(busy_ratio)")).toEqual({ lower: 0, upper: 1 });
  expect(boundsOf(`busy_ratio{host=~"${"host-|".repeat(1000)}"}`)).toEqual({ lower: 0, upper: 1 });
  expect(boundsOf(`busy_ratio${" ".repeat(64_000)}`)).toBeUndefined();
});
