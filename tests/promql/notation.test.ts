import { expect, test } from "vitest";
import { parsePoints } from "@sightline/shared/promql/notation/points";
import { parseLabels } from "@sightline/shared/promql/notation/series-line";

test.each([
  ["1+1", "not a point: 1+1"],
  ["4 _-2x3", "not a point: _-2x3"],
  ["1+{{sum:1}}x2", "cannot add {{sum:1}} to 1"],
  ["{{sum:1}}-1x2", "cannot add 1 to {{sum:1}}"],
  ["{{total:1}}", 'bad histogram descriptor found: "total"'],
  ["{{sum:1 17}}", 'bad histogram descriptor found: "17"'],
  ["{{sum: 1}}", "no value for sum in {{sum: 1}}"],
  ["{{buckets:[1 2]3}}", "no value for buckets in {{buckets:[1 2]3}}"],
  ["{{buckets:1}}", "not a list: buckets:1"],
  ["{{sum:1 count:2 sum:3}}", 'duplicate key "sum" in histogram'],
  ["{{schema:0.5}}", "not an integer: schema:0.5"],
  ["{{counter_reset_hint:gage}}", 'bad histogram descriptor found: "gage"'],
  ["{{schema:2 buckets:[1]}}+{{schema:1 buckets:[1]}}x1", "error combining histograms: cannot merge from schema 1 to 2"],
])("%s is no row of points", (text, message) => {
  expect(() => parsePoints(text)).toThrow(message);
});

test("numbers are those of queries: an octal is one", () => {
  expect(parsePoints("010 08 -017x1 0.5 _x2 1+1x0")).toEqual([8, 8, -15, -15, 0.5, undefined, undefined, 1]);
});

test("a series has labels, not matchers", () => {
  expect(parseLabels('m{a="b"}')).toEqual({ __name__: "m", a: "b" });
  expect(() => parseLabels('m{a!="b"}')).toThrow('not a series: m{a!="b"}: a!= is a question, not a label');
  expect(() => parseLabels('m{a="b",a="c"}')).toThrow('label name "a" is not unique');
});
