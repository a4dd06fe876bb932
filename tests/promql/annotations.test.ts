import { expect, test } from "vitest";
import { joinForced } from "@sightline/shared/promql/evaluation/forced-monotonicity";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import type { QueryParams } from "@sightline/shared/promql/api";
import { ask, at, storageOf } from "./engine-support.ts";

const MINUTE = 60_000;
const storage = storageOf(
  MINUTE,
  "a 1 2 3",
  "exponential {{schema:0 sum:3 count:3 buckets:[1 2]}}x5",
  "custom {{schema:-53 sum:3 count:3 custom_values:[1 2] buckets:[1 2]}}x5",
);

test.each([
  ["a + exponential", 'PromQL info: incompatible sample types encountered for binary operator "+": float + histogram (1:1)'],
  ["1 + (exponential - custom)", "PromQL warning: incompatible bucket layout encountered for binary operator - (1:6)"],
  [
    'sum({__name__=~"exponential|custom"})',
    /^PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "(exponential|custom)" \(1:5\)$/,
  ],
  ["topk(1, exponential)", "PromQL info: ignored histogram in topk aggregation (1:1)"],
  ["max(exponential)", "PromQL info: ignored histogram in max aggregation (1:5)"],
  ["histogram_quantile(0.5, a)", 'PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "a" (1:25)'],
  ["histogram_quantile(0.5, sum(a))", 'PromQL warning: bucket label "le" is missing or has a malformed value of "" (1:25)'],
])("%s is answered with Prometheus's words", (query, expected) => {
  const result = ask(storage, query, at(MINUTE));
  const notes = typeof result === "string" ? [result] : [...result.warnings, ...result.infos];
  expect(notes).toEqual([typeof expected === "string" ? expected : expect.stringMatching(expected)]);
});

test("a rate of floats is told to be of no counter though the series has histograms, too", () => {
  const mixed = storageOf(15_000, "x 1 2 3 {{schema:0 sum:3 count:3 buckets:[1 2]}}x2 4 5 6");
  const infos = (params: QueryParams): readonly string[] => {
    const result = ask(mixed, "rate(x[31s])", params);
    return typeof result === "string" ? [result] : result.infos;
  };
  const told = ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (1:6)'];
  expect(infos(at(15_000))).toEqual(told);
  expect(infos({ startMs: 15_000, endMs: 120_000, stepMs: 15_000 })).toEqual(told);
  expect(infos(at(75_000))).toEqual([]);
});

test("NaN observations are told of where there are any and they matter: a sum may be NaN for infinities alone", () => {
  const odd = storageOf(
    MINUTE,
    // An infinity was observed: the sum stays, and what it grew by is NaN.
    "infinite {{schema:0 sum:Inf count:3 buckets:[1 2]}} {{schema:0 sum:Inf count:9 buckets:[3 6]}}",
    "observed {{schema:0 sum:NaN count:10 buckets:[2 4]}}",
  );
  const infos = (query: string): readonly string[] | string => {
    const result = ask(odd, query, at(MINUTE));
    return typeof result === "string" ? result : result.infos;
  };
  for (const query of ["histogram_quantile(0.5, rate(infinite[2m]))", "histogram_fraction(0, 1, increase(infinite[2m]))"])
    expect(infos(query)).toEqual([]);
  for (const query of [
    "histogram_quantile(1.5, observed)",
    "histogram_quantile(NaN, observed)",
    "histogram_fraction(2, 1, observed)",
    "histogram_fraction(NaN, 1, observed)",
  ])
    expect(infos(query)).toEqual([]);
  expect(infos("histogram_quantile(0.5, observed)")).toEqual([expect.stringContaining("result is skewed higher")]);
  expect(infos("histogram_quantile(0.9, observed)")).toEqual([expect.stringContaining("result is NaN")]);
  expect(infos("histogram_fraction(0, 1, observed)")).toEqual([expect.stringContaining("are excluded from all fractions")]);
});

test("an answer has ten infos and the number of the others", async () => {
  const many = storageOf(MINUTE, ...Array.from({ length: 13 }, (_, i) => `gauge_${i}{i="${i}"} 1+1x20`));
  const source = { select: many.select, now: () => 0, profile: shardProfile("local", "") };
  const query = { query: 'rate({__name__=~"gauge_.*"}[5m])', startMs: 10 * MINUTE, endMs: 10 * MINUTE, stepMs: 0 };
  const answer = await answerQuery(source, query, () => Promise.resolve());
  const { infos } = JSON.parse(answer.ok ? new TextDecoder().decode(answer.value) : "{}") as { infos: string[] };
  expect(infos).toHaveLength(11);
  expect(infos.at(-1)).toBe("3 more info annotations omitted");
});

