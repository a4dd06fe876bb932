import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { chartedSeries } from "../../extension/src/code/charted-series.ts";

const pod = (name: string): Labels => ({ __name__: "depth", pod: name });
const history = (name: string, ...t: number[]) => ({ labels: pod(name), t, v: t.map(() => 1) });
const forecast = (name: string): ForecastSeries => ({ labels: pod(name), refused: { code: "too_short", reason: `${name} is young` } });
const range = (name: string) => ({ labels: pod(name) }) as unknown as ExpectedRange;

test("a chart has the forecast and the band of its own series, in whichever order they are answered", () => {
  const charted = chartedSeries([history("a", 1, 2), history("b", 1, 2)], [forecast("b"), forecast("a")], [range("b"), range("a")]);
  expect(charted).toEqual({ series: history("a", 1, 2), forecast: forecast("a"), expected: range("a"), which: "pod=a" });
});

test("a chart is of what goes on rather than of what has ended; without a forecast it has none of another's", () => {
  const charted = chartedSeries([history("a", 1), history("b", 1, 2)], [forecast("a")], []);
  expect(charted).toEqual({ series: history("b", 1, 2), forecast: undefined, expected: undefined, which: "pod=b" });
  expect(chartedSeries([history("a", 1)], [forecast("a")], [])?.which).toBe("");
  expect(chartedSeries([], [forecast("a")], [])).toBeNull();
});
