import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { TrendResponse } from "@sightline/shared/api/analyses";
import type { ForecastResponse } from "@sightline/shared/api/responses";
import { randomSource } from "../bench/anomaly-generator.ts";
import { ingest } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Kind {
  readonly name: string;
  readonly count: number;
  readonly stepMs: number;
  readonly value: (i: number) => number;
  /** Ms by which a sample comes early. */
  readonly early?: (i: number) => number;
}

const random = randomSource(77);
const KINDS: readonly Kind[] = [
  { name: "one", count: 1, stepMs: MINUTE, value: () => 5 },
  { name: "two", count: 2, stepMs: MINUTE, value: (i) => 5 + i },
  { name: "constant", count: 240, stepMs: MINUTE, value: () => 42 },
  { name: "nothing", count: 240, stepMs: MINUTE, value: () => 0 },
  { name: "huge", count: 240, stepMs: MINUTE, value: (i) => 1e300 * (1 + 0.3 * Math.sin(i / 10)) },
  { name: "largest", count: 240, stepMs: MINUTE, value: (i) => (i % 2 === 0 ? 1.7e308 : -1.7e308) },
  { name: "tiny", count: 240, stepMs: MINUTE, value: (i) => 1e-300 * (1 + 0.3 * Math.sin(i / 10)) },
  { name: "least", count: 240, stepMs: MINUTE, value: (i) => 5e-324 * (i % 7) },
  { name: "both", count: 240, stepMs: MINUTE, value: (i) => (i % 50 === 0 ? 1e300 : 1e-300) },
  { name: "integers", count: 240, stepMs: MINUTE, value: (i) => Math.round(3 + 2 * Math.sin(i / 10)) },
  { name: "resets_total", count: 240, stepMs: MINUTE, value: (i) => (i * 7) % 400 },
  { name: "signs", count: 240, stepMs: MINUTE, value: (i) => (i % 60 < 30 ? 4 : -4) },
  { name: "irregular", count: 240, stepMs: MINUTE, value: (i) => 20 + i / 10, early: () => random() * 50 * SECOND },
  { name: "seconds", count: 300, stepMs: SECOND, value: (i) => 10 + i / 100 },
  { name: "days", count: 28, stepMs: DAY, value: (i) => 100 + i },
  { name: "bursts", count: 240, stepMs: MINUTE, value: () => (random() < 0.03 ? 50 : 0) },
  { name: "gaps", count: 240, stepMs: MINUTE, value: (i) => (i % 120 < 20 ? i : NaN) },
  { name: "jump", count: 240, stepMs: MINUTE, value: (i) => (i < 200 ? 10 : 1000) },
  { name: "explosion", count: 240, stepMs: MINUTE, value: (i) => Math.exp(i / 3) },
  { name: "below_zero", count: 240, stepMs: MINUTE, value: (i) => -100 - i },
];
/** Runs of what is no number come from expressions: no sender of JSON can write them. */
const EXPRESSIONS = [...KINDS.map(({ name }) => `odd_${name}`), "sqrt(odd_signs)", "odd_signs / 0", "rate(odd_resets_total[5m])"];

function samplesOf({ name, count, stepMs, value, early }: Kind, now: number): Record<string, unknown>[] {
  const type = name.endsWith("_total") ? "counter" : "gauge";
  const samples = Array.from({ length: count }, (_, i) => ({
    name: `odd_${name}`,
    type,
    value: value(i),
    timestamp: now - (count - 1 - i) * stepMs - Math.floor(early?.(i) ?? 0),
  })).filter((sample) => Number.isFinite(sample.value));
  const limit = Math.min(1.7e308, 2 * Math.max(...samples.map((sample) => Math.abs(sample.value)), 5e-324));
  const limits = samples.map(({ timestamp }) => ({ name: `odd_${name}_limit`, type: "gauge", value: limit, timestamp }));
  return type === "counter" ? samples : [...samples, ...limits];
}

/** Of every refusal in an answer, however deep. */
function reasonsIn(answer: unknown): string[] {
  if (typeof answer !== "object" || answer === null) return [];
  if ("refused" in answer) return reasonsIn(answer.refused);
  if ("reason" in answer && typeof answer.reason === "string") return [answer.reason];
  return Object.values(answer).flatMap(reasonsIn);
}

