/** What is said of one time is the same whatever range is asked for, and whoever asks. */
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { expect, test } from "vitest";
import { anomaliesTold } from "./anomalies-told.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS = 4;
/** A metric of the agent about itself has no place in the rich tier. */
const RICH = "queue_depth";
const BASE = "sightline_agent_queue_depth";

/** Four days by the minute, the one with a jump of a quarter of an hour every 19 hours, each higher than those before. */
async function fourDays(): Promise<Fixture> {
  const start = NOON - DAYS * 24 * HOUR;
  const shard = openShard(new NodeDatabase(), { now: start, evaluation: createEvaluation });
  const wobble = (i: number): number => ((i * 7919) % 1009) / 1009 + ((i * 104_729) % 499) / 499;
  let points: [number, number][][] = [[], []];
  for (let t = start; t <= NOON; t += MINUTE) {
    const i = (t - start) / MINUTE;
    const usual = 50 + 8 * Math.sin((i * 2 * Math.PI) / 1440) + wobble(i);
    // To both sides in turn: what comes again on one is taken to be in the nature of the series.
    const jump = i > 600 && i % 1140 < 15 ? -60 * (-4) ** Math.floor(i / 1140) : 0;
    points[0]?.push([t, usual + jump]);
    points[1]?.push([t, usual]);
    if (i % 360 !== 0 && t < NOON) continue;
    shard.now = t;
    await shard.core.appendBatch(CONTEXT, batchOf(...[RICH, BASE].map((name, n) => gauge({ __name__: name, host: "a" }, points[n] ?? []))));
    points = [[], []];
  }
  return shard;
}

const said = (score: number | undefined, lower: number | undefined, upper: number | undefined): string => `${score} in ${lower}–${upper}`;

function bands(shard: Fixture, metric: string, startMs: number, endMs: number): ReturnType<typeof anomaliesTold> {
  return anomaliesTold(shard.core.reads, metric, startMs, endMs, true);
}

/** What `/v1/anomalies` says of the time. */
function shown(shard: Fixture, metric: string, t: number, startMs: number, endMs: number): string {
  const [range] = bands(shard, metric, startMs, endMs).ranges ?? [];
  const at = range?.t.indexOf(t) ?? -1;
  return said(range?.score[at], range?.lower[at], range?.upper[at]);
}

/** What PromQL says of the time, which is the last of the range. */
function queried(shard: Fixture, metric: string, t: number, startMs: number, stepMs: number): string {
  const [score, lower, upper] = ["anomaly_score", "expected_lower", "expected_upper"].map((name) => {
    const parsed = parseQuery(`sightline:${name}{metric="${metric}"}`);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const result = evaluate(parsed.value, { startMs, endMs: t, stepMs }, (request) => shard.core.reads.select(request));
    if (!result.ok) throw new Error(result.error.message);
    const { value } = result.value;
    if (value.type === "vector") return value.samples[0]?.value;
    return value.type === "matrix" ? value.series[0]?.values.at(-1) : undefined;
  });
  return said(score, lower, upper);
}

test.each([RICH, BASE])("of %s the same is said of a time in any range, by the API and by PromQL", async (metric) => {
  const shard = await fourDays();
  expect(shard.core.evaluation.rich()).toHaveLength(1);
  const times = [0, 2 * MINUTE, 7 * MINUTE, 2 * HOUR, 11 * HOUR, 12 * HOUR + MINUTE, 40 * HOUR, 61 * HOUR].map((back) => NOON - back);
  for (const t of times) {
    const first = shown(shard, metric, t, t, t);
    expect(first).not.toContain("undefined");
    for (const hours of [1, 6, 24, 48]) {
      expect(shown(shard, metric, t, t - hours * HOUR, Math.min(NOON, t + HOUR))).toBe(first);
      expect(queried(shard, metric, t, t - hours * HOUR, 5 * MINUTE)).toBe(first);
    }
    expect(queried(shard, metric, t, t, 0)).toBe(first);
  }
});

test("at the time of an anomaly is said what was told of it, in every answer", async () => {
  const shard = await fourDays();
  const { anomalies } = bands(shard, RICH, NOON - DAYS * 24 * HOUR, NOON);
  expect(anomalies.length).toBeGreaterThan(1);
  for (const { t, score, lower, upper } of anomalies) {
    const told = said(score, lower, upper);
    expect(shown(shard, RICH, t, t - HOUR, t)).toBe(told);
    expect(shown(shard, RICH, t, t - 30 * HOUR, NOON)).toBe(told);
    expect(queried(shard, RICH, t, t, 0)).toBe(told);
    expect(queried(shard, RICH, t, t - 6 * HOUR, MINUTE)).toBe(told);
  }
});

test("what has come since is judged on from where the day was judged to, as if it had come before", async () => {
  const shard = await fourDays();
  const asked = shown(shard, BASE, NOON - HOUR, NOON - 2 * HOUR, NOON - HOUR);
  const later = NOON + 5 * MINUTE;
  shard.now = later;
  await shard.core.appendBatch(
    CONTEXT,
    batchOf(
      gauge(
        { __name__: BASE, host: "a" },
        [1, 2, 3, 4, 5].map((i): [number, number] => [NOON + i * MINUTE, 50 + (i % 2)]),
      ),
    ),
  );
  const before = later - MINUTE;
  const goneOn = shown(shard, BASE, before, before - HOUR, later);
  expect(goneOn).not.toContain("undefined");
  expect(shown(shard, BASE, NOON - HOUR, NOON - HOUR, NOON)).toBe(asked);
  const afresh = openShard(new NodeDatabase(), { now: later, evaluation: createEvaluation });
  const [all] = shard.core.reads.select({ matchers: [{ name: "__name__", op: "=", value: BASE }], startMs: 0, endMs: later });
  const points = Array.from(all?.timestamps ?? [], (t, i): [number, number] => [t, all?.values[i] ?? 0]);
  await afresh.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: BASE, host: "a" }, points)));
  expect(shown(afresh, BASE, before, before, later)).toBe(goneOn);
});
