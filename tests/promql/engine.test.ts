import { expect, test } from "vitest";
import { selectRequests, parseQuery, evaluate } from "@sightline/shared/promql/engine";
import { ask, at, MINUTE, storageOf, vector } from "./engine-support.ts";

test("the rate of a counter that was reset counts from zero again", () => {
  const storage = storageOf(MINUTE, "requests_total 0 60 120 30 90");
  expect(vector(storage, "increase(requests_total[4m])", 4 * MINUTE)).toEqual({ "": 200 });
});

test("a rate reaches to the window's ends, but a counter is never taken below zero", () => {
  const storage = storageOf(MINUTE, "steady_total 600+60x10", "young_total 0+60x10");
  expect(vector(storage, "rate(steady_total[5m])", 5 * MINUTE + 1)).toEqual({ "": 1 });
  const result = vector(storage, "increase(young_total[5m])", 4 * MINUTE);
  expect(result).toEqual({ "": 240 });
});

test("range selectors and the lookback are open on the left", () => {
  const storage = storageOf(MINUTE, "x 1 2 3 4 5 6");
  expect(vector(storage, "count_over_time(x[2m])", 4 * MINUTE)).toEqual({ "": 2 });
  expect(vector(storageOf(MINUTE, "x 1"), "x", 5 * MINUTE)).toEqual({});
  expect(vector(storageOf(MINUTE, "x 1"), "x", 5 * MINUTE - 1)).toEqual({ "__name__=x": 1 });
});

test("a stale marker ends a series at once, and range functions pass it over", () => {
  const storage = storageOf(MINUTE, "x 1 2 stale _ 5");
  expect(vector(storage, "x", 2 * MINUTE)).toEqual({});
  expect(vector(storage, "x", 3 * MINUTE)).toEqual({});
  expect(vector(storage, "sum_over_time(x[5m])", 4 * MINUTE)).toEqual({ "": 8 });
});

test("two series on one side of a one-to-one match are an error that names them", () => {
  const storage = storageOf(MINUTE, 'a{i="1"} 1', 'a{i="2"} 1', 'b{j="1"} 2', 'b{j="2"} 2');
  expect(vector(storage, "a + on() b", 0)).toContain(
    "found duplicate series for the match group {} on the right hand-side of the operation",
  );
  expect(vector(storage, 'a + on() b{j="1"}', 0)).toBe(
    "execution: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
  );
  expect(vector(storage, 'a + on() group_left(j) b{j="1"}', 0)).toEqual({ "i=1,j=1": 3, "i=2,j=1": 3 });
});

test("offset and brackets bind to the operand they follow, signs less than powers", () => {
  const storage = storageOf(MINUTE, "a 1 2 3", "b 10 20 30");
  expect(vector(storage, "a + b offset 1m", 2 * MINUTE)).toEqual({ "": 23 });
  const result = ask(storage, "-2^2", at(0));
  expect(typeof result === "string" ? result : result.value).toEqual({ type: "scalar", t: 0, value: -4 });
});

test("histogram_quantile interpolates exponentially inside a native bucket", () => {
  const storage = storageOf(MINUTE, "h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}");
  const result = vector(storage, "histogram_quantile(0.5, h)", 0);
  expect(typeof result === "string" ? NaN : result[""]).toBeCloseTo(Math.SQRT2, 12);
  expect(vector(storage, "histogram_fraction(1, 2, h)", 0)).toEqual({ "": 0.5 });
});

test("a resolution beyond the limit is refused with the limit's number, and so are too many samples", () => {
  const storage = storageOf(MINUTE, "x 1+1x100");
  expect(ask(storage, "x", { startMs: 0, endMs: 20_000_000, stepMs: 1000 })).toContain(
    "limit: exceeded maximum resolution of 11000 points",
  );
  expect(ask(storage, "x", { ...at(100 * MINUTE), limits: { maxSamples: 1, maxPointsPerSeries: 10 } })).toContain(
    "the limit maxSamples is 1",
  );
});