describe("series that are hardly any, through the whole stack", () => {
  let stack: Stack;
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await stack.request(path);
    const text = await answer.text();
    expect(answer.status, `${path}: ${text}`).toBe(200);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    const told = JSON.parse(text) as T;
    for (const reason of reasonsIn(told)) expect(reason.length).toBeGreaterThan(20);
    return told;
  };
  const forecastOf = async (query: string, horizon = "1h") => {
    const [series] = (await ask<ForecastResponse>(`/v1/forecast?query=${encodeURIComponent(query)}&horizon=${horizon}`)).series;
    if (series === undefined) throw new Error(`no answer for ${query}`);
    return series;
  };
  const trendOf = async (query: string, window = "6h") => {
    const [series] = (await ask<TrendResponse>(`/v1/trend?query=${encodeURIComponent(query)}&window=${window}`)).series;
    if (series === undefined) throw new Error(`no answer for ${query}`);
    return series;
  };

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent"] });
    const now = Math.floor(Date.now() / MINUTE) * MINUTE;
    const metrics = KINDS.flatMap((kind) => samplesOf(kind, now)).toSorted((a, b) => Number(a["timestamp"]) - Number(b["timestamp"]));
    const answer = await ingest(stack, metrics);
    expect(await answer.json()).toMatchObject({ accepted: metrics.length, rejected: [] });
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
    discard(stack);
  });

  test.each(EXPRESSIONS)("%s is forecast with ordered intervals, or refused in words", async (query) => {
    for (const horizon of ["1h", "30d"]) {
      const series = await forecastOf(query, horizon);
      if ("refused" in series) continue;
      expect(series.points.length).toBeGreaterThan(0);
      for (const { mean, lo80, hi80, lo95, hi95 } of series.points) {
        expect([lo95, lo80, mean, hi80, hi95].every(Number.isFinite)).toBe(true);
        expect([lo95, lo80, mean, hi80, hi95]).toEqual([lo95, lo80, mean, hi80, hi95].toSorted((a, b) => a - b));
      }
    }
  });

  test.each(EXPRESSIONS)("%s has a trend whose interval is about its slope, or is refused in words", async (query) => {
    for (const window of ["6h", "90d"]) {
      const [series] = (await ask<TrendResponse>(`/v1/trend?query=${encodeURIComponent(query)}&window=${window}`)).series;
      if (series === undefined || "refused" in series) continue;
      const { value, lower, upper } = series.slope.perHour;
      expect(lower).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(upper);
      expect(series.summary.length).toBeGreaterThan(20);
    }
  });

  it("capacity judges each that has a limit, or says why not", async () => {
    const { resources } = await ask<{ resources: readonly { name: string; refused?: unknown; saturation?: unknown }[] }>(
      "/v1/capacity?window=6h",
    );
    const odd = resources.filter(({ name }) => name.includes("odd_"));
    expect(odd.length).toBeGreaterThan(10);
    for (const resource of odd) expect("refused" in resource || "saturation" in resource).toBe(true);
  });

  it("one sample is refused by name", async () => {
    expect(await forecastOf("odd_one")).toMatchObject({
      refused: { code: "too_short", reason: expect.stringMatching(/is 1 sample/) as string },
    });
  });

  it("a constant stays, huge and tiny values keep their size, a counter goes on over its resets", async () => {
    const last = async (query: string): Promise<number> => {
      const series = await forecastOf(query);
      if ("refused" in series) throw new Error(series.refused.reason);
      return series.points.at(-1)?.mean ?? NaN;
    };
    expect(await last("odd_constant")).toBeCloseTo(42, 6);
    expect((await last("odd_huge")) / 1e300).toBeCloseTo(1, 0);
    expect((await last("odd_tiny")) / 1e-300).toBeCloseTo(1, 0);
    expect(await last("odd_resets_total")).toBeGreaterThan(((239 * 7) % 400) + 350);
  });

  it("samples a day apart are enough after three weeks, also for an hour ahead", async () => {
    for (const [horizon, after] of [
      ["30d", 10],
      ["1h", 0],
    ] as const) {
      const series = await forecastOf("odd_days", horizon);
      if ("refused" in series) throw new Error(series.refused.reason);
      expect(series.points.at(-1)?.mean).toBeGreaterThan(126 + after);
      expect(series.points.at(-1)?.mean).toBeLessThan(160);
    }
  });

  it("after a jump the next step is not promised to a hair", async () => {
    const series = await forecastOf("odd_jump");
    if ("refused" in series) return;
    const [first] = series.points;
    expect(first?.lo95).toBeLessThanOrEqual(1000);
    expect(first?.hi95).toBeGreaterThanOrEqual(1000);
  });

  it("the trend of a jump names it, and that of an exact line claims no season", async () => {
    const jump = await trendOf("odd_jump");
    if ("refused" in jump) throw new Error(jump.refused.reason);
    expect(jump.changePoints).toHaveLength(1);
    expect(jump.changePoints[0]).toMatchObject({ kind: "level" });
    const line = await trendOf("odd_below_zero");
    if ("refused" in line) throw new Error(line.refused.reason);
    expect(line.seasons).toEqual([]);
    expect(line.direction).toBe("falling");
  });
});
