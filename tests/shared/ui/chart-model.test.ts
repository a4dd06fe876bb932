import { chartModel, valueAt } from "@sightline/shared/ui/chart/chart-model";
import { alignColumns, lonePoints, stackColumns, withGaps } from "@sightline/shared/ui/chart/columns";
import { ColourAssignment } from "@sightline/shared/ui/chart/palette";
import { fillLegend, seriesNames } from "@sightline/shared/ui/chart/series-name";
import { sparklinePoints } from "@sightline/shared/ui/chart/sparkline";
import { timeLabels } from "@sightline/shared/ui/chart/time-axis";
import { tickStep, valueRange, valueTicks } from "@sightline/shared/ui/chart/ticks";
import { describe, expect, it } from "vitest";

describe("axes", () => {
  it("bytes are cut at powers of two, the rest at 1, 2, 2.5 and 5", () => {
    expect(tickStep(16 * 2 ** 30, 4, "bytes")).toBe(4 * 2 ** 30);
    expect(tickStep(1, 4, "ratio")).toBe(0.25);
    expect(valueTicks(0, 400, 4, "none")).toEqual([0, 100, 200, 300, 400]);
  });

  it("a ratio that comes near its ceiling is shown against it, a small one is not", () => {
    expect(valueRange(0.2, 0.7, "ratio", 1)).toEqual([0, 1]);
    expect(valueRange(0.01, 0.03, "ratio", 1)[1]).toBeLessThan(0.1);
  });

  it("an axis without data is still an axis", () => {
    expect(valueRange(null, null, "bytes")).toEqual([0, 1]);
    expect(valueRange(0, 0, "none")).toEqual([0, 1]);
  });

  it("swap that was never used is drawn against a MiB, not against one byte", () => {
    expect(valueRange(0, 0, "bytes")).toEqual([0, 2 ** 20]);
    expect(valueRange(0, 0, "bytes/s")).toEqual([0, 1024]);
    expect(valueRange(0, 0, "ratio")).toEqual([0, 0.1]);
  });

  it("ticks closer than a minute say their seconds, so that no two read the same", () => {
    const at = Date.UTC(2026, 10, 20, 12);
    expect(new Set(timeLabels([at, at + 30_000, at + 60_000], 30_000)).size).toBe(3);
    expect(timeLabels([at], 60_000)[0]).toMatch(/^\d\d:\d\d$/);
  });
});

describe("lines", () => {
  it("a silence is a gap that lasts until the series speaks again, whatever others say meanwhile", () => {
    const quiet = withGaps({ t: [0, 10, 100], v: [1, 2, 3] }, 30);
    const other = { t: [0, 50, 60, 100], v: [5, 5, 5, 5] };
    const { t, columns } = alignColumns([quiet, other]);
    expect(t).toEqual([0, 10, 11, 50, 60, 100]);
    expect(columns[0]).toEqual([1, 2, null, null, null, 3]);
    expect(columns[1]).toEqual([5, undefined, undefined, 5, 5, 5]);
  });

  it("an infinite value is a gap: it is no end of the axis for all others", () => {
    const { columns } = alignColumns([
      { t: [0, 10, 20, 30], v: [1, Infinity, -Infinity, 2] },
      { t: [0, 15, 30], v: [Number.NaN, 5, 6] },
    ]);
    expect(columns).toEqual([
      [1, null, null, null, 2],
      [null, null, 5, undefined, 6],
    ]);
    const points = sparklinePoints([0, 10, 20], [1, Infinity, 2], { width: 20, height: 10 });
    expect(points).toBe(sparklinePoints([0, 20], [1, 2], { width: 20, height: 10 }));
  });

  it("stacked areas add up, and a gap adds nothing", () => {
    expect(
      stackColumns([
        [1, 2, null],
        [3, 4, 5],
      ]),
    ).toEqual([
      [1, 2, null],
      [4, 6, 5],
    ]);
  });

  it("the forecast starts where the line ends, and widens the window", () => {
    const point = { t: 30, mean: 3, lo80: 2, hi80: 4, lo95: 1, hi95: 5 };
    const model = chartModel({
      unit: "none",
      startMs: 0,
      endMs: 20,
      stepMs: 10,
      series: [{ key: "a", name: "a", colour: 0, t: [0, 10, 20], v: [1, 1, 2] }],
      forecast: [point],
    });
    expect(model.columns.map(({ role }) => role)).toEqual(["series", "interval95", "interval95", "interval80", "interval80", "forecast"]);
    expect(model.aligned.columns[5]).toEqual([undefined, undefined, 2, 3]);
    expect(model.endMs).toBe(30);
  });

  it("a series that speaks every half minute has no gap where one of every second has", () => {
    const t = [0, 30_000, 60_000];
    const drawn = (spacingMs: number): readonly (number | null | undefined)[] =>
      chartModel({
        unit: "none",
        startMs: 0,
        endMs: 60_000,
        stepMs: 1000,
        series: [{ key: "a", name: "a", colour: 0, t, v: [1, 2, 3], spacingMs }],
      }).aligned.columns[0] ?? [];
    expect(drawn(30_000)).toEqual([1, 2, 3]);
    expect(drawn(1000)).toEqual([1, null, 2, null, 3]);
  });

  it("a point alone between gaps is found, for it gets a dot; points of a line are not", () => {
    expect(lonePoints([1, null, 2, null, 3, undefined, 4])).toEqual([0, 2]);
    expect(lonePoints([undefined, 5, undefined])).toEqual([1]);
    expect(lonePoints([1, undefined, 2])).toEqual([]);
  });

  it("a forecast that the line has overtaken goes on from the line's end", () => {
    const point = (t: number) => ({ t, mean: 3, lo80: 2, hi80: 4, lo95: 1, hi95: 5 });
    const model = chartModel({
      unit: "none",
      startMs: 0,
      endMs: 20,
      stepMs: 10,
      series: [{ key: "a", name: "a", colour: 0, t: [0, 10, 20], v: [1, 1, 2] }],
      forecast: [point(15), point(20), point(30)],
    });
    expect(model.aligned.t).toEqual([0, 10, 20, 30]);
    expect(model.aligned.columns[5]).toEqual([undefined, undefined, 2, 3]);
  });

  it("the crosshair reads the last value before it, but not across a gap", () => {
    expect(valueAt([1, undefined, undefined], 2)).toBe(1);
    expect(valueAt([1, null, undefined], 2)).toBeNull();
  });
});

describe("names and colours", () => {
  it("a legend is filled from the labels", () => {
    expect(fillLegend("core {{cpu}} {{none}}", { cpu: "3" })).toBe("core 3");
  });

  it("without a legend, the labels that differ name the series", () => {
    expect(
      seriesNames([
        { __name__: "x", a: "1", b: "q" },
        { __name__: "x", a: "2", b: "q" },
      ]),
    ).toEqual(["1", "2"]);
    expect(seriesNames([{ __name__: "x" }])).toEqual(["x"]);
  });

  it("a series keeps its colour when another comes or goes", () => {
    const colours = new ColourAssignment();
    expect(colours.assign(["a", "b", "c"])).toEqual([0, 1, 2]);
    expect(colours.assign(["b", "c"])).toEqual([1, 2]);
    expect(colours.assign(["b", "c", "d"])).toEqual([1, 2, 0]);
  });
});
