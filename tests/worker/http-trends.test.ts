import type { CompareResponse, CorrelateResponse, TrendResponse } from "@sightline/shared/api/analyses";
import { describe, expect, it } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const STEP = 30_000;

/** An hour of two hosts: `a` fills at 600 bytes an hour, `b` stays; a counter that is reset midway; a load that `a` follows a minute later. */
async function projectWithHistory(project: string, shards = 1) {
  const admin = sendAs(await tokenOf(project, "admin"));
  if (shards > 1) expect((await admin("/v1/shards", json("PUT", { shards }))).status).toBe(200);
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  const start = end - 60 * MINUTE;
  const wobble = (i: number): number => ((i * 7919) % 101) / 101 - 0.5;
  for (const host of ["a", "b"]) {
    const metrics = Array.from({ length: 120 }, (_, i) => {
      const labels = { host_name: host };
      const timestamp = start + i * STEP;
      return [
        { name: "used_bytes", type: "gauge", labels, value: 1000 + (host === "a" ? i * 5 : 0) + wobble(i), timestamp },
        { name: "work_total", type: "counter", labels, value: 300 * (i % 60), timestamp },
        { name: "load", type: "gauge", labels, value: 10 * wobble(host === "a" ? i : i + 38), timestamp },
        { name: "follower", type: "gauge", labels, value: 5 * wobble(host === "a" ? i - 2 : i + 71), timestamp },
      ];
    }).flat();
    const sent = await admin("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": host },
    });
    expect(sent.status).toBe(200);
  }
  return { admin, start, end };
}

const times = ({ start, end }: { start: number; end: number }): string => `start=${start}&end=${end}`;

it("one sample has no trend, however often it is looked back on", async () => {
  const admin = sendAs(await tokenOf("trend-of-one", "admin"));
  const metrics = [{ name: "lonely", type: "gauge", labels: {}, value: 7, timestamp: Date.now() - 200_000 }];
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  for (const window of ["5m", "1h", "1d"]) {
    const { series } = await (await admin(`/v1/trend?query=lonely&window=${window}`)).json<TrendResponse>();
    expect(series, window).toMatchObject([
      { refused: { code: "too_short", reason: expect.stringContaining("There is 1 sample") as string } },
    ]);
  }
});

