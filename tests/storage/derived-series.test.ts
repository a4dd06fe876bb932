import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { isRecording } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test, vi } from "vitest";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, type Fixture, batchOf, gauge, openShard } from "./shard-fixture.ts";

const SECOND = 1000;
const HOUR = 3_600_000;

/** Three hours of a wave, and at their end a jump; and a disk that fills by 1% an hour from 0.9. */
async function shardWithHistory(): Promise<Fixture> {
  const shard = openShard(new NodeDatabase(), { now: NOON - 3 * HOUR, evaluation: createEvaluation });
  for (let t = NOON - 3 * HOUR; t <= NOON; t += 15 * SECOND) {
    shard.now = t;
    const jump = t > NOON - 15 * SECOND ? 50 : 0;
    const elapsed = t - NOON + 3 * HOUR;
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(
        gauge({ __name__: "cpu", host: "a" }, [[t, 40 + 2 * Math.sin(elapsed / 9000) + jump]]),
        gauge({ __name__: "cpu", host: "b" }, [[t, 40 + 2 * Math.cos(elapsed / 9000)]]),
        gauge({ __name__: "disk", host: "a" }, [[t, 0.9 + (0.01 * elapsed) / HOUR]]),
      ),
    );
  }
  return shard;
}

function ask(
  shard: Fixture,
  query: string,
  startMs = shard.now,
  stepMs = 0,
): readonly { labels: Readonly<Record<string, string>>; values: readonly number[] }[] {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const result = evaluate(parsed.value, { startMs, endMs: shard.now, stepMs }, (request) => shard.core.reads.select(request));
  if (!result.ok) throw new Error(result.error.message);
  const { value } = result.value;
  if (value.type === "vector") return value.samples.map((sample) => ({ labels: sample.labels, values: [sample.value] }));
  return value.type === "matrix" ? value.series.map((series) => ({ labels: series.labels, values: [...series.values] })) : [];
}

test("the anomaly score of a series is a series, with its labels and its name as metric", async () => {
  const shard = await shardWithHistory();
  const scores = ask(shard, 'sightline:anomaly_score{metric="cpu"}');
  expect(scores.map(({ labels }) => [labels["metric"], labels["host"]])).toEqual([
    ["cpu", "a"],
    ["cpu", "b"],
  ]);
  expect(scores[0]?.values[0]).toBeGreaterThan(0.7);
  expect(scores[1]?.values[0]).toBeLessThan(0.5);
  expect(ask(shard, 'sightline:anomaly_score{metric=~"cp.",host="b"}')).toHaveLength(1);
  const [lower] = ask(shard, 'sightline:expected_lower{metric="cpu",host="b"}');
  const [upper] = ask(shard, 'sightline:expected_upper{metric="cpu",host="b"}');
  expect(lower?.values[0]).toBeLessThan(40);
  expect(upper?.values[0]).toBeGreaterThan(40);
});

test("every matcher on metric holds", async () => {
  const shard = await shardWithHistory();
  const metrics = (query: string): readonly (string | undefined)[] => ask(shard, query).map(({ labels }) => labels["metric"]);
  expect(metrics('sightline:anomaly_score{metric=~"cpu|disk",metric!="cpu"}')).toEqual(["disk"]);
  expect(metrics('sightline:expected_lower{host="a",metric=~".*",metric=~".*p.*"}')).toEqual(["cpu"]);
});

test("an anomaly of a moment ago is not missed", async () => {
  const shard = await shardWithHistory();
  shard.now += 15 * SECOND;
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", host: "a" }, [[shard.now, 40]])));
  const [past] = ask(shard, 'max_over_time(sightline:anomaly_score{metric="cpu",host="a"}[1m])');
  expect(past?.values[0]).toBeGreaterThan(0.7);
});

test("of a series that has been suspect, what was said of each step lately is there", async () => {
  const shard = await shardWithHistory();
  for (let step = 1; step <= 8; step++) {
    shard.now += 15 * SECOND;
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", host: "a" }, [[shard.now, 40 + (step % 2)]])));
  }
  const [counted] = ask(shard, 'count_over_time(sightline:expected_upper{metric="cpu",host="a"}[2m])');
  expect(counted?.values[0]).toBe(8);
});

