import { createHttpDataSource } from "@sightline/shared/api/http-data-source";
import type { LiveSeries } from "@sightline/shared/api/live";
import { backoffDelay } from "@sightline/shared/api/backoff";
import { describe, expect, it } from "vitest";
import { type Answer, fakeFetch, fakeSockets, FakeClock, settled } from "./fakes.ts";

const ticket: Answer = { status: 200, body: { ticket: "t-1" } };

function setUp(answer: Parameters<typeof fakeFetch>[0] = () => ticket) {
  const clock = new FakeClock();
  const { fetch, requests } = fakeFetch(answer);
  const { open, sockets } = fakeSockets();
  const source = createHttpDataSource({
    url: "http://127.0.0.1:8787/",
    token: "sl_default_x",
    fetch,
    openWebSocket: open,
    clock,
    random: () => 0.5,
  });
  return { clock, source, sockets, requests };
}

describe("requests", () => {
  it("a range result fills every step, and a step without a sample is a gap", async () => {
    const { source, requests } = setUp(() => ({
      status: 200,
      body: {
        status: "success",
        data: {
          resultType: "matrix",
          result: [
            {
              metric: { a: "1" },
              values: [
                [10, "1.5"],
                [30, "+Inf"],
                [40, "NaN"],
              ],
            },
          ],
        },
      },
    }));
    expect(await source.queryRange("up", 10_000, 40_000, 10_000)).toEqual([
      { labels: { a: "1" }, t: [10_000, 20_000, 30_000, 40_000], v: [1.5, null, Infinity, null] },
    ]);
    expect(requests[0]?.url).toBe("http://127.0.0.1:8787/api/v1/query_range?query=up&start=10&end=40&step=10");
    expect(requests[0]?.request.headers["authorization"]).toBe("Bearer sl_default_x");
  });

  it("an instant vector and a scalar become series in ms", async () => {
    let data: unknown = { resultType: "vector", result: [{ metric: { a: "1" }, value: [1.5, "-Inf"] }] };
    const { source } = setUp(() => ({ status: 200, body: { status: "success", data } }));
    expect(await source.query("x")).toEqual([{ labels: { a: "1" }, t: 1500, v: -Infinity }]);
    data = { resultType: "scalar", result: [2, "7"] };
    expect(await source.query("7")).toEqual([{ labels: {}, t: 2000, v: 7 }]);
  });

  it("histograms, warnings and infos come with what a person asked, and those who take numbers alone are given those", async () => {
    const histogram = {
      count: "36",
      sum: "16.2",
      buckets: [
        [3, "-0.1", "0.1", "6"],
        [0, "0.1", "0.2", "30"],
      ],
    };
    const said = { warnings: ["PromQL warning: a"], infos: ["PromQL info: b"] };
    let data: unknown = {
      resultType: "vector",
      result: [
        { metric: { a: "1" }, histogram: [1.5, histogram] },
        { metric: { a: "2" }, value: [1.5, "7"] },
      ],
    };
    const { source } = setUp(() => ({ status: 200, body: { status: "success", data, ...said } }));
    const buckets = ["[-0.1, 0.1]: 6", "(0.1, 0.2]: 30"];
    const series = [{ labels: { a: "2" }, t: 1500, v: 7 }];
    const histograms = [{ labels: { a: "1" }, t: 1500, count: 36, sum: 16.2, buckets }];
    expect(await source.ask("x")).toEqual({ series, histograms, listed: [], ...said });
    expect(await source.query("x")).toEqual(series);
    data = { resultType: "matrix", result: [{ metric: { a: "1" }, histograms: [[10, histogram]] }] };
    expect(await source.askRange("x", 10_000, 20_000, 10_000)).toEqual({ series: [], histograms: 1, ...said });
  });

  it("what is said of an anomaly is posted under its id, and taken back by a delete", async () => {
    const feedback = { answer: { id: "abc-1" }, thresholds: { series: 1.25, siblings: 1.07 } };
    const { source, requests } = setUp(() => ({ status: 200, body: feedback }));
    expect(await source.answerAnomaly("abc-1", "false_alarm")).toEqual(feedback);
    await source.takeBackAnomalyAnswer("abc-1");
    expect(requests.map(({ url, request }) => [request.method, url, request.body])).toEqual([
      ["POST", "http://127.0.0.1:8787/v1/anomalies/abc-1/feedback", '{"verdict":"false_alarm"}'],
      ["DELETE", "http://127.0.0.1:8787/v1/anomalies/abc-1/feedback", undefined],
    ]);
  });

  it("several matchers are sent as repeated parameters", async () => {
    const { source, requests } = setUp(() => ({ status: 200, body: { status: "success", data: [] } }));
    await source.series(["a", 'b{c="d"}']);
    expect(requests[0]?.url).toContain("/api/v1/series?match%5B%5D=a&match%5B%5D=b%7Bc%3D%22d%22%7D");
  });

  it("what people do about an incident and about messages that did not arrive goes to the routes for it", async () => {
    const { source, requests } = setUp(() => ({ status: 200, body: { id: "i/1", deadLetters: [], deploys: [] } }));
    await source.acknowledgeIncident("i/1", "mine");
    await source.noteIncident("i/1", "rolled back");
    await source.nameIncident("i/1", "Bad release");
    await source.mergeIncidents("i/1", "i2");
    await source.resolveIncident("i/1");
    await source.deadLetters(5);
    await source.retryDeadLetter(7);
    await source.deploys(1000.4);
    expect(requests.map(({ url, request }) => [request.method, url.replace("http://127.0.0.1:8787", ""), request.body])).toEqual([
      ["POST", "/v1/incidents/i%2F1/ack", '{"note":"mine"}'],
      ["POST", "/v1/incidents/i%2F1/note", '{"note":"rolled back"}'],
      ["PUT", "/v1/incidents/i%2F1", '{"title":"Bad release"}'],
      ["POST", "/v1/incidents/i%2F1/merge", '{"incident":"i2"}'],
      ["POST", "/v1/incidents/i%2F1/resolve", "{}"],
      ["GET", "/v1/dead-letters?limit=5", undefined],
      ["POST", "/v1/dead-letters/7/retry", "{}"],
      ["GET", "/v1/deploys?since=1000", undefined],
    ]);
  });

  it("an acknowledgement carries its note and answers with the alert", async () => {
    const { source, requests } = setUp(() => ({ status: 200, body: { id: "a/1", state: "acknowledged" } }));
    expect((await source.acknowledge("a/1", "on it")).state).toBe("acknowledged");
    expect(requests[0]?.url).toContain("/v1/alerts/a%2F1/ack");
    expect(requests[0]?.request.body).toBe('{"note":"on it"}');
  });
});

