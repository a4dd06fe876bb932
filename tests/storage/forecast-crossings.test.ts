import { expect, test } from "vitest";
import { inSteps } from "../../worker/src/query/query-source.ts";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { ForecastCrossings } from "../../worker/src/query/forecast-crossings.ts";
import type { QuerySource } from "../../worker/src/query/query-source.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, Sender, batchOf, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
const LABELS = { __name__: "disk_used", host: "a" };

test("what a forecast of a crossing promised is compared with what came, and the next is made knowing it", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  // A disk that fills by 1 a minute for six hours and stands still from then on.
  const filling = (minute: number): number => 500 + Math.min(0, minute) + 0.2 * Math.sin(minute);
  const samples = (from: number, to: number): [number, number][] =>
    Array.from({ length: to - from }, (_, i): [number, number] => [NOON + (from + i) * MINUTE, filling(from + i)]);
  await post(shard.core, sender.hello(), sender.frame(1, { series: [gauge(LABELS, samples(-360, 1))] }));
  const asked: SelectRequest[] = [];
  const source: QuerySource = {
    now: () => NOON,
    profile: shard.core.reads.profile,
    select: (request) => {
      asked.push(request);
      return shard.core.reads.select(request);
    },
  };
  const crossings = new ForecastCrossings(source);
  const [first] = crossings.of([LABELS], 560, NOON);
  expect(first).toBeGreaterThan(NOON + 40 * MINUTE);
  expect(first).toBeLessThan(NOON + 90 * MINUTE);
  // Another threshold of the same series needs no other forecast.
  asked.length = 0;
  expect(crossings.of([LABELS], 530, NOON)[0]).toBeLessThan(first ?? NaN);
  expect(asked).toEqual([]);

  shard.now = NOON + 4 * HOUR;
  await post(shard.core, sender.hello(), sender.frame(2, { series: [gauge(LABELS, samples(1, 241))] }));
  crossings.of([LABELS], 560, NOON + 4 * HOUR);
  const looked = asked.filter(({ startMs, endMs }) => endMs - startMs === 5 * MINUTE && endMs > NOON && endMs < NOON + 4 * HOUR);
  // At a twelfth, a quarter, five and seven twelfths of six hours.
  expect(looked.map(({ endMs }) => Math.round((endMs - NOON) / HOUR / 0.5) * 0.5)).toEqual([0.5, 1.5, 2.5, 3.5]);
});

const HOSTS = Array.from({ length: 12 }, (_, k) => `h${k}`);
const DAY = 24 * HOUR;

/** Six hours of disks that fill by 1 a minute. */
async function fill(shard: Fixture, hosts: readonly string[]): Promise<void> {
  const series = hosts.map((host) =>
    gauge(
      { __name__: "disk_used", host },
      Array.from({ length: 361 }, (_, i): [number, number] => [NOON + (i - 360) * MINUTE, 140 + i + 0.2 * Math.sin(i)]),
    ),
  );
  await shard.core.appendBatch(CONTEXT, batchOf(...series));
}

const request = (threshold: string): SelectRequest => ({
  matchers: [
    { name: "__name__", op: "=", value: "sightline:forecast_crossing_seconds" },
    { name: "metric", op: "=", value: "disk_used" },
    { name: "threshold", op: "=", value: threshold },
  ],
  startMs: NOON - 5 * MINUTE,
  endMs: NOON,
});

const answer = async (
  shard: Fixture,
  query: string,
): Promise<{ readonly data: { readonly result: unknown[] }; readonly infos?: string[] }> => {
  const result = await answerQuery(shard.core.reads, { query, startMs: NOON, endMs: NOON, stepMs: 0 }, () => Promise.resolve());
  if (!result.ok) throw new Error(result.error.message);
  return JSON.parse(new TextDecoder().decode(result.value)) as Awaited<ReturnType<typeof answer>>;
};

test("the first query has the crossings of every series", async () => {
  const shard = openShard(new NodeDatabase());
  await fill(shard, HOSTS);
  const { data } = await answer(shard, `sightline:forecast_crossing_seconds{metric="disk_used",threshold="600"}`);
  expect(data.result).toHaveLength(12);
});