test("its past is judged anew from the samples", async () => {
  const shard = await shardWithHistory();
  const [past] = ask(shard, 'sightline:anomaly_score{metric="cpu",host="a"}', NOON - HOUR, 60 * SECOND);
  expect(past?.values.length).toBeGreaterThan(50);
  expect(past?.values.at(-1)).toBeGreaterThan(0.7);
});

test("what is derived is made anew for each range that is asked for, as it changes without a sample of its time", async () => {
  const shard = await shardWithHistory();
  const written = async (query: string): Promise<string> => {
    const range = { startMs: NOON - 60 * SECOND, endMs: NOON, stepMs: 15 * SECOND };
    const answer = await answerQuery(shard.core.reads, { query, ...range }, () => Promise.resolve());
    return answer.ok ? new TextDecoder().decode(answer.value) : answer.error.message;
  };
  const score = 'sightline:anomaly_score{metric="cpu",host="b"}';
  expect(await written(score)).toContain('"values":[[');
  vi.spyOn(shard.core.evaluation, "expectedRanges").mockImplementation(function* (series) {
    yield* [];
    return series.map((labels) => ({ labels, t: [NOON], expected: [1], lower: [1], upper: [2], score: [0.25] }));
  });
  expect(await written(score)).toContain('"0.25"]');
  expect(await written(`${score} > 0`)).toContain('"0.25"]');
});

test("without a metric named what is kept is there: the newest steps of series in the rich tier, and what was told of any", async () => {
  const shard = await shardWithHistory();
  const all = ask(shard, "sightline:anomaly_score");
  expect(all.map(({ labels }) => `${labels["metric"]} ${labels["host"]}`).toSorted()).toEqual(["cpu a", "cpu b", "disk a"]);
  for (const { labels, values } of all) {
    const { metric, host } = labels;
    expect(ask(shard, `sightline:anomaly_score{metric="${metric}",host="${host}"}`)[0]?.values).toEqual(values);
  }
  expect(ask(shard, 'sightline:expected_upper{host="b"}')).toHaveLength(1);
});

test("one must say of which metric a crossing or a change is asked, and which threshold", async () => {
  const shard = await shardWithHistory();
  expect(() => ask(shard, "sightline:forecast_crossing_seconds")).toThrow(/say of which/);
  expect(() => ask(shard, "sightline:change_since_deploy_ratio")).toThrow(/say of which/);
  expect(() => ask(shard, 'sightline:forecast_crossing_seconds{metric="disk"}')).toThrow(/threshold/);
});

test("when a threshold will be crossed is a series: a disk that fills by 1% an hour is at 94% in an hour", async () => {
  const shard = await shardWithHistory();
  const [crossing] = ask(shard, 'sightline:forecast_crossing_seconds{metric="disk",threshold="0.94"}');
  expect(crossing?.labels).toMatchObject({ metric: "disk", host: "a", threshold: "0.94" });
  expect(crossing?.values[0]).toBeGreaterThan(1800);
  expect(crossing?.values[0]).toBeLessThan(5400);
  expect(ask(shard, 'sightline:forecast_crossing_seconds{metric="cpu",threshold="500"}')).toEqual([]);
});