describe("refusals", () => {
  it("a problem keeps the server's code and sentence", async () => {
    const { source } = setUp(() => ({
      status: 422,
      body: { code: "limit_exceeded", detail: "The horizon is longer than 30 days; ask for less." },
    }));
    await expect(source.forecast("x", 1)).rejects.toMatchObject({
      code: "limit_exceeded",
      status: 422,
      message: "The horizon is longer than 30 days; ask for less.",
    });
  });

  it("Prometheus's error form is understood as well", async () => {
    const { source } = setUp(() => ({ status: 400, body: { status: "error", errorType: "bad_data", error: "1:3: parse error" } }));
    await expect(source.query("a b")).rejects.toMatchObject({ code: "bad_data", message: "1:3: parse error", status: 400 });
  });

  it("no answer is `unreachable` and names the address", async () => {
    const { source } = setUp(() => null);
    await expect(source.snapshot()).rejects.toMatchObject({
      code: "unreachable",
      status: 0,
      message: expect.stringContaining("http://127.0.0.1:8787"),
    });
  });

  it("a page instead of JSON is said to be no Sightline server", async () => {
    const { source } = setUp(() => ({ status: 200, body: "<html>" }));
    await expect(source.alerts()).rejects.toMatchObject({ code: "not_json" });
  });
});

