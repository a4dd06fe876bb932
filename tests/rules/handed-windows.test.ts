import { expect, test } from "vitest";
import { HandedWindows } from "../../worker/src/rules/streaming/handed-windows.ts";
import { FURTHEST_MS } from "../../worker/src/rules/streaming/rule-reach.ts";

test("what another shard had of a series is freed when no window reaches back to it", () => {
  const windows = new HandedWindows();
  for (const ref of [0, 1]) windows.add(ref, { times: Float64Array.of(0, 60_000 * (ref + 1)), values: Float64Array.of(1, 1) });
  windows.expire(60_000 + FURTHEST_MS);
  expect([...windows].map(([ref]) => ref)).toEqual([0, 1]);
  windows.expire(60_001 + FURTHEST_MS);
  expect([...windows].map(([ref]) => ref)).toEqual([1]);
  windows.expire(Number.MAX_SAFE_INTEGER);
  expect([...windows]).toEqual([]);
});