test("by which share a series changed with the newest deploy of its service is a series; 0 when by no more than chance", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON - 2 * HOUR, evaluation: createEvaluation });
  const deployAt = NOON - HOUR;
  const wobble = (i: number): number => ((i * 7919) % 101) / 101 - 0.5;
  for (let t = NOON - 2 * HOUR; t <= NOON; t += 15 * SECOND) {
    shard.now = t;
    const i = t / (15 * SECOND);
    const slower = t >= deployAt ? 0.15 : 0;
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(
        gauge({ __name__: "lat_seconds", service_name: "shop", host_name: "a" }, [[t, 0.3 + slower + 0.02 * wobble(i)]]),
        gauge({ __name__: "lat_seconds", service_name: "shop", host_name: "b" }, [[t, 0.3 + 0.02 * wobble(i + 9)]]),
        gauge({ __name__: "lat_seconds", service_name: "other", host_name: "a" }, [[t, 0.3 + slower]]),
      ),
    );
  }
  const query = 'sightline:change_since_deploy_ratio{metric="lat_seconds"}';
  expect(ask(shard, query)).toEqual([]);
  await shard.core.configure({ version: 1, groups: [], slos: [], deploys: [{ service: "shop", at: deployAt }] });
  const [first, second, ...more] = ask(shard, query);
  expect(first).toMatchObject({ labels: { host_name: "a", metric: "lat_seconds" }, values: [expect.closeTo(0.5, 1)] });
  expect(second).toMatchObject({ labels: { host_name: "b" }, values: [0] });
  expect(more).toEqual([]);
  await shard.core.configure({ version: 2, groups: [], slos: [], deploys: [{ service: "shop", at: NOON - 26 * HOUR }] });
  expect(ask(shard, query)).toEqual([]);
});

test("the time of day is no change since a deploy, where the day before is known", async () => {
  const shard = openShard(new NodeDatabase(), { evaluation: createEvaluation });
  const deployAt = NOON - 3 * HOUR;
  const steps = Array.from({ length: 32 * 60 }, (_, i) => NOON - (32 * 60 - 1 - i) * 60 * SECOND);
  const ofDay = (t: number): number => 0.1 * (1 + 0.4 * Math.sin((2 * Math.PI * (t - NOON)) / (24 * HOUR)) + ((t / 1000) % 7) / 100);
  const latency = (host: string, slower: number) =>
    gauge(
      { __name__: "lat_seconds", service_name: "shop", host_name: host },
      steps.map((t) => [t, ofDay(t) * (t >= deployAt ? slower : 1)]),
    );
  await shard.core.appendBatch(CONTEXT, batchOf(latency("a", 1), latency("b", 1.2)));
  await shard.core.configure({ version: 1, groups: [], slos: [], deploys: [{ service: "shop", at: deployAt }] });
  expect(ask(shard, 'sightline:change_since_deploy_ratio{metric="lat_seconds"}')).toMatchObject([
    { labels: { host_name: "a" }, values: [0] },
    { labels: { host_name: "b" }, values: [expect.closeTo(0.2, 1)] },
  ]);
});

test("rules in the short form stand on them", async () => {
  const shard = await shardWithHistory();
  const file = `
- { alert: Odd, metric: cpu, condition: anomaly }
- { alert: Filling, metric: disk, condition: forecast_crossing, threshold: 0.94, within: 3h }
- { alert: FillingLater, metric: disk, condition: forecast_crossing, threshold: 0.94, within: 10m }
`;
  const groups = parseRuleFile(file);
  if (!groups.ok) throw new Error(groups.error.message);
  expect(groups.value[0]?.rules.every((rule) => !isRecording(rule))).toBe(true);
  await shard.core.configure({ version: 1, groups: groups.value, slos: [] });
  await shard.core.tick(shard.now);
  const firing = shard.core.evaluation.active().map(({ rule, labels }) => `${rule} ${labels["host"] ?? ""}`);
  expect(firing.toSorted()).toEqual(["Filling a", "Odd a"]);
  expect(shard.core.evaluation.faults()).toEqual([]);
});

test.each([2, 7, 30])("a rule on anomalies judges what is told of samples that come %d min late, once", async (minutes) => {
  const late = minutes * 60 * SECOND;
  const shard = openShard(new NodeDatabase(), { now: NOON - 3 * HOUR, evaluation: createEvaluation });
  const groups = parseRuleFile("[{ alert: Odd, metric: cpu, condition: anomaly }]");
  if (!groups.ok) throw new Error(groups.error.message);
  await shard.core.configure({ version: 1, groups: groups.value, slos: [] });
  const firing: number[] = [];
  for (let t = NOON - 3 * HOUR; t <= NOON + 300 * SECOND; t += 15 * SECOND) {
    shard.now = t;
    const jump = t - late > NOON - HOUR - 15 * SECOND && t - late <= NOON - HOUR ? 50 : 0;
    const value = 40 + 2 * Math.sin((t - late) / 9000) + jump;
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", host: "a" }, [[t - late, value]])));
    await shard.core.tick(t);
    if (shard.core.evaluation.active().some(({ to }) => to === "firing")) firing.push(t - (NOON - HOUR) - late);
  }
  expect(firing[0]).toBeLessThanOrEqual(15 * SECOND);
  expect(firing.at(-1)).toBeLessThanOrEqual(90 * SECOND);
  expect(shard.core.evaluation.faults()).toEqual([]);
});

