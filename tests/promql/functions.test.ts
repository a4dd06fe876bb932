import { expect, test } from "vitest";
import { runScript } from "./script/run-script.ts";

const failuresOf = (...script: readonly string[]): readonly string[] => runScript(script.join("\n")).failures;

test("a histogram whose buckets hold more than it counts in all is no more than whole", () => {
  expect(
    failuresOf("load 1m", "  h {{sum:20 count:7 buckets:[9 10 1]}}", "", "eval instant at 0 histogram_fraction(0, 2, h)", "  {} 1"),
  ).toEqual([]);
});

test.each([
  ['absent(x{job=~"a.*", job="api"})', '{job="api"} 1'],
  ['absent(x{job="api", job=~"a.*"})', "{} 1"],
  ['absent(x{job="a", job="a", zone="eu"})', '{zone="eu"} 1'],
  ['absent(x{job="a", job!="b", job="a"})', "{} 1"],
  ['absent_over_time(x{constructor="a", zone=""}[5m])', '{constructor="a"} 1'],
])("%s bears what an equality names unless another matcher of the label follows, as in Prometheus", (query, expected) => {
  expect(failuresOf("load 1m", "  y 1", "", `eval instant at 0 ${query}`, `  ${expected}`)).toEqual([]);
});

test("a trimmed histogram is the same metric; numbers cannot be trimmed", () => {
  const load = ["load 1m", '  h{l="a"} {{schema:-53 sum:33 count:101 custom_values:[5] buckets:[1 100]}}', '  f{l="a"} 1', "  g 1", ""];
  const trimmed = "{{schema:-53 count:100.8 sum:502.4 custom_values:[5] buckets:[0.8 100]}}";
  expect(failuresOf(...load, "eval instant at 0 h >/ on (l) group_left f", `  h{l="a"} ${trimmed}`)).toEqual([]);
  expect(failuresOf(...load, "eval instant at 0 h >/ f", `  h{l="a"} ${trimmed}`)).toEqual([]);
  expect(failuresOf(...load, "eval instant at 0 h >/ 1", `  h{l="a"} ${trimmed}`)).toEqual([]);
  expect(failuresOf(...load, "eval instant at 0 h >/ on (l) f", `  {l="a"} ${trimmed}`)).toEqual([]);
  expect(failuresOf("eval instant at 0 2 </ 3", '  expect fail msg: operator "</" not allowed for Scalar operations')).toEqual([]);
  expect(failuresOf("eval instant at 0 2 >/ 3", '  expect fail msg: operator ">/" not allowed for Scalar operations')).toEqual([]);
});

test("label_join takes no label without a name, from or to", () => {
  const load = ["load 1m", '  m{l="a"} 1', ""];
  expect(
    failuresOf(
      ...load,
      'eval instant at 0 label_join(m, "j", "-", "l", "")',
      "  expect fail regex: ^invalid source label name in label_join\\(\\): $",
    ),
  ).toEqual([]);
  expect(
    failuresOf(
      ...load,
      'eval instant at 0 label_join(m, "", "-", "l")',
      "  expect fail regex: ^invalid destination label name in label_join\\(\\): $",
    ),
  ).toEqual([]);
});

const INFO = [
  "load 1m",
  '  metric{instance="a", job="1"} 1 2 3 4 5',
  '  target_info{instance="a", job="1", version="v1"} 1 1 1 stale _',
  '  target_info{instance="a", job="1", version="v2"} _ _ _ _ 1',
  "",
];

test("info is of the time that the series it is added to are of, wherever their selector stands", () => {
  for (const base of ["ceil(metric @ 0)", "metric @ 0 * 1", "count_over_time(metric[2m] @ 0)"])
    for (const at of ["4m", "1h"])
      expect(failuresOf(...INFO, `eval instant at ${at} info(${base})`, '  {instance="a", job="1", version="v1"} 1')).toEqual([]);
  expect(
    failuresOf(...INFO, "eval range from 3m to 5m step 1m info(ceil(metric offset 3m))", '  {instance="a", job="1", version="v1"} 1 2 3'),
  ).toEqual([]);
});