describe("the live connection", () => {
  const series = (t: number): LiveSeries => ({ labels: { __name__: "up" }, t: [t], v: [1] });
  const samples = (id: unknown, t: number): string => JSON.stringify({ type: "samples", id, backfill: false, series: [series(t)] });

  it("opens with a ticket once somebody listens, and not before", async () => {
    const { source, sockets } = setUp();
    await settled();
    expect(sockets).toHaveLength(0);
    const states: string[] = [];
    source.onConnection((state) => states.push(state));
    await settled();
    expect(sockets[0]?.url).toBe("ws://127.0.0.1:8787/v1/live?ticket=t-1");
    sockets[0]?.events.opened();
    expect(states).toEqual(["live"]);
    expect(source.connection).toBe("live");
  });

  it("asks for what was subscribed before it opened, and delivers only its samples", async () => {
    const { source, sockets } = setUp();
    const got: number[] = [];
    source.subscribe(["up"], 60_000, (arrived) => got.push(...arrived.flatMap(({ t }) => t)));
    await settled();
    sockets[0]?.events.opened();
    const [request] = sockets[0]?.sent ?? [];
    expect(request).toMatchObject({ type: "subscribe", selectors: ["up"], backfillMs: 60_000 });
    sockets[0]?.events.received(samples(request?.["id"], 5));
    sockets[0]?.events.received(samples("other", 6));
    sockets[0]?.events.received("not json");
    expect(got).toEqual([5]);
  });

  it("after an absence it asks again with a backfill that reaches over the hole", async () => {
    const { clock, source, sockets } = setUp();
    source.subscribe(["up"], 10_000, () => {});
    await settled();
    sockets[0]?.events.opened();
    sockets[0]?.events.received(samples(sockets[0]?.sent[0]?.["id"], clock.now()));
    sockets[0]?.events.closed(1006, "");
    expect(source.connection).toBe("offline");
    await clock.advance(5000);
    expect(sockets).toHaveLength(2);
    sockets[1]?.events.opened();
    expect(sockets[1]?.sent[0]?.["backfillMs"]).toBe(15_000);
    expect(source.connection).toBe("live");
  });

  it("stops asking for what was disposed", async () => {
    const { source, sockets } = setUp();
    const subscription = source.subscribe(["up"], 1, () => {});
    await settled();
    sockets[0]?.events.opened();
    subscription.dispose();
    expect(sockets[0]?.sent.at(-1)).toMatchObject({ type: "unsubscribe" });
  });

  it("a peer that answers no ping is dead: the socket is replaced", async () => {
    const { clock, source, sockets } = setUp();
    source.onConnection(() => {});
    await settled();
    sockets[0]?.events.opened();
    await clock.advance(10_000);
    expect(sockets[0]?.sent.at(-1)).toEqual({ type: "ping", sentAt: 0 });
    await clock.advance(11_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  it("a pong keeps the socket", async () => {
    const { clock, source, sockets } = setUp();
    source.onConnection(() => {});
    await settled();
    sockets[0]?.events.opened();
    for (let round = 0; round < 5; round++) {
      await clock.advance(10_000);
      sockets[0]?.events.received('{"type":"pong","sentAt":0,"serverTime":0}');
    }
    expect(sockets).toHaveLength(1);
  });

  it("a refused token ends the attempts; an absent server does not", async () => {
    const refused = setUp(() => ({ status: 401, body: { code: "unauthenticated", detail: "no" } }));
    refused.source.onConnection(() => {});
    await settled();
    await refused.clock.advance(120_000);
    expect(refused.source.connection).toBe("unauthorized");
    expect(refused.requests).toHaveLength(1);
    const absent = setUp(() => null);
    absent.source.onConnection(() => {});
    await settled();
    await absent.clock.advance(60_000);
    expect(absent.requests.length).toBeGreaterThan(5);
  });

  it("a disposed source is silent", async () => {
    const { clock, source, sockets } = setUp();
    source.onConnection(() => {});
    await settled();
    source.dispose();
    await clock.advance(60_000);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.closed).toBe(true);
  });
});

describe("backoff", () => {
  it("grows to its cap and never falls below half its base", () => {
    expect([0, 1, 2, 10].map((attempt) => backoffDelay(attempt, 1))).toEqual([500, 1000, 2000, 15_000]);
    expect(backoffDelay(20, 0)).toBe(250);
  });
});