test("fill_left stands for the many side and fill_right for the one side, as in Prometheus", () => {
  const nodes = storageOf(MINUTE, 'cpu{i="a",cpu="0"} 1', 'cpu{i="b",cpu="0"} 1', 'node{i="a"} 100', 'node{i="c"} 300');
  const valuesOf = (query: string): readonly string[] => {
    const result = ask(nodes, query, at(0));
    if (typeof result === "string" || result.value.type !== "vector") return [];
    return result.value.samples.map(({ labels, value }) => `${JSON.stringify(labels)} ${value}`).sort();
  };
  expect(valuesOf("node * on (i) group_right () fill_left (1) cpu")).toEqual(['{"i":"a","cpu":"0"} 100', '{"i":"c"} 300']);
  expect(valuesOf("node * on (i) group_right () fill_right (0) cpu")).toEqual(['{"i":"a","cpu":"0"} 100', '{"i":"b","cpu":"0"} 0']);
});

test("of a parameter that changes from step to step the largest and the smallest that are out of bounds are told", () => {
  const varied = storageOf(MINUTE, "foo 2 3 4 -1 -2 0.5", 'bar{a="1"} 1+1x10', 'bar{a="2"} 2+1x10', "none NaN 1 1 1 1 1");
  const warnings = (query: string): readonly string[] | string => {
    const result = ask(varied, query, { startMs: 0, endMs: 5 * MINUTE, stepMs: MINUTE });
    return typeof result === "string" ? result : result.warnings;
  };
  expect(warnings("quantile(scalar(foo), bar)")).toEqual([
    "PromQL warning: quantile value should be between 0 and 1, got 4 (1:10)",
    "PromQL warning: quantile value should be between 0 and 1, got -2 (1:10)",
  ]);
  expect(warnings("quantile(scalar(none), bar)")).toEqual(["PromQL warning: quantile value should be between 0 and 1, got NaN (1:10)"]);
  expect(warnings("limit_ratio(scalar(foo), bar)")).toEqual([
    "PromQL warning: ratio value should be between -1 and 1, got 4, capping to 1 (1:13)",
    "PromQL warning: ratio value should be between -1 and 1, got -2, capping to -1 (1:13)",
  ]);
  expect(warnings("topk(scalar(foo) / 0, bar)")).toBe("execution: Scalar value +Inf overflows int64");
});

test("a bound of a bucket is a number as Go reads it", () => {
  const buckets = storageOf(
    MINUTE,
    ...["0x1p-2", "1_0", "+Inf", " 1", "0x10", "1e400", ""].map((le) => `b{le="${le}"} ${le === "0x1p-2" ? 1 : 2}`),
  );
  const result = ask(buckets, "histogram_quantile(0.5, b)", at(0));
  if (typeof result === "string") throw new Error(result);
  expect(result.value).toMatchObject({ samples: [{ value: 0.25 }] });
  expect(result.warnings.map((text) => /value of "(.*?)"/.exec(text)?.[1])).toEqual([" 1", "0x10", "1e400", ""]);
});

test("a year that no Date can tell is told", () => {
  const result = ask(storage, "year(vector(9e12)) + day_of_year(vector(9e12)) / 1000", at(0));
  expect(typeof result === "string" ? result : result.value).toMatchObject({ samples: [{ value: 287168.237 }] });
});

test("counts that had to be raised are told with their buckets, how much they fell by, and when", () => {
  const fallen = storageOf(MINUTE, 'b{le="0.5"} 40 10 40', 'b{le="1"} 30 20 38.75', 'b{le="5"} 28 30 41', 'b{le="+Inf"} 45 45 45');
  const result = ask(fallen, "histogram_quantile(0.5, b)", { startMs: 0, endMs: 2 * MINUTE, stepMs: MINUTE });
  expect(typeof result === "string" ? result : result.infos).toEqual([
    'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "b", from buckets 1 to 5, with a max diff of 12, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:02:00Z (1:25)',
  ]);
  const part = (from: string, to: string, diff: string): string =>
    `PromQL info: x for metric name "b", from buckets 1 to +Inf, with a max diff of ${diff}, over 2 samples from ${from} to ${to} (1:2)`;
  expect(
    joinForced([
      part("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "5e-05"),
      "other",
      part("2026-01-02T00:00:00Z", "2026-01-02T01:00:00Z", "1.2e+03"),
    ]),
  ).toEqual([
    "other",
    'PromQL info: x for metric name "b", from buckets 1 to +Inf, with a max diff of 1.2e+03, over 4 samples from 2026-01-01T00:00:00Z to 2026-01-02T01:00:00Z (1:2)',
  ]);
});