test("info of series that are not of one time is of the step, and scalars have no time to give", () => {
  const load = [
    "load 1m",
    '  metric{instance="a", job="1"} 1 2 3 4 5',
    '  other{instance="b", job="1"} 5 5 5 5 5',
    "  bound 1 1 1 1 1",
    '  target_info{instance="a", job="1", version="v1"} 1 stale _ _ _',
    '  target_info{instance="a", job="1", version="v2"} _ 1 1 1 1',
    '  target_info{instance="b", job="1", version="v3"} 1 1 1 1 1',
    "",
  ];
  const answer = (query: string, ...series: readonly string[]): readonly string[] =>
    failuresOf(...load, `eval range from 4m to 4m step 1m info(${query})`, ...series.map((one) => `  ${one}`));
  const old = '{instance="a", job="1", version="v1"}';
  const now = '{instance="a", job="1", version="v2"}';
  for (const query of ["scalar(bound @ 0) * metric", "metric * scalar(bound @ 0)", "topk(scalar(bound @ 0), metric) + 0"])
    expect(answer(query, `${now} 5`), query).toEqual([]);
  expect(answer("scalar(bound) * metric @ 0", `${old} 1`)).toEqual([]);
  for (const query of ["metric @ 0 or other", "metric @ 0 or other @ 120", "metric offset 4m or other"])
    expect(answer(query, `metric${now} 1`, 'other{instance="b", job="1", version="v3"} 5'), query).toEqual([]);
  for (const query of ["metric @ 0 or other @ 60 offset 1m", "metric offset 4m or other offset 4m"])
    expect(answer(query, `metric${old} 1`, 'other{instance="b", job="1", version="v3"} 5'), query).toEqual([]);
  expect(answer("metric @ 0 or vector(7)", `metric${now} 1`, "{} 7")).toEqual([]);
  for (const query of ["(metric offset 1m)[1m:1m] offset 3m", "(metric @ 0)[1m:1m] offset 3m", "metric[1m:1m] @ 60 offset 1m"])
    expect(answer(`last_over_time(${query})`, `metric${old} 1`), query).toEqual([]);
});

test("info finds what is known of each series by the labels that this one has, whatever others have", () => {
  const load = [
    "load 1m",
    '  m{job="1"} 1',
    '  m{instance="a"} 2',
    '  m{job="1", instance="a"} 3',
    '  target_info{job="1", data="of a job"} 1',
    '  target_info{instance="a", data="of an instance"} 1',
    '  target_info{job="1", instance="a", data="of both"} 1',
    '  target_info{job="1", instance="b", data="of another"} 1',
    "",
  ];
  expect(
    failuresOf(
      ...load,
      "eval instant at 0 info(m)",
      '  m{job="1", data="of a job"} 1',
      '  m{instance="a", data="of an instance"} 2',
      '  m{job="1", instance="a", data="of both"} 3',
    ),
  ).toEqual([]);
});

const SEVERAL = [
  "load 1m",
  '  m{instance="a", job="1"} 1',
  '  target_info{instance="a", job="1", category="web", priority="high"} 1',
  '  target_info{instance="a", job="1", category="database", priority="low"} 1',
  "",
];

test("of several info series of one metric those that the matchers fit count; two at one time contradict each other", () => {
  expect(failuresOf(...SEVERAL, 'eval instant at 0 info(m, {priority="low"})', '  m{instance="a", job="1", priority="low"} 1')).toEqual([]);
  expect(
    failuresOf(...SEVERAL, 'eval instant at 0 info(m, {priority=~".+", priority!="low"})', '  m{instance="a", job="1", priority="high"} 1'),
  ).toEqual([]);
  expect(failuresOf(...SEVERAL, 'eval instant at 0 info(m, {category="web", category="api"})')).toEqual([]);
  const twice = "  expect fail regex: ^found duplicate series for info metric: existing \\{.*\\} @ 0, new \\{.*\\} @ 0$";
  expect(failuresOf(...SEVERAL, "eval instant at 0 info(m)", twice)).toEqual([]);
});

