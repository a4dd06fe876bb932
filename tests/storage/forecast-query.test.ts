import { assert, describe, expect, test } from "vitest";
import type { ForecastPoint, ForecastSeries } from "@sightline/shared/model/forecast";
import type { MetricType } from "@sightline/shared/model/metric";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

/** A slow wave of samples until noon. */
async function forecastOf(
  samples: { readonly every: number; readonly count: number },
  horizonMs: number,
  query = "temperature",
): Promise<ForecastSeries> {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const wave = Array.from({ length: samples.count }, (_, index): [number, number] => {
    const t = NOON - (samples.count - 1 - index) * samples.every;
    return [t, 20 + Math.sin(t / (20 * samples.every))];
  });
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "temperature" }, wave)] }));
  const answer = forecastQuery(core.reads, query, horizonMs, NOON);
  assert(answer.ok, answer.ok ? "" : answer.error.message);
  const [series] = answer.value;
  assert(series !== undefined);
  return series;
}

const SECOND = 1000;

/** An hour ahead of ten hours a minute apart. */
async function noisyForecast(
  name: string,
  { type, unit }: { readonly type: MetricType; readonly unit: string },
  valueAt: (index: number) => number,
  query = name,
): Promise<readonly ForecastPoint[]> {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const samples = Array.from({ length: 600 }, (_, index): [number, number] => [NOON - (599 - index) * MINUTE, valueAt(index)]);
  const series = gauge({ __name__: name }, samples);
  await post(core, sender.hello(), sender.frame(1, { series: [{ ...series, metadata: { type, unit, help: "" } }] }));
  const answer = forecastQuery(core.reads, query, 60 * MINUTE, NOON);
  assert(answer.ok);
  const [forecast] = answer.value;
  assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
  return forecast.points;
}

