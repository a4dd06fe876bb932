import { expect, test } from "vitest";
import { parseSeries } from "@sightline/shared/promql/notation/series-line";
import { MINUTE, vector } from "./engine-support.ts";
import { parseStarts } from "./script/starts-line.ts";
import { ScriptStorage } from "./script/storage.ts";

/** A sample a minute of one counter, and how long before each its counting began. */
function counter(points: string, starts: string): ScriptStorage {
  const storage = new ScriptStorage();
  storage.load(MINUTE, [parseSeries(`c_total ${points}`)], false);
  const line = parseStarts(`c_total@st ${starts}`);
  if (line === undefined) throw new Error("not a line of starts");
  storage.loadStarts(MINUTE, [line]);
  return storage;
}

const ask = (storage: ScriptStorage, query: string, minutes: number) => vector(storage, query, minutes * MINUTE);

test("a counter that began anew between two samples was reset, even where it has grown past its old value", () => {
  const storage = counter("10 20 30 40", "-5m-1mx1 -30s-1mx1");
  expect(ask(storage, "resets(c_total[4m])", 3)).toEqual({ "": 1 });
  // 10 until the restart, then 40 from zero.
  expect(ask(storage, "increase(c_total[3m1ms])", 3)).toEqual({ "": expect.closeTo(50, 1) });
  expect(ask(storage, "irate(c_total[2m])", 2)).toEqual({ "": 0.5 });
});

test("a counter that began inside the window counts from its beginning, and one sample is enough", () => {
  expect(ask(counter("_ _ 6", "_ _ -30s"), "increase(c_total[5m])", 2)).toEqual({ "": 6 });
  expect(ask(counter("_ _ 6", "_ _ _"), "increase(c_total[5m])", 2)).toEqual({});
  expect(ask(counter("_ _ 6 8", "_ _ -30s-1mx1"), "increase(c_total[5m])", 3)).toEqual({ "": 8 });
});

test("differences that each begin where the last one ended add up", () => {
  expect(ask(counter("60x10", "-1mx10"), "increase(c_total[5m])", 10)).toEqual({ "": 300 });
});

test("a start at or after its own sample, or the first sample's own time, tells nothing", () => {
  for (const starts of ["0x10", "1msx10", "0-1mx10"])
    expect(ask(counter("60x10", starts), "resets(c_total[5m])", 10), starts).toEqual({ "": 0 });
});

test("samples that tell one start belong to one count, even where the start lies after the first of them", () => {
  const shifted = counter("10 20 30 40", "20s-1mx3");
  expect(ask(shifted, "resets(c_total[5m])", 3)).toEqual({ "": 0 });
  expect(ask(shifted, "increase(c_total[3m1ms])", 3)).toEqual({ "": expect.closeTo(30, 1) });
  expect(ask(shifted, "irate(c_total[2m])", 1)).toEqual({ "": expect.closeTo(10 / 60, 9) });
});

test("the steps of a subquery know nothing of when counting began", () => {
  expect(ask(counter("60x10", "-1mx10"), "increase(c_total[5m:1m])", 10)).toEqual({ "": 0 });
});
