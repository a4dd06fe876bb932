import { expect, test } from "vitest";
import type { BucketSpan, NativeHistogram } from "@sightline/shared/model/histogram";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { sumOfHistograms } from "@sightline/shared/promql/histogram/sum";
import { runScript } from "./script/run-script.ts";

const failuresOf = (script: string): readonly string[] => runScript(script).failures;

test("small observations beside great ones that cancel are still in the sum and the mean of histograms", () => {
  const script = `
load 1m
  latency{pod="a"} {{sum:1 count:1 buckets:[1]}} {{sum:1e100 count:2 buckets:[2]}} {{sum:1 count:3 buckets:[3]}} {{sum:-1e100 count:4 buckets:[4]}}
  size{pod="a"} {{sum:1.5 count:1e100 z_bucket:1e100}}
  size{pod="b"} {{sum:1e100 count:7 z_bucket:7}}
  size{pod="c"} {{sum:-1e100 count:-1e100 z_bucket:-1e100}}

eval instant at 3m sum_over_time(latency[4m])
  {pod="a"} {{sum:2 count:10 buckets:[10]}}

eval instant at 3m avg_over_time(latency[4m])
  {pod="a"} {{sum:0.5 count:2.5 buckets:[2.5]}}

eval instant at 0 sum(size)
  {} {{sum:1.5 count:7 z_bucket:7}}

eval instant at 0 avg(size)
  {} {{sum:0.5 count:2.3333333333333335 z_bucket:2.3333333333333335}}
`;
  expect(failuresOf(script)).toEqual([]);
});

test("what rounding took stays with a sum that is brought to a coarser schema or fewer bounds", () => {
  const script = `
load 1m
  h{pod="a"} {{schema:1 count:1 buckets:[1e100 3 5]}}
  h{pod="b"} {{schema:1 count:1 buckets:[3 4 5]}}
  h{pod="c"} {{schema:0 count:1 z_bucket:1 z_bucket_w:0.7 buckets:[-1e100 2]}}
  c{pod="a"} {{schema:-53 count:1 custom_values:[1 2 5] buckets:[1e100 2 3]}}
  c{pod="b"} {{schema:-53 count:1 custom_values:[1 2 5] buckets:[1 1 1]}}
  c{pod="c"} {{schema:-53 count:1 custom_values:[2 5] buckets:[-1e100 1]}}

eval instant at 0 sum(h)
  {} {{schema:0 count:3 z_bucket:1 z_bucket_w:0.7 buckets:[3 19]}}

eval instant at 0 sum(c)
  expect info msg: PromQL info: mismatched custom buckets were reconciled during aggregation
  {} {{schema:-53 count:3 custom_values:[2 5] buckets:[4 5]}}
`;
  expect(failuresOf(script)).toEqual([]);
});

test("the mean of histograms whose sum is too great for a number is still theirs", () => {
  const script = `
load 1m
  h{pod="a"} {{sum:5.5 count:1.7e308 buckets:[1.7e308]}}
  h{pod="b"} {{sum:1.5 count:1.3e308 buckets:[1.3e308]}}

eval instant at 0 avg(h)
  {} {{sum:3.5 count:1.5e308 buckets:[1.5e308]}}

eval instant at 0 sum(h)
  {} {{sum:7 count:Inf buckets:[Inf]}}
`;
  expect(failuresOf(script)).toEqual([]);
});

test("a quantile between populated buckets is where the upper of them begins, from whichever end one counts", () => {
  const script = `
load 1m
  h {{schema:0 sum:85 count:4 buckets:[1 0 1 0 1 0 1]}}

eval instant at 0 histogram_quantiles(h, "q", 0.25, 0.5, 0.75, 1)
  {q="0.25"} 2
  {q="0.5"} 8
  {q="0.75"} 32
  {q="1.0"} 64
`;
  expect(failuresOf(script)).toEqual([]);
});

test("a fraction takes nothing of an unbounded bucket but the whole", () => {
  const script = `
load_with_nhcb 1m
  t_bucket{le="-3"} 10
  t_bucket{le="-2"} 12
  t_bucket{le="+Inf"} 100
  one_bucket{le="+Inf"} 100

eval instant at 0 histogram_fraction(-4, -2, t)
  {} 0.02

eval instant at 0 histogram_fraction(-4, -2, t_bucket)
  {} 0.02

eval instant at 0 histogram_fraction(-Inf, -4, t)
  {} 0.1

eval instant at 0 histogram_fraction(-Inf, -4, t_bucket)
  {} 0.1

eval instant at 0 histogram_fraction(0, 1, one_bucket)
  {} 0

eval instant at 0 histogram_fraction(0, 1, one)
  {} 0
`;
  expect(failuresOf(script)).toEqual([]);
});

test("histograms whose buckets lie alike have the sum that they have where one writes an empty bucket more", () => {
  const histogram = (spans: readonly BucketSpan[], buckets: readonly number[], negative: readonly number[]): NativeHistogram => ({
    schema: 2,
    count: buckets.length,
    sum: 0.1,
    zeroThreshold: 0.001,
    zeroCount: 1e16,
    positiveSpans: spans,
    positiveBuckets: buckets,
    negativeSpans: negative.length === 0 ? [] : [{ offset: 4, length: negative.length }],
    negativeBuckets: negative,
    counterResetHint: "gauge",
  });
  const layouts: readonly (readonly BucketSpan[])[] = [
    [{ offset: -3, length: 4 }],
    [
      { offset: 0, length: 1 },
      { offset: 0, length: 2 },
      { offset: 5, length: 1 },
    ],
    [
      { offset: 2, length: 0 },
      { offset: 1, length: 4 },
    ],
  ];
  for (const spans of layouts) {
    const list = [
      [1e16, 1, 2, 3],
      [3, 0.1, -2, 5],
      [-1e16, 0.2, 0, 7],
    ].map((buckets, i) => histogram(spans, buckets, i === 1 ? [-1, 2] : [0.5, 1]));
    const [first, ...others] = list;
    if (first === undefined) throw new Error("no histograms");
    const wider = histogram([...spans, { offset: 1, length: 1 }], [...first.positiveBuckets, 0], first.negativeBuckets);
    const sums = [first, wider].map((one) => finish(sumOfHistograms(one, others, new Pace(Infinity)))?.histogram);
    expect(sums[0]).toEqual({ ...sums[1], count: sums[0]?.count });
    expect(sums[0]?.positiveBuckets).toEqual([3, 1.3, 15].map((sum) => expect.closeTo(sum, 12) as number));
  }
});