test("where no crossing is found because the samples reach back less than a month, the answer says how far it looked", async () => {
  const shard = openShard(new NodeDatabase());
  await fill(shard, ["a"]);
  const { data, infos } = await answer(shard, `sightline:forecast_crossing_seconds{metric="disk_used",threshold="5000"}`);
  expect(data.result).toEqual([]);
  expect(infos).toEqual([
    "No crossing of 5000 within what is forecast. There are samples of 6 h, and a forecast reaches no further ahead than they reach back.",
  ]);
});

test.each([
  ["a ratio, at one", "used_ratio", 1, (share: number) => share],
  ["a percentage, at a hundred", "used_percent", 100, (share: number) => 100 * share],
  ["what is left, at nothing", "free_bytes", 0, (share: number) => 1e11 * (1 - share)],
])("what fills is told to be full, as %s, though it is not forecast beyond", async (_, name, threshold, valueOf) => {
  const shard = openShard(new NodeDatabase());
  const samples = Array.from({ length: 361 }, (__, i): [number, number] => [
    NOON + (i - 360) * MINUTE,
    valueOf(0.7 + (0.2 * i) / 360 + 0.0002 * Math.sin(i)),
  ]);
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: name }, samples)));
  const { data, infos } = await answer(shard, `sightline:forecast_crossing_seconds{metric="${name}",threshold="${threshold}"} / 60`);
  const minutes = (data.result[0] as { value: [number, string] } | undefined)?.value[1];
  expect(Number(minutes)).toBeGreaterThan(150);
  expect(Number(minutes)).toBeLessThan(240);
  expect(infos).toBeUndefined();
});

test("a newest sample that is no number is on no side of a threshold: the last number is", async () => {
  const shard = openShard(new NodeDatabase());
  const samples = Array.from({ length: 361 }, (_, i): [number, number] => [
    NOON + (i - 360) * MINUTE,
    i === 360 ? Number.NaN : 140 + i + 0.2 * Math.sin(i),
  ]);
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "queue" }, samples)));
  const { data } = await answer(shard, `sightline:forecast_crossing_seconds{metric="queue",threshold="560"} / 60`);
  const minutes = (data.result[0] as { value: [number, string] } | undefined)?.value[1];
  expect(Number(minutes)).toBeGreaterThan(40);
  expect(Number(minutes)).toBeLessThan(90);
});

test.each([
  ["what is always at it", "1", () => 1],
  ["what is limited to it", "100", (i: number) => (i > 355 ? 100 : 99 + 0.5 * Math.sin(i * i))],
])("%s crosses no threshold", async (_, threshold, valueAt) => {
  const shard = openShard(new NodeDatabase());
  const samples = Array.from({ length: 361 }, (__, i): [number, number] => [NOON + (i - 360) * MINUTE, valueAt(i)]);
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "standing" }, samples)));
  const { data } = await answer(shard, `sightline:forecast_crossing_seconds{metric="standing",threshold="${threshold}"}`);
  expect(data.result).toEqual([]);
});

test.each([
  ["380", 1],
  ["385", 1.5],
  ["491", 12.1],
])("a line of daily samples, 370 today and 10 more a day, is on %s when it is: in %d days", async (threshold, days) => {
  const shard = openShard(new NodeDatabase());
  const points = Array.from({ length: 28 }, (_, i): [number, number] => [NOON + (i - 27) * 24 * HOUR, 100 + 10 * i]);
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "disk_used", host: "a" }, points)));
  await inSteps(shard.core.reads.forecastFor(request(threshold), new Pace()), () => Promise.resolve());
  const [found] = shard.core.reads.select(request(threshold));
  expect((found?.values[0] ?? 0) / 86_400).toBeCloseTo(days, 1);
});

test("a disk that is full in twelve days is told where its samples reach back for two weeks", async () => {
  const shard = openShard(new NodeDatabase());
  const points = Array.from({ length: 20 * 24 + 1 }, (_, i): [number, number] => [NOON + (i - 480) * HOUR, 100 + i + 0.2 * Math.sin(i)]);
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "disk_used", host: "a" }, points)));
  await inSteps(shard.core.reads.forecastFor(request("868"), new Pace()), () => Promise.resolve());
  const [found] = shard.core.reads.select(request("868"));
  expect((found?.values[0] ?? 0) / 86_400).toBeCloseTo(12, 0);
});

