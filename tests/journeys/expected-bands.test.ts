import type { AnomaliesResponse } from "@sightline/shared/api/responses";
import { SUSPECT } from "@sightline/shared/anomaly/alarm-gate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { ingest, raw } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";

const STEP = 10_000;
const HOUR = 3_600_000;
let stack: Stack;
let end = 0;

beforeAll(async () => {
  stack = await startStack({ args: ["--no-agent"] });
  end = Math.floor(Date.now() / STEP) * STEP;
  const random = randomSource(9);
  const metrics = Array.from({ length: 720 }, (_, i) => ({
    name: "queue_depth",
    type: "gauge",
    value: (i < 700 ? 20 : 60) + 3 * random(),
    timestamp: end - (719 - i) * STEP,
  }));
  expect(await (await ingest(stack, metrics)).json()).toMatchObject({ accepted: 720, rejected: [] });
}, 120_000);

afterAll(async () => {
  await stack.stop();
  discard(stack);
});

it("sightline:anomaly_score and sightline:expected_lower/upper are the very points of /v1/anomalies, and what is told there had that score", async () => {
  const told = await stack.json<AnomaliesResponse>(`/v1/anomalies?query=queue_depth&start=${end - HOUR}&end=${end}&bands=1`);
  const [range] = told.ranges ?? [];
  if (range === undefined) throw new Error("no range");
  expect(range.t.length).toBeGreaterThan(50);
  for (const [name, column] of [
    ["sightline:anomaly_score", range.score],
    ["sightline:expected_lower", range.lower],
    ["sightline:expected_upper", range.upper],
  ] as const) {
    const known = new Map(range.t.map((t, i) => [t, column[i]]));
    // Of the last minutes what was said is remembered; further back it is judged anew.
    for (const window of ["9m", "55m"]) {
      const [series] = await raw(stack, `${name}{metric="queue_depth"}[${window}]`, end / 1000);
      expect(series?.metric, name).toEqual({ __name__: name, metric: "queue_depth" });
      expect(series?.values.length, `${name}[${window}]`).toBeGreaterThan(40);
      for (const [seconds, value] of series?.values ?? [])
        expect(Number(value), `${name} at ${seconds}`).toBeCloseTo(known.get(Math.round(seconds * 1000)) ?? Number.NaN, 9);
    }
  }
  expect(told.anomalies.length).toBeGreaterThan(0);
  for (const { t, score } of told.anomalies) expect(range.score[range.t.indexOf(t)], `at ${t}`).toBeCloseTo(score, 9);
  // At the least suspect where the level moved.
  const suspects = range.t.filter((_, i) => (range.score[i] ?? 0) >= SUSPECT);
  expect(suspects.some((t) => t > end - 20 * STEP)).toBe(true);
});
