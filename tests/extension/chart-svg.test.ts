import { describe, expect, it } from "vitest";
import { chartSvg, DARK_CHART, svgDataUri } from "../../extension/src/code/chart-svg.ts";

const input = { t: [0, 1_000, 2_000, 3_000], v: [1, 2, null, 3] as (number | null)[], forecast: [], format: String, colors: DARK_CHART };
const point = (t: number, mean: number, wide: number) => ({
  t,
  mean,
  lo80: mean - wide,
  hi80: mean + wide,
  lo95: mean - 2 * wide,
  hi95: mean + 2 * wide,
});

describe("a small chart", () => {
  it("breaks its line at a gap", () => {
    const path = /<path d="([^"]+)"/.exec(chartSvg(input) ?? "")?.[1] ?? "";
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it("draws both bands and the mean of a forecast after the line", () => {
    const svg = chartSvg({ ...input, forecast: [point(4_000, 3, 0.2), point(5_000, 3, 0.3)] }) ?? "";
    expect(svg.match(/<polygon/g)).toHaveLength(2);
    expect(svg).toContain("stroke-dasharray");
  });

  it("draws the range that was expected under the line, and none of before it", () => {
    const expected = { t: [-5_000, 0, 1_000, 3_000], lower: [0, 1, 1, 1], upper: [9, 3, 3, 3] };
    const outline = /<polygon class="expected" points="([^"]+)"/.exec(chartSvg({ ...input, expected }) ?? "")?.[1] ?? "";
    expect(outline.split(" ")).toHaveLength(6);
    expect(chartSvg({ ...input, expected: { t: [], lower: [], upper: [] } })).not.toContain("expected");
  });

  it("a very wide band does not flatten the line", () => {
    const svg = chartSvg({ ...input, forecast: [point(4_000, 3, 1e6), point(5_000, 3, 1e6)] }) ?? "";
    const labels = [...svg.matchAll(/>(-?[\d.]+)<\/text>/g)].map((match) => Number(match[1]));
    expect(labels).toEqual([5, -1]);
  });

  it("has nothing to draw of a single point or of none", () => {
    expect(chartSvg({ ...input, t: [0], v: [1] })).toBeNull();
    expect(chartSvg({ ...input, v: [null, null, null, 1] })).toBeNull();
  });

  it("a constant line is drawn, not divided by zero", () => {
    expect(chartSvg({ ...input, v: [0, 0, 0, 0] })).not.toMatch(/NaN|Infinity/);
  });

  it("labels are escaped, and the image survives signs beyond Latin", () => {
    const svg = chartSvg({ ...input, format: () => "<µs>" }) ?? "";
    expect(svg).toContain("&lt;µs&gt;");
    const encoded = svgDataUri(svg).replace("data:image/svg+xml;base64,", "");
    expect(Buffer.from(encoded, "base64").toString("utf8")).toBe(svg);
  });
});
