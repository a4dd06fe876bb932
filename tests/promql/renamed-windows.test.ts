/** A metric that was renamed is one series within a subquery, too, as its name is gone there. */
import { expect, it } from "vitest";
import { MINUTE, storageOf, vector } from "./engine-support.ts";

const storage = storageOf(
  MINUTE,
  'old_total{job="x"} 0+600x30 _x30',
  'new_total{job="x"} _x31 0+600x29',
  'both{job="x"} 0+600x60',
  '{__name__="histogram",job="x"} _x40 {{schema:0 sum:1 count:1 buckets:[1]}}x20',
);
const NOW = 60 * MINUTE;
const RENAMED = "(rate(old_total[5m]) or rate(new_total[5m]))";

it("what follows one another under two names is one series for functions and aggregations", () => {
  expect(vector(storage, `max_over_time(${RENAMED}[50m:1m])`, NOW)).toEqual({ "job=x": 10 });
  expect(vector(storage, `sum(max_over_time(${RENAMED}[50m:1m]))`, NOW)).toEqual({ "": 10 });
  expect(vector(storage, `count_over_time(${RENAMED}[50m:1m])`, NOW)).toEqual({ "job=x": 50 });
  expect(vector(storage, "min_over_time((-old_total or -new_total)[20m:])", 45 * MINUTE)).toEqual({ "job=x": -18_000 });
});

it("a subquery within a subquery sees it so", () => {
  expect(vector(storage, `max_over_time(count_over_time(${RENAMED}[50m:1m])[5m:1m])`, NOW)).toEqual({ "job=x": 50 });
});

it("floats and histograms of two names follow one another", () => {
  expect(vector(storage, "count_over_time((-old_total or -histogram)[60m:1m])", NOW)).toEqual({ "job=x": 55 });
});

it("two names with a value at one step stay two, and what is not dropped stays named", () => {
  expect(vector(storage, 'max_over_time((-{__name__=~"old_total|both"})[50m:1m])', NOW)).toBe(
    "execution: vector cannot contain metrics with the same labelset",
  );
  expect(vector(storage, 'count(max_over_time((-{__name__=~"old_total|both"})[50m:1m]))', NOW)).toEqual({ "": 2 });
  expect(vector(storage, "last_over_time((old_total or new_total)[50m:1m])", NOW)).toEqual({
    "__name__=new_total,job=x": 17_400,
    "__name__=old_total,job=x": 18_000,
  });
});