test("a query whose caller is gone stops", () => {
  expect(ask(storageOf(MINUTE, "x 1"), "x", { ...at(0), cancelled: () => true })).toContain("canceled:");
});

test("what a query reads is known before it runs, and nothing else is asked for", () => {
  const parsed = parseQuery("rate(a[5m] offset 1h) + max_over_time(b[10m:1m])");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const params = { startMs: 7_200_000, endMs: 7_260_000, stepMs: 30_000 };
  const listed = selectRequests(parsed.value, params);
  expect(listed[0]).toEqual({
    matchers: [{ name: "__name__", op: "=", value: "a" }],
    startMs: 3_300_000,
    endMs: 3_660_000,
    coarserWhenGone: true,
  });
  const asked: unknown[] = [];
  evaluate(parsed.value, params, (request) => {
    asked.push(request);
    return [];
  });
  expect(asked).toEqual(listed);
});

function requestsOf(query: string, stepMs = 30_000): { readonly asked: number; readonly result: unknown } {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const storage = storageOf(MINUTE, 'a_total{job="x"} 0+60x200', 'b{job="x"} 1+1x200');
  let asked = 0;
  const params = { startMs: 60 * MINUTE, endMs: 120 * MINUTE, stepMs };
  const result = evaluate(parsed.value, params, (request) => {
    asked++;
    return storage.select(request);
  });
  return { asked, result: result.ok ? result.value.value : result.error };
}

test("selectors of the same series are read once where their times overlap", () => {
  expect(requestsOf("rate(a_total[5m]) / a_total").asked).toBe(1);
  expect(requestsOf("rate(a_total[5m]) - rate(a_total[5m] offset 10m)").asked).toBe(1);
  expect(requestsOf("a_total - a_total offset 2h").asked).toBe(2);
  expect(requestsOf('a_total - a_total{job="x"}').asked).toBe(2);
});

test("an expression written twice is evaluated once, and still says what it has to say at both places", () => {
  expect(requestsOf("sum(rate(a_total[5m])) / (sum(rate(a_total[5m])) + 1)").asked).toBe(1);
  const both = ask(storageOf(MINUTE, "gauge 1+1x20"), "rate(gauge[5m]) + rate(gauge[5m])", at(10 * MINUTE));
  expect(typeof both === "string" ? both : both.infos.map((info) => info.slice(-6))).toEqual(
    ["(1:6)", "(1:24)"].map((text) => text.padStart(6)),
  );
});

test("a filter between vectors keeps the left value, whichever side is the many", () => {
  const storage = storageOf(MINUTE, 'a{i="1"} 5', 'b{i="1",j="1"} 3', 'b{i="1",j="2"} 9');
  expect(vector(storage, "a > on (i) group_right () b", 0)).toEqual({ "__name__=b,i=1,j=1": 5 });
  expect(vector(storage, "b > on (i) group_left () a", 0)).toEqual({ "__name__=b,i=1,j=2": 9 });
});

test("a sample whose counting began at an unknown time has the start timestamp 0", () => {
  expect(vector(storageOf(MINUTE, 'x{i="1"} 1 2'), "start_timestamp(x)", MINUTE)).toEqual({ "i=1": 0 });
});

test("min_of and max_of choose between scalars, and NaN wins", () => {
  const storage = storageOf(MINUTE, "x 1 2 3");
  expect(vector(storage, "x * min_of(3, 5) + max_of(-2, -5)", MINUTE)).toEqual({ "": 4 });
  expect(vector(storage, "vector(max_of(NaN, 3))", MINUTE)).toEqual({ "": NaN });
  expect(vector(storage, "sum_over_time(x[min_of(2m, 1h)])", 2 * MINUTE)).toEqual({ "": 5 });
});

test("an anchored window without a sample of its own gives nothing", () => {
  const storage = storageOf(MINUTE, "x 2 1 _ _ 0");
  expect(vector(storage, "changes(x[1m] anchored)", 2 * MINUTE)).toEqual({});
  expect(vector(storage, "changes(x[1m] anchored)", 4 * MINUTE)).toEqual({ "": 1 });
});
