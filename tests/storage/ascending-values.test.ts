import { STALE_NAN, type SelectedSeries } from "@sightline/shared/model/sample";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { expect, test } from "vitest";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON, openStore, refOf } from "./open-store.ts";

const EACH = 40;

/** Three parts of samples a minute apart: two packed one after the other, the last one still in the head. */
function stored(...parts: readonly (readonly number[])[]): SelectedSeries {
  const store = openStore(new NodeDatabase());
  const ref = refOf(store, "requests_total");
  let t = NOON - 3 * EACH * MINUTE;
  for (const [at, part] of parts.entries()) {
    for (const value of part) store.append(ref, (t += MINUTE), value, NOON, "history");
    store.commit(NOON, null);
    if (at < 2) store.flush(NOON, () => undefined);
  }
  const [series] = store.read([ref], -Infinity, Infinity, NOON);
  if (series === undefined) throw new Error("nothing was read");
  return series;
}

const counter = (from: number): number[] => Array.from({ length: EACH }, (_, i) => from + i * 3 + (i % 4));

function answers(series: SelectedSeries): string {
  const asked = ["rate(requests_total[10m])", "increase(requests_total[1h])", "delta(requests_total[10m])", "resets(requests_total[1h])"];
  return asked
    .map((text) => {
      const expr = parseQuery(text);
      if (!expr.ok) throw new Error(expr.error.message);
      const range = { startMs: NOON - 3 * EACH * MINUTE, endMs: NOON, stepMs: MINUTE };
      return JSON.stringify(
        evaluate(expr.value, range, () => [series]),
        (_, value: unknown) => (value instanceof Float64Array ? Array.from(value, String) : value),
      );
    })
    .join("\n");
}

/** Whatever is known of it, what is made of it is the same. */
function isKnownToAscend(series: SelectedSeries): boolean {
  const { ascending, ...unknown } = series;
  expect(answers(series)).toBe(answers(unknown));
  return ascending === series.values;
}

test("a counter without resets is known to ascend, packed or in the head", () => {
  expect(isKnownToAscend(stored(counter(0), counter(200), counter(400)))).toBe(true);
  expect(isKnownToAscend(stored(counter(-1000), counter(-500), counter(-500 + EACH * 4)))).toBe(true);
  expect(isKnownToAscend(stored(counter(0.25), counter(200.125), counter(400)))).toBe(true);
});

test("a reset is seen wherever it lies: in a part, between two, before the head and in it", () => {
  const reset = (from: number): number[] => counter(from).with(20, 1);
  expect(isKnownToAscend(stored(reset(50), counter(200), counter(400)))).toBe(false);
  expect(isKnownToAscend(stored(counter(300), counter(200), counter(400)))).toBe(false);
  expect(isKnownToAscend(stored(counter(0), counter(200), counter(100)))).toBe(false);
  expect(isKnownToAscend(stored(counter(0), counter(200), reset(400)))).toBe(false);
});

test("what holds a NaN or a stale marker, in a part or as its first sample, does not ascend", () => {
  for (const value of [NaN, STALE_NAN])
    for (const at of [0, 20, EACH - 1]) {
      expect(isKnownToAscend(stored(counter(0).with(at, value), counter(200), counter(400)))).toBe(false);
      expect(isKnownToAscend(stored(counter(0), counter(200).with(at, value), counter(400)))).toBe(false);
      expect(isKnownToAscend(stored(counter(0), counter(200), counter(400).with(at, value)))).toBe(false);
    }
});

test("a sample that comes late and is sorted in is not taken to ascend for the order in which it was gathered", () => {
  const store = openStore(new NodeDatabase());
  const ref = refOf(store, "requests_total");
  for (let i = 0; i < EACH; i++) store.append(ref, NOON - (EACH - i) * MINUTE, i, NOON, "history");
  store.commit(NOON, null);
  store.flush(NOON, () => undefined);
  store.append(ref, NOON - 10.5 * MINUTE, 1000, NOON, "history");
  store.commit(NOON, null);
  store.flush(NOON, () => undefined);
  const [series] = store.read([ref], -Infinity, Infinity, NOON);
  expect(series?.values.length).toBe(EACH + 1);
  expect(series !== undefined && isKnownToAscend(series)).toBe(false);
});
