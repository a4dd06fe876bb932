import { expect, test } from "vitest";
import { parseQuery } from "@sightline/shared/promql/engine";
import { astJson } from "@sightline/shared/promql/format/ast-json";
import { prettyExpr } from "@sightline/shared/promql/format/pretty";

function parse(query: string) {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
const format = (query: string): string => prettyExpr(parse(query));

test.each([
  ['sum by (a) (rate(x{b="c"}[5m] offset 1m))+2', 'sum by (a) (rate(x{b="c"}[5m] offset 1m)) + 2'],
  ['foo{c=~"d.*",a="b"} and on(a) bar or baz @ 12.5', 'foo{a="b",c=~"d.*"} and on (a) bar or baz @ 12.500'],
  ["sum(a) by () ", "sum(a)"],
  ["sum(x) without ()", "sum without () (x)"],
  ["a + on(x) group_left b", "a + on (x) group_left () b"],
  ["x + on() 1", "x + 1"],
  ["1 * ignoring() group_left x", "1 * x"],
  ["x > bool on() scalar(y)", "x > bool scalar(y)"],
  ["x % on () 100 + on() y", "x % 100 + on () y"],
  ["max_over_time(rate(x[5m])[1h:1m] @ start() offset 5m)", "max_over_time(rate(x[5m])[1h:1m] @ start() offset 5m)"],
  ["rate(x[90s]) > bool 0x10", "rate(x[1m30s]) > bool 16"],
  ["-x^2 + 1e21", "-x ^ 2 + 1000000000000000000000"],
  ["x > 1e6", "x > 1000000"],
  ["x > -0x10 * 1e-7", "x > -16 * 0.0000001"],
  ["x + fill(1e6) y", "x + fill (1e+06) y"],
  ["x > 999999.5", "x > 999999.5"],
  ["x{a='b\"c'}", String.raw`x{a="b\"c"}`],
  ["x smoothed @ end()", "x smoothed @ end()"],
  ["rate(x[5m] anchored offset -1m)", "rate(x[5m] anchored offset -1m)"],
  ['{"a b", c="d"}', '{"a b",c="d"}'],
  ['{"a", __name__="b"}', '{__name__="a",__name__="b"}'],
  ["x[(2m)]", "x[(2m)]"],
  ["x[90*2s+range()]", "x[90 * 2s + range()]"],
  ["x[2*(1m-step()) : 30s/4]", "x[2 * (1m - step()):30s / 4]"],
  ["x offset +(1h)", "x offset (1h)"],
  ["x offset -(1h^0.5)", "x offset -(1h ^ 0.5)"],
  ["x[max_of(0.25,-range()+1d)]", "x[max_of(0.25, -range() + 1d)]"],
])("%s is printed in Prometheus's spelling", (query, printed) => {
  expect(format(query)).toBe(printed);
  expect(format(printed)).toBe(printed);
});

test.each(["inf", "Inf", "nan", "NaN", "atan2", "bool", "on", "ignoring", "group_left", "group_right", "offset", "and", "sum", "by"])(
  "a metric called %s is printed as one, wherever it stands",
  (name) => {
    const metric = `{"${name}"}`;
    for (const query of [
      metric,
      `sum(${metric})`,
      `${metric} + ${metric}`,
      `{"${name}","${name}"="v"}`,
      `${metric}[5m]`,
      `a * on (x) ${metric}`,
    ])
      expect(astJson(parse(format(query)))).toEqual(astJson(parse(query)));
  },
);

test("what is longer than a hundred characters is broken at brackets and operators", () => {
  const long = "a".repeat(60);
  expect(format(`histogram_quantile(0.9, sum by(le) (rate(${long}[5m]) / on (job) ${long}))`)).toBe(
    `histogram_quantile(\n  0.9,\n  sum by (le) (\n      rate(${long}[5m])\n    / on (job)\n      ${long}\n  )\n)`,
  );
  expect(format(`-(${long} + ${long})`)).toBe(`-(\n    ${long}\n  +\n    ${long}\n)`);
});

test("the syntax tree has no matching where a side is a scalar, whatever was written", () => {
  expect(astJson(parse("x + on() 1"))).toMatchObject({ matching: null });
  expect(astJson(parse("x + on() y"))).toMatchObject({ matching: { card: "one-to-one", on: true, labels: [] } });
});

test("the syntax tree has Prometheus's shape", () => {
  expect(astJson(parse('topk by (job) (5, rate(x{a!="b"}[5m] @ 10 offset 1m)) > bool 2'))).toEqual({
    type: "binaryExpr",
    op: ">",
    bool: true,
    matching: null,
    lhs: {
      type: "aggregation",
      op: "topk",
      grouping: ["job"],
      without: false,
      param: { type: "numberLiteral", val: "5" },
      expr: {
        type: "call",
        func: { name: "rate", argTypes: ["matrix"], variadic: 0, returnType: "vector" },
        args: [
          {
            type: "matrixSelector",
            name: "x",
            range: 300_000,
            rangeExpr: null,
            offset: 60_000,
            offsetExpr: null,
            timestamp: 10_000,
            startOrEnd: null,
            anchored: false,
            smoothed: false,
            matchers: [
              { name: "__name__", type: "=", value: "x" },
              { name: "a", type: "!=", value: "b" },
            ],
          },
        ],
      },
    },
    rhs: { type: "numberLiteral", val: "2" },
  });
});

test("the syntax tree has durations as they are written", () => {
  const node = (op: string, lhs: unknown, rhs: unknown, wrapped = false) => ({ type: "durationExpr", op, lhs, rhs, wrapped });
  const literal = (val: string, duration: boolean) => ({ type: "numberLiteral", val, duration });
  expect(astJson(parse("x[(2m)] offset -(5)"))).toMatchObject({
    range: 0,
    rangeExpr: node("+", null, literal("120", true), true),
    offset: 0,
    offsetExpr: node("-", null, node("+", null, literal("5", false), true)),
  });
  expect(astJson(parse("x[1h:max_of(step(), (range() / 4))]"))).toMatchObject({
    range: 3_600_000,
    rangeExpr: null,
    step: 0,
    stepExpr: node("max_of", node("step", null, null), node("/", node("range", null, null), literal("4", false), true)),
    offsetExpr: null,
  });
});