test.each([
  [0, 0],
  [0, 5],
  [7, 0],
])(
  "an alert on an anomaly goes on as long as that is open, of samples %d min late, after %d min and over a restart",
  async (minutes, waits) => {
    const late = minutes * 60 * SECOND;
    const database = new NodeDatabase();
    let shard = openShard(database, { now: NOON - 3 * HOUR, evaluation: createEvaluation });
    const groups = parseRuleFile(`[{ alert: Odd, metric: cpu, condition: anomaly, cooldown: 0s, for: ${waits}m }]`);
    if (!groups.ok) throw new Error(groups.error.message);
    await shard.core.configure({ version: 1, groups: groups.value, slos: [] });
    const [from, until] = [NOON - HOUR, NOON - HOUR / 2];
    const firing: number[] = [];
    for (let t = NOON - 3 * HOUR; t <= NOON + late; t += 15 * SECOND) {
      const at = t - late;
      if (at === from + HOUR / 4) shard = openShard(database, { now: t, evaluation: createEvaluation });
      shard.now = t;
      const value = 40 + 2 * Math.sin(at / 9000) + (at > from && at <= until ? 50 : 0);
      await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", host: "a" }, [[at, value]])));
      await shard.core.tick(t);
      if (shard.core.evaluation.active().some(({ to }) => to === "firing")) firing.push(at);
      if (at === until) expect(ask(shard, 'sightline:anomaly_open{metric="cpu"}')[0]?.values[0]).toBeGreaterThan(0.7);
    }
    const firesBy = from + (waits + 1) * 60 * SECOND;
    const steps = (until - firesBy) / (15 * SECOND);
    expect(firing[0]).toBeGreaterThan(from + waits * 60 * SECOND);
    expect(firing[0]).toBeLessThanOrEqual(firesBy);
    expect(firing.slice(0, steps)).toEqual(Array.from({ length: steps }, (_, i) => (firing[0] ?? 0) + i * 15 * SECOND));
    expect(firing.at(-1)).toBeLessThanOrEqual(until + 600 * SECOND);
    expect(ask(shard, 'sightline:anomaly_open{metric="cpu"}')[0]?.values).toEqual([0]);
    expect(shard.core.evaluation.faults()).toEqual([]);
  },
);

test("a series that is sampled once a minute has no gap in between for a rule on its anomalies, and one when it stops", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON - 4 * HOUR, evaluation: createEvaluation });
  const groups = parseRuleFile("[{ alert: Odd, metric: cpu, condition: anomaly }]");
  if (!groups.ok) throw new Error(groups.error.message);
  await shard.core.configure({ version: 1, groups: groups.value, slos: [] });
  const gaps: number[] = [];
  let firing = 0;
  for (let t = NOON - 4 * HOUR; t <= NOON; t += 15 * SECOND) {
    // The rule is evaluated before the minute's sample has come.
    shard.now = t + 500;
    await shard.core.tick(shard.now);
    const value = 40 + 2 * Math.sin(t / 900_000) + (t > NOON - HOUR ? 50 : 0);
    const [alert] = shard.core.evaluation.active().filter(({ to }) => to === "firing");
    if (alert !== undefined) firing++;
    if (alert?.gapSince !== undefined) gaps.push(t);
    if (t % (60 * SECOND) === 0 && t <= NOON - HOUR / 3)
      await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "cpu", host: "a" }, [[t, value]])));
  }
  expect(firing).toBeGreaterThan(100);
  expect(gaps[0]).toBeGreaterThan(NOON - HOUR / 3 + 60 * SECOND);
  expect(gaps.length).toBeGreaterThan(20);
});