test("a series without a forecast yet is not one that crosses nothing: what cannot be told is refused", async () => {
  const shard = openShard(new NodeDatabase());
  await fill(shard, HOSTS);
  expect(() => shard.core.reads.select(request("600"))).toThrow("10 of 12 series have no forecast yet; alerts stay as they are");
});

test("what is refused a forecast says so, and its last one stands for a day where samples are missing", async () => {
  const shard = openShard(new NodeDatabase());
  await fill(shard, ["a"]);
  let left = Infinity;
  const fewer = (series: SelectedSeries): SelectedSeries => ({
    ...series,
    timestamps: series.timestamps.slice(-left),
    values: series.values.slice(-left),
  });
  const source: QuerySource = {
    now: () => shard.now,
    profile: shard.core.reads.profile,
    select: (asked) => shard.core.reads.select(asked).map((series) => (left === Infinity ? series : fewer(series))),
  };
  const crossings = new ForecastCrossings(source);
  const [first] = crossings.of([LABELS], 560, NOON);
  expect(first).toBeGreaterThan(NOON);
  left = 5;
  for (const hours of [2, 20]) expect(crossings.of([LABELS], 560, NOON + hours * HOUR)).toEqual([first]);
  expect(crossings.reasons([LABELS], 560)).toEqual([]);
  expect(crossings.of([LABELS], 560, NOON + 25 * HOUR)).toEqual([null]);
  expect(crossings.reasons([LABELS], 560).join()).toMatch(/disk_used\{host="a"\} has no forecast: .*sample/);
  const anew = new ForecastCrossings(source);
  expect(anew.of([LABELS], 560, NOON)).toEqual([null]);
  expect(anew.reasons([LABELS], 560).join()).toContain("has no forecast");
});

/** One group that asks when disks fill, with `more` rules. */
function rulesOfDisks(more = "") {
  const groups = parseRuleFile(`
groups:
  - name: disks
    interval: 10s
    rules:
      - { alert: WillFill, expr: 'sightline:forecast_crossing_seconds{metric="disk_used",threshold="600"} < 7200' }
${more}
`);
  if (!groups.ok) throw new Error(groups.error.message);
  return groups.value;
}

test("alerts on crossings go on over a restart, and no series is forecast for it", async () => {
  const database = new NodeDatabase();
  const groups = rulesOfDisks();
  const shard = openShard(database, { evaluation: createEvaluation });
  await fill(shard, HOSTS);
  await shard.core.configure({ version: 1, groups: groups, slos: [] });
  await shard.core.tick(NOON);
  await shard.core.deliverOutbox();
  expect(shard.delivered.map(({ to }) => to)).toEqual(HOSTS.map(() => "firing"));

  const again = openShard(database, { evaluation: createEvaluation, now: NOON + MINUTE });
  // Without the samples nothing could be forecast; what was made is there.
  const missing = { ...request("600"), startMs: NOON - 4 * MINUTE, endMs: NOON + MINUTE };
  expect(again.core.reads.select(missing)).toHaveLength(12);
  await again.core.tick(NOON + MINUTE);
  await again.core.deliverOutbox();
  expect(again.delivered).toEqual([]);
  expect(again.core.evaluation.active()).toHaveLength(12);

  // After a day without it they are too old to say anything, and are made before the rules are evaluated.
  const late = openShard(database, { evaluation: createEvaluation, now: NOON + DAY });
  expect(() => late.core.reads.select({ ...missing, endMs: NOON + DAY, startMs: NOON + DAY - MINUTE })).toThrow("no forecast yet");
});

test("a rule that is refused its forecasts fails by itself: the others of its group are evaluated", async () => {
  const groups = rulesOfDisks("      - { alert: Used, expr: 'count(disk_used) > 50' }");
  const shard = openShard(new NodeDatabase(), { evaluation: createEvaluation });
  await fill(
    shard,
    Array.from({ length: 51 }, (_, k) => `h${k}`),
  );
  await shard.core.configure({ version: 1, groups: groups, slos: [] });
  await shard.core.tick(NOON);
  await shard.core.deliverOutbox();
  expect(shard.delivered.map(({ rule }) => rule)).toEqual(["Used"]);
  expect(shard.core.evaluation.faults()).toMatchObject([
    { name: "WillFill", message: "51 series are to be forecast, at most 50; ask for fewer" },
  ]);
});