describe.each([1, 3])("over %d shards", (shards) => {
  it("GET /v1/trend tells which series rises, by how much an hour, and what a deploy changed", async () => {
    const history = await projectWithHistory(`trend-${shards}`, shards);
    const since = history.start + 30 * MINUTE;
    const answer = await history.admin(`/v1/trend?query=used_bytes&${times(history)}&since=${since}`);
    expect(answer.status).toBe(200);
    const { series, step } = await answer.json<TrendResponse>();
    expect(step).toBe(STEP);
    const of = (host: string) => series.find(({ labels }) => labels["host_name"] === host);
    const [rising, steady] = [of("a"), of("b")];
    if (rising === undefined || "refused" in rising || steady === undefined || "refused" in steady) throw new Error(JSON.stringify(series));
    expect(rising.direction).toBe("rising");
    expect(rising.slope.perHour.value).toBeCloseTo(600, -1);
    expect(rising.slope.perHour.lower).toBeLessThan(rising.slope.perHour.upper);
    expect(rising.sinceDeploy).toMatchObject({ verdict: "worse", before: { count: 60 } });
    expect(rising.summary).toMatch(/^Rising by/);
    const none = await history.admin(`/v1/trend?query=used_bytes&${times(history)}&since=deploy`);
    expect((await problemOf(none)).detail).toContain("no deploy in the range");
    await history.admin("/v1/deploys", json("POST", { service: "shop", version: "2", at: since }));
    const found = await history.admin(`/v1/trend?query=used_bytes&${times(history)}&since=deploy&service=shop`);
    expect((await found.json<TrendResponse>()).series).toEqual(series);
    expect(steady).toMatchObject({ direction: "steady", sinceDeploy: { verdict: "same" }, baselines: [] });
  });

  it("a counter is judged by its rate, over its resets", async () => {
    const history = await projectWithHistory(`trend-counter-${shards}`, shards);
    const { query, series } = await (await history.admin(`/v1/trend?query=work_total&${times(history)}`)).json<TrendResponse>();
    expect(query).toMatch(/^rate\(work_total\[/);
    const [first] = series;
    if (first === undefined || "refused" in first) throw new Error(JSON.stringify(series));
    expect(Math.abs(first.slope.perHour.value)).toBeLessThan(1);
  });

  it("GET /v1/compare puts what changed first", async () => {
    const history = await projectWithHistory(`compare-${shards}`, shards);
    const path = `/v1/compare?query=used_bytes&start=${history.start + 30 * MINUTE}&end=${history.end}&offset=30m`;
    const { series } = await (await history.admin(path)).json<CompareResponse>();
    expect(series).toMatchObject([
      { labels: { host_name: "a" }, verdict: "worse" },
      { labels: { host_name: "b" }, verdict: "same" },
    ]);
  });

  it("GET /v1/correlate tells what follows what, and how much later", async () => {
    const history = await projectWithHistory(`correlate-${shards}`, shards);
    const path = `/v1/correlate?query=load&with=follower&${times(history)}`;
    const { pairs, tried } = await (await history.admin(path)).json<CorrelateResponse>();
    expect(tried).toBe(4);
    const own = pairs.find((pair) => pair.labels["host_name"] === "a" && pair.with["host_name"] === "a");
    expect(own).toMatchObject({ lagMs: MINUTE });
    expect(own?.rho).toBeGreaterThan(0.95);
    expect(own?.falseDiscoveryRate).toBeLessThan(1e-6);
    expect(own?.text).toContain("1 min later");
  });
});

it("a comparison says what its medians are of: of samples, or of the means of its steps", async () => {
  const admin = sendAs(await tokenOf("compare-means", "admin"));
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  const metrics = Array.from({ length: 7200 }, (_, i) => {
    const timestamp = end - (7200 - i) * 1000;
    return { name: "wait_ms", type: "gauge", labels: {}, value: (i % 10 === 3 ? 500 : 10) + ((i * 7919) % 101) / 101, timestamp };
  });
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const compare = async (window: string) =>
    (await admin(`/v1/compare?query=wait_ms&end=${end}&window=${window}&offset=${window}`)).json<CompareResponse>();
  const hour = await compare("1h");
  expect(hour).toMatchObject({ step: 10_000, series: [{ after: { median: expect.closeTo(59.5, 0) as number } }] });
  expect(JSON.stringify(hour.series)).toMatch(/Median \(of means of 10 s\) 59.* after/);
  const minutes = await compare("5m");
  expect(minutes).toMatchObject({ step: 1000, series: [{ after: { median: expect.closeTo(10.5, 0) as number } }] });
  expect(JSON.stringify(minutes.series)).not.toContain("of means of");
});

it("what is asked wrongly is said", async () => {
  const viewer = sendAs(await tokenOf("trend-wrong", "viewer"));
  for (const [path, status, words] of [
    ["/v1/trend", 400, "query is missing"],
    ["/v1/trend?query=up&start=5&end=4", 400, "swap them"],
    ["/v1/trend?query=up&window=1h&since=5", 400, "since is not between"],
    ["/v1/trend?query=up&window=100d", 422, "90 days"],
    ["/v1/correlate?query=up", 400, "with is missing"],
    ["/v1/compare?query=up{", 400, "parse"],
  ] as const) {
    const answer = await viewer(path);
    expect(answer.status, path).toBe(status);
    expect((await problemOf(answer)).detail, path).toContain(words);
  }
  for (const path of [
    "/v1/trend?query=nothing_here",
    "/v1/compare?query=nothing_here",
    "/v1/stats?query=nothing_here",
    "/v1/forecast?query=nothing_here",
  ]) {
    const answer = await viewer(path);
    expect(answer.status, path).toBe(200);
    expect(await answer.json(), path).toMatchObject({
      series: [],
      warnings: [expect.stringMatching(/^No series came of nothing_here: .*lists the names/) as string],
    });
  }
});

it("what has no samples beneath it has a value at any time", async () => {
  const viewer = sendAs(await tokenOf("trend-of-hours", "viewer"));
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  const { series } = await (await viewer(`/v1/trend?query=hour()&start=${end - 600 * MINUTE}&end=${end}`)).json<TrendResponse>();
  expect(series).toMatchObject([{ points: expect.closeTo(300, -2) as number }]);
});