describe("a forecast takes its step from the samples", () => {
  test("half a minute of samples every second is enough, and is continued for as long", async () => {
    const series = await forecastOf({ every: SECOND, count: 31 }, 5 * MINUTE);
    assert("points" in series, JSON.stringify(series));
    expect(series.points[0]?.t).toBe(NOON + SECOND);
    expect(series.points.at(-1)?.t).toBe(NOON + 30 * SECOND);
    expect(series.shortened).toBe("There are samples of 30 s, and a forecast reaches no further ahead than they reach back.");
  });

  test("a series is forecast as it is alone, whichever others there are: by its own samples, and for no longer than it was seen", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const wobble = (i: number): number => ((i * 7919) % 101) / 101 - 0.5;
    const old = Array.from({ length: 28 * 288 }, (_, i): [number, number] => [NOON - i * 5 * MINUTE, 50 + wobble(i)]).toReversed();
    const young = Array.from({ length: 600 }, (_, i): [number, number] => [NOON - (599 - i) * 10 * SECOND, 50 + i / 10 + wobble(i)]);
    const series = [old, young].map((samples, i) => gauge({ __name__: "level", host_name: ["old", "young"][i] ?? "" }, samples));
    await post(core, sender.hello(), sender.frame(1, { series }));
    for (const horizonMs of [60 * MINUTE, 360 * MINUTE, 1440 * MINUTE]) {
      const [both, alone] = ["level", 'level{host_name="young"}'].map((query) => {
        const answer = forecastQuery(core.reads, query, horizonMs, NOON);
        assert(answer.ok, JSON.stringify(answer));
        const found = answer.value.find(({ labels }) => labels["host_name"] === "young");
        assert(found !== undefined && "points" in found, JSON.stringify(answer.value));
        return found;
      });
      assert(both !== undefined && alone !== undefined);
      const ends = [both, alone].map(({ points }) => points.at(-1));
      expect(Math.abs((ends[0]?.t ?? 0) - (ends[1]?.t ?? 0))).toBeLessThan(5 * MINUTE);
      expect(Math.abs((ends[0]?.mean ?? 0) - (ends[1]?.mean ?? 0))).toBeLessThan(15);
      expect(both.shortened === undefined).toBe(alone.shortened === undefined);
    }
  });

  test("hourly samples are continued from the newest, whenever in the hour it came and is asked for", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    // Five minutes past the hour, give or take some seconds; one more each hour.
    const samples = Array.from({ length: 300 }, (_, i): [number, number] => [
      NOON + 5 * MINUTE - (299 - i) * 60 * MINUTE + ((i * 7919) % 20) * SECOND,
      100 + i,
    ]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    for (const minutes of [6, 39, 64]) {
      const answer = forecastQuery(core.reads, "level", 180 * MINUTE, NOON + minutes * MINUTE);
      const [forecast] = answer.ok ? answer.value : [];
      assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
      expect(forecast.last).toBe(399);
      for (const { t, mean } of forecast.points) expect(Math.abs(mean - 399 - (t - NOON - 5 * MINUTE) / (60 * MINUTE))).toBeLessThan(0.1);
    }
  });

  test("a series that has been silent for some steps is forecast from now on, as far ahead as was asked", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 600 }, (_, i): [number, number] => [NOON - (649 - i) * MINUTE, 20 + Math.sin(i / 20)]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    for (const horizon of [60 * MINUTE, 240 * MINUTE]) {
      const answer = forecastQuery(core.reads, "level", horizon, NOON);
      const [forecast] = answer.ok ? answer.value : [];
      assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
      expect(forecast.points[0]?.t).toBeGreaterThan(NOON);
      expect(forecast.points[0]?.t).toBeLessThan(NOON + 10 * MINUTE);
      expect(Math.abs((forecast.points.at(-1)?.t ?? 0) - NOON - horizon)).toBeLessThan(10 * MINUTE);
      expect(forecast.checkpoints.every((t) => t > NOON)).toBe(true);
    }
  });

  test.each([14, 24.1, 36, 47])("of daily samples, the newest %s hours old, two days from now are told", async (hours) => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 28 }, (_, i): [number, number] => [NOON - hours * 60 * MINUTE - (27 - i) * 1440 * MINUTE, 20 + i]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    const answer = forecastQuery(core.reads, "level", 2 * 1440 * MINUTE, NOON);
    const [forecast] = answer.ok ? answer.value : [];
    assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
    expect(forecast.points[0]?.t).toBeGreaterThan(NOON);
    expect(Math.abs((forecast.points.at(-1)?.t ?? 0) - NOON - 2 * 1440 * MINUTE)).toBeLessThanOrEqual(720 * MINUTE);
  });

  test("a sensor's slip to 1e300 is not forecast, and does not widen the intervals of what is", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 1440 }, (_, index): [number, number] => [
      NOON - (1439 - index) * MINUTE,
      index === 1340 ? 1e300 : 5 + Math.sin(index * index),
    ]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    const answer = forecastQuery(core.reads, "level", 60 * MINUTE, NOON);
    assert(answer.ok);
    const [forecast] = answer.value;
    assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
    for (const { mean, hi95 } of forecast.points) {
      expect(Math.abs(mean - 5)).toBeLessThan(1);
      expect(hi95).toBeLessThan(10);
    }
  });

  test("a job that runs every half hour is a mean with its scatter, in forecast and trend, not what is seen at full hours", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 7 * 1440 }, (_, index): [number, number] => {
      const t = NOON - (7 * 1440 - 1 - index) * MINUTE;
      return [t, (t / MINUTE) % 30 === 0 ? 100 : 1];
    });
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "workers" }, samples)] }));
    const answer = forecastQuery(core.reads, "workers", 1440 * MINUTE, NOON);
    assert(answer.ok);
    const [forecast] = answer.value;
    assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
    expect(forecast.labels).toMatchObject({ __name__: "workers" });
    expect(forecast.shortened).toBeUndefined();
    const mean = forecast.points.reduce((sum, point) => sum + point.mean / forecast.points.length, 0);
    expect(mean).toBeGreaterThan(3.3);
    expect(mean).toBeLessThan(5.3);
    // A job that ran is within what is expected of most points, though their mean is far below it.
    expect(forecast.points.every(({ lo95, hi95 }) => lo95 <= 1 && hi95 > 20)).toBe(true);
    const trend = trendQuery(core.reads, { query: "workers", startMs: NOON - 7 * 1440 * MINUTE, endMs: NOON });
    assert(trend.ok);
    expect(trend.value.series[0]).toMatchObject({
      labels: { __name__: "workers" },
      slope: { perDay: { value: expect.closeTo(0, 1) as number } },
    });
  });

  test("a rate, whose first value comes late, is forecast too", async () => {
    const series = await forecastOf({ every: SECOND, count: 40 }, MINUTE, "avg_over_time(temperature[1m])");
    expect(series).toHaveProperty("points");
  });

  test("fewer than twenty samples are refused with their true number", async () => {
    const series = await forecastOf({ every: SECOND, count: 8 }, 5 * MINUTE);
    assert("refused" in series);
    expect(series.refused.code).toBe("too_short");
    expect(series.refused.reason).toMatch(/There are 8 samples; a forecast needs at least 20/);
  });

  test("minutes are not taken for seconds: five samples a minute apart are five samples", async () => {
    const series = await forecastOf({ every: MINUTE, count: 5 }, 5 * MINUTE);
    assert("refused" in series);
    expect(series.refused.reason).toMatch(/There are 5 samples/);
  });

  test("three hours of samples give the whole horizon in steps fit for it", async () => {
    const series = await forecastOf({ every: 10 * SECOND, count: 1080 }, 30 * MINUTE);
    assert("points" in series);
    expect(series.points.at(-1)?.t).toBeGreaterThanOrEqual(NOON + 29.5 * MINUTE);
    expect(series.points.at(-1)?.t).toBeLessThanOrEqual(NOON + 30 * MINUTE);
    expect(series.points.length).toBeGreaterThanOrEqual(12);
    expect(series.points.length).toBeLessThanOrEqual(200);
  });

  test("an hour ahead of hourly samples is told from as many days as it takes", async () => {
    const series = await forecastOf({ every: 60 * MINUTE, count: 120 }, 60 * MINUTE);
    assert("points" in series, JSON.stringify(series));
    expect(series.points[0]?.t).toBe(NOON + 60 * MINUTE);
  });

  test("a single sample is refused with its name", async () => {
    const series = await forecastOf({ every: MINUTE, count: 1 }, 60 * MINUTE);
    assert("refused" in series);
    expect(series.refused.reason).toMatch(/There is 1 sample;/);
    expect(series.labels).toMatchObject({ __name__: "temperature" });
  });

  test.each([["gauge"], ["unknown"]] as const)(
    "what goes up and down is no counter for its name, whether its type is known or %s",
    async (type) => {
      const points = await noisyForecast("queue_count", { type, unit: "" }, (index) => 200 + Math.round(20 * Math.sin(index * index)));
      for (const { mean } of points) expect(Math.abs(mean - 200)).toBeLessThan(25);
    },
  );

  test("a counter of whatever name is joined over its resets", async () => {
    const points = await noisyForecast("node_netstat_Tcp_InSegs", { type: "counter", unit: "" }, (index) => (index * 5) % 2000);
    for (const { lo95 } of points) expect(lo95).toBeGreaterThanOrEqual((599 * 5) % 2000);
  });

  test("a ratio that lies outside of 0 and 1 is not forced within", async () => {
    const points = await noisyForecast("compression_ratio", { type: "gauge", unit: "" }, (index) => 3.5 + 0.1 * Math.sin(index * index));
    for (const { mean, lo95, hi95 } of points) {
      expect(Math.abs(mean - 3.5)).toBeLessThan(0.2);
      expect(hi95).toBeGreaterThan(lo95);
    }
  });

  test.each([
    ["a ratio by its name", "busy_ratio", "busy_ratio", "", 1],
    ["a ratio by its declared unit", "busy", "busy", "ratio", 1],
    ["a percentage by its name", "cpu1_percent", "cpu1_percent{}", "", 100],
    ["a percentage by its declared unit", "cpu", "avg(cpu)", "percent", 100],
    ["what a percentage lacks of all", "cpu_percent", "100 - cpu_percent", "", 100],
    ["a sum of one ratio", "used_ratio", "sum by (host_name) (used_ratio)", "", 1],
  ])("%s stays between nothing and all", async (_, name, query, unit, whole) => {
    const points = await noisyForecast(
      name,
      { type: "gauge", unit },
      (index) => whole * Math.abs(Math.sin(index / 40 + Math.sin(index))),
      query,
    );
    for (const { lo95, hi95 } of points) {
      expect(lo95).toBeGreaterThanOrEqual(0);
      expect(hi95).toBeLessThanOrEqual(whole);
    }
  });

  test("a sum of several ratios is not forced below one, nor what is taken for one by its values", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const rising = Array.from({ length: 40 }, (_, i): [number, number] => [NOON - (39 - i) * MINUTE, 0.25 + 0.0055 * i + 1e-4 * (i % 3)]);
    const series = ["a", "b"].map((host_name) => gauge({ __name__: "used_ratio", host_name }, rising));
    await post(core, sender.hello(), sender.frame(1, { series }));
    const highest = (query: string): number => {
      const answer = forecastQuery(core.reads, query, 30 * MINUTE, NOON);
      const [found] = answer.ok ? answer.value : [];
      assert(found !== undefined && "points" in found, JSON.stringify(answer));
      return Math.max(...found.points.map(({ mean }) => mean));
    };
    expect(highest("sum(used_ratio)")).toBeGreaterThan(1.1);
    expect(highest("sum by (host_name) (used_ratio)")).toBeLessThan(0.7);
  });

  test("whether a sum is of single ratios is looked up once, however many series it gives", async () => {
    const selectsOf = async (hosts: number): Promise<number> => {
      const { core } = openShard(new NodeDatabase());
      const sender = new Sender();
      const samples = Array.from({ length: 40 }, (_, i): [number, number] => [NOON - (39 - i) * MINUTE, 0.25 + 0.1 * Math.sin(i)]);
      const series = Array.from({ length: hosts }, (_, host) => gauge({ __name__: "used_ratio", host_name: `h${host}` }, samples));
      await post(core, sender.hello(), sender.frame(1, { series }));
      const { reads } = core;
      let selects = 0;
      const select: typeof reads.select = (request) => {
        selects++;
        return reads.select(request);
      };
      const counted = new Proxy(reads, { get: (of, name) => (name === "select" ? select : (Reflect.get(of, name, of) as unknown)) });
      const answer = forecastQuery(counted, "sum by (host_name) (used_ratio)", 30 * MINUTE, NOON);
      assert(answer.ok && answer.value.length === hosts);
      return selects;
    };
    expect(await selectsOf(8)).toBe(await selectsOf(1));
  });

  test("a percentage of several cores is not forced below a hundred", async () => {
    const points = await noisyForecast("cpu_percent", { type: "gauge", unit: "" }, (index) => 150 + 10 * Math.sin(index * index));
    for (const { mean } of points) expect(mean).toBeGreaterThan(120);
  });

  test.each([3, 5, 15])("a jump %d minutes ago is seen a day ahead, in a step that is not over", async (ago) => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const now = NOON + 7 * MINUTE;
    const valueAt = (t: number): number => (t > now - ago * MINUTE ? 160 : 100) + 3 * Math.sin((t / MINUTE) ** 2);
    const samples = Array.from({ length: 4 * 1440 }, (_, i) => now - (4 * 1440 - 1 - i) * MINUTE).map((t): [number, number] => [
      t,
      valueAt(t),
    ]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    const answer = forecastQuery(core.reads, "level", 1440 * MINUTE, now);
    assert(answer.ok);
    const [series] = answer.value;
    assert(series !== undefined && "points" in series, JSON.stringify(series));
    expect(series.last).toBeCloseTo(valueAt(now), 6);
    // Of the next hour on: before that the newest value has a say.
    for (const { mean, lo95, hi95 } of series.points.filter(({ t }) => t > now + 60 * MINUTE)) {
      expect(lo95).toBeLessThan(103);
      expect(mean).toBeGreaterThan(140);
      expect(hi95).toBeGreaterThan(160);
    }
  });

  test.each([
    ["ten times as large", 1000, 0, "level"],
    ["nothing", 0, 0, "level"],
    ["ten times as large, of a sum", 1000, 0, "sum(level)"],
    ["nothing, and silence for three minutes", 0, 3, "level"],
  ])("one newest sample that is %s moves no forecast by much", async (_, odd, silentMinutes, query) => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const newest = NOON - silentMinutes * MINUTE;
    const samples = Array.from({ length: 4 * 2880 }, (__, i): [number, number] => [
      newest - (4 * 2880 - 1 - i) * 30 * SECOND,
      i === 4 * 2880 - 1 ? odd : 100 + 0.5 * Math.sin(i * i),
    ]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    for (const horizonMs of [60 * MINUTE, 360 * MINUTE, 1440 * MINUTE]) {
      const answer = forecastQuery(core.reads, query, horizonMs, NOON);
      assert(answer.ok);
      const [series] = answer.value;
      assert(series !== undefined && "points" in series, JSON.stringify(series));
      expect(series.last).toBe(odd);
      for (const { mean } of series.points) expect(Math.abs(mean - 100)).toBeLessThan(0.15 * Math.abs(odd - 100));
    }
  });

  test.each([
    ["runs of NaN", (i: number) => (i % 100 < 3 ? Number.NaN : 20)],
    ["one infinite value", (i: number) => (i === 2680 ? Infinity : 20)],
    ["the newest infinite", (i: number) => (i === 2879 ? -Infinity : 20)],
  ])("%s among the samples leaves the intervals finite and in order", async (_, valueAt) => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 2880 }, (__, i): [number, number] => [NOON - (2879 - i) * MINUTE, valueAt(i) + Math.sin(i * i)]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "level" }, samples)] }));
    for (const horizonMs of [60 * MINUTE, 360 * MINUTE, 1440 * MINUTE]) {
      const answer = forecastQuery(core.reads, "level", horizonMs, NOON);
      assert(answer.ok);
      const [series] = answer.value;
      assert(series !== undefined && "points" in series, JSON.stringify(series));
      expect(Number.isFinite(series.last)).toBe(true);
      for (const { lo95, lo80, mean, hi80, hi95 } of series.points) {
        expect([lo95, lo80, mean, hi80, hi95].every(Number.isFinite)).toBe(true);
        expect(lo95 <= lo80 && lo80 <= mean && mean <= hi80 && hi80 <= hi95).toBe(true);
      }
    }
  });

  test("a series that fell silent is not continued from where it ended", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 200 }, (_, index): [number, number] => [NOON - 600 * MINUTE + index * MINUTE, index]);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "gone" }, samples)] }));
    const answer = forecastQuery(core.reads, "gone", 30 * MINUTE, NOON);
    assert(answer.ok);
    expect(answer.value).toMatchObject([
      {
        labels: { __name__: "gone" },
        refused: { code: "too_gappy", reason: expect.stringMatching(/^Its newest sample is 6 h \d+ min old/) as string },
      },
    ]);
  });

  test("what is sampled every quarter of an hour is forecast beside what is sampled every minute, as an expression too", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const room = (name: string, every: number, count: number) =>
      gauge(
        { __name__: "room", name },
        Array.from({ length: count }, (_, i): [number, number] => {
          const t = NOON - (count - 0.5 - i) * every;
          return [t, 20 + Math.sin(t / (240 * MINUTE)) + ((i * 7919) % 101) / 1000];
        }),
      );
    await post(core, sender.hello(), sender.frame(1, { series: [room("fast", MINUTE, 2880), room("slow", 15 * MINUTE, 1920)] }));
    for (const query of ["room", "room * 1"]) {
      const answer = forecastQuery(core.reads, query, 1440 * MINUTE, NOON);
      assert(answer.ok);
      expect(answer.value.map((one) => `${one.labels["name"]}: ${"points" in one}`).toSorted()).toEqual(["fast: true", "slow: true"]);
    }
  });
});
