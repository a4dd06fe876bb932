import { describe, expect, it } from "vitest";
import { joinTimings, metricsByPlace, placeKey, placeP95Query } from "../../extension/src/code/timing.ts";
import { isFailing, lineText, timingText } from "../../extension/src/code/timing-text.ts";

const place = { code_function_name: "search", code_file_path: "src/shop.ts", code_line_number: "12" };
const sample = (labels: Record<string, string>, v: number) => ({ labels, t: 0, v });

describe("timings of code", () => {
  it("join p95, calls and failures of one place", () => {
    const timings = joinTimings(
      [sample(place, 0.12)],
      [sample(place, 3), sample({ ...place, error_type: "Error" }, 0.5), sample({ ...place, http_response_status_code: "503" }, 0.5)],
    );
    expect(timings).toEqual([{ functionName: "search", file: "src/shop.ts", line: 12, p95Seconds: 0.12, perSecond: 4, errorRatio: 0.25 }]);
  });

  it("a place without calls has no p95: NaN is no number to show", () => {
    const [timing] = joinTimings([sample(place, Number.NaN)], [sample(place, 0)]);
    expect(timing).toMatchObject({ p95Seconds: null, perSecond: 0, errorRatio: null });
  });

  it("labels without a line are left out", () => {
    expect(joinTimings([sample({ code_file_path: "src/shop.ts" }, 1), sample({ ...place, code_line_number: "x" }, 1)], [])).toEqual([]);
  });

  it("the query of a place quotes what it is given", () => {
    expect(placeP95Query({ functionName: 'a"b', file: "C:\\shop.ts", line: 3 })).toBe(
      String.raw`histogram_quantile(0.95, sum(rate({code_file_path="C:\\shop.ts",code_line_number="3",code_function_name="a\"b"}[1m])))`,
    );
  });

  it("metrics of a place are named once, in order", () => {
    const names = metricsByPlace([
      { __name__: "b_seconds", ...place },
      { __name__: "a_seconds", ...place },
      { __name__: "b_seconds", ...place, x: "1" },
    ]);
    expect(names.get(placeKey({ functionName: "search", file: "src/shop.ts", line: 12 }))).toEqual(["a_seconds", "b_seconds"]);
  });
});

describe("the end of a line", () => {
  const timing = { functionName: "search", file: "src/shop.ts", line: 12, p95Seconds: 0.12, perSecond: 4.2, errorRatio: 0.005 };

  it("says p95, rate and errors", () => {
    expect(timingText(timing)).toBe("p95 120 ms · 4.2/s · 0.5% errors");
  });

  it("says nothing of errors when there are none", () => {
    expect(timingText({ ...timing, errorRatio: 0 })).toBe("p95 120 ms · 4.2/s");
  });

  it("says when nothing calls the function", () => {
    expect(timingText({ ...timing, p95Seconds: null, perSecond: 0, errorRatio: null })).toBe("no calls for 1 min");
  });

  it("counts further timings of the line and marks failing ones", () => {
    const placed = { line: 11, timings: [timing, { ...timing, errorRatio: 0.2 }] };
    expect(lineText(placed)).toBe("p95 120 ms · 4.2/s · 0.5% errors (+1)");
    expect(isFailing(placed)).toBe(true);
    expect(isFailing({ line: 11, timings: [timing] })).toBe(false);
  });
});