test("series that info makes alike are refused, and one that says of nothing what it is stays as it is", () => {
  const alike = [
    "load 1m",
    '  m{job="a", instance="1", env="t"} 1',
    '  m{job="a", instance="1"} 4',
    '  target_info{job="a", instance="1", env="t"} 1',
    "",
  ];
  expect(
    failuresOf(...alike, "eval instant at 0 info(m)", "  expect fail msg: vector cannot contain metrics with the same labelset"),
  ).toEqual([]);
  const nameless = ["load 1m", "  m 1", '  m{job="1"} 4', '  target_info{data="root"} 1', '  target_info{job="1", data="one"} 1', ""];
  expect(failuresOf(...nameless, "eval instant at 0 info(m)", "  m 1", '  m{job="1", data="one"} 4')).toEqual([]);
});

test("what cannot be sorted by value is not there, in a range neither", () => {
  const load = ["load 1m", "  m 1 2 {{count:1}}", "  h {{count:1}} {{count:1}} {{count:1}}", ""];
  for (const func of ["sort", "sort_desc"]) {
    expect(failuresOf(...load, `eval range from 0 to 2m step 1m ${func}({__name__=~"m|h"})`, "  m 1 2 _")).toEqual([]);
    expect(failuresOf(...load, `eval instant at 2m ${func}({__name__=~"m|h"})`)).toEqual([]);
    expect(failuresOf(...load, `eval instant at 1m ${func}({__name__=~"m|h"})`, "  m 2")).toEqual([]);
  }
  expect(
    failuresOf(...load, 'eval range from 0 to 1m step 1m sort_by_label({__name__=~"m|h"})', "  m 1 2", "  h {{count:1}} {{count:1}}"),
  ).toEqual([]);
});

test("what a range function is asked for is judged where it has samples to be asked about", () => {
  const load = ["load 1m", "  late _ _ 3 4", "  phi 2 0.5 NaN 0.3", "  h {{count:1 sum:1 buckets:[1]}}x3", ""];
  const all = "eval range from 0 to 3m step 1m";
  const beyond = "  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got NaN (1:20)";
  expect(failuresOf(...load, `${all} quantile_over_time(scalar(phi), late[1m])`, beyond, "  {} _ _ NaN 4")).toEqual([]);
  for (const none of ["nothing", "h"])
    expect(failuresOf(...load, `${all} quantile_over_time(2, ${none}[5m])`, "  expect no_warn", "  expect no_info")).toEqual([]);
  expect(failuresOf(...load, `${all} double_exponential_smoothing(nothing[5m], 2, 0.5)`)).toEqual([]);
  for (const some of ["late", "h"])
    expect(
      failuresOf(
        ...load,
        `${all} double_exponential_smoothing(${some}[1m], 0.5, 1)`,
        "  expect fail msg: invalid trend factor. Expected: 0 < tf < 1, got: 1.000000",
      ),
    ).toEqual([]);
});

test("how far values lie from their middle is not known where one of them is not", () => {
  const load = ["load 1m", "  m 1 NaN 3 5 9", ""];
  expect(failuresOf(...load, "eval range from 1m to 4m step 1m mad_over_time(m[3m])", "  {} NaN NaN NaN 2")).toEqual([]);
});

test("nothing is beyond infinity, not even what is no number", () => {
  for (const [query, value] of [
    ["max_of(NaN, Inf)", "+Inf"],
    ["max_of(-Inf, NaN)", "NaN"],
    ["min_of(-Inf, NaN)", "-Inf"],
    ["min_of(NaN, Inf)", "NaN"],
  ])
    expect(failuresOf(`eval instant at 0 ${query}`, `  ${value}`), query).toEqual([]);
});

test("gauge histograms that are read as counters begin anew as those do, and are told to be none", () => {
  const load = [
    "load 30s",
    "  g {{sum:10 count:10 buckets:[10] counter_reset_hint:gauge}} {{sum:4 count:4 buckets:[4] counter_reset_hint:gauge}} {{sum:7 count:7 buckets:[7] counter_reset_hint:gauge}}",
    "",
  ];
  const warning = '  expect warn msg: PromQL warning: this native histogram metric is not a counter: "g"';
  const asked = (query: string, ...expected: string[]): readonly string[] =>
    failuresOf(...load, `eval instant at 1m ${query}`, ...expected);
  expect(asked("histogram_count(increase(g[61s]))", warning, "  {} 7.116666666666666")).toEqual([]);
  expect(asked("histogram_count(irate(g[61s]))", warning, "  {} 0.1")).toEqual([]);
  expect(asked("resets(g[61s])", "  {} 1")).toEqual([]);
});
