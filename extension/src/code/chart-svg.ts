/** A small line chart with its forecast as an SVG, for hovers: no script, no fonts of its own, colours as arguments. */
import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { ForecastPoint } from "@sightline/shared/model/forecast";

export interface ChartColors {
  readonly line: string;
  readonly band: string;
  readonly text: string;
}

export interface ChartInput {
  readonly t: readonly number[];
  readonly v: readonly (number | null)[];
  readonly forecast: readonly ForecastPoint[];
  /** The range that was expected, over the line. */
  readonly expected?: Pick<ExpectedRange, "t" | "lower" | "upper">;
  readonly format: (value: number) => string;
  readonly colors: ChartColors;
}

const WIDTH = 320;
const HEIGHT = 72;
const MARGIN = { top: 6, right: 46, bottom: 4, left: 2 };

export const DARK_CHART: ChartColors = { line: "#4fc1ff", band: "#4fc1ff", text: "#a0a0a0" };
export const LIGHT_CHART: ChartColors = { line: "#0065a9", band: "#0065a9", text: "#616161" };
export const CONTRAST_CHART: ChartColors = { line: "#ffd700", band: "#ffd700", text: "#ffffff" };

/** Null when there is nothing to draw. */
export function chartSvg(input: ChartInput): string | null {
  const { forecast, colors } = input;
  const points: (readonly [number, number | null])[] = input.t.map((t, index) => [t, finite(input.v[index])]);
  const drawn = points.filter((point): point is readonly [number, number] => point[1] !== null);
  if (drawn.length < 2) return null;
  // The line and where it leads are shown whole.
  const values = [...drawn.map((point) => point[1]), ...forecast.map((point) => point.mean)];
  const observedMax = Math.max(...values);
  const observedMin = Math.min(...values);
  // A wide forecast must not flatten the line: the band may take at most as much room again.
  const spread = Math.max(observedMax - observedMin, Math.abs(observedMax) * 0.1, Number.MIN_VALUE);
  const high = Math.max(observedMax, Math.min(Math.max(...forecast.map((point) => point.hi95), observedMax), observedMax + spread));
  const low = Math.min(observedMin, Math.max(Math.min(...forecast.map((point) => point.lo95), observedMin), observedMin - spread));
  const start = drawn[0]?.[0] ?? 0;
  const end = Math.max(drawn.at(-1)?.[0] ?? 0, forecast.at(-1)?.t ?? 0);
  const span = Math.max(high - low, Number.MIN_VALUE);
  const x = (t: number): string => round(MARGIN.left + ((t - start) / Math.max(1, end - start)) * (WIDTH - MARGIN.left - MARGIN.right));
  const y = (value: number): string =>
    round(MARGIN.top + (1 - (Math.min(high, Math.max(low, value)) - low) / span) * (HEIGHT - MARGIN.top - MARGIN.bottom));

  const band = (lower: (point: ForecastPoint) => number, upper: (point: ForecastPoint) => number, opacity: number): string => {
    const top = forecast.map((point) => `${x(point.t)},${y(upper(point))}`);
    const bottom = forecast.map((point) => `${x(point.t)},${y(lower(point))}`).toReversed();
    return `<polygon points="${[...top, ...bottom].join(" ")}" fill="${colors.band}" fill-opacity="${opacity}"/>`;
  };
  const parts = [];
  const { expected } = input;
  if (expected !== undefined && expected.t.length > 1) {
    // What was expected before the line begins is not shown.
    const inside = expected.t.flatMap((t, index) => (t >= start && t <= end ? [index] : []));
    const edge = (values: readonly number[]): string[] =>
      inside.map((index) => `${x(expected.t[index] ?? start)},${y(values[index] ?? low)}`);
    const outline = [...edge(expected.upper), ...edge(expected.lower).toReversed()].join(" ");
    if (inside.length > 1) parts.push(`<polygon class="expected" points="${outline}" fill="${colors.text}" fill-opacity="0.16"/>`);
  }
  if (forecast.length > 1) {
    parts.push(
      band(
        (point) => point.lo95,
        (point) => point.hi95,
        0.12,
      ),
      band(
        (point) => point.lo80,
        (point) => point.hi80,
        0.18,
      ),
    );
    const last = drawn.at(-1);
    const joined = [...(last === undefined ? [] : [last]), ...forecast.map((point) => [point.t, point.mean] as const)];
    const mean = joined.map(([t, value]) => `${x(t)},${y(value)}`).join(" ");
    parts.push(`<polyline points="${mean}" fill="none" stroke="${colors.line}" stroke-width="1.2" stroke-dasharray="3 3"/>`);
  }
  parts.push(`<path d="${linePath(points, x, y)}" fill="none" stroke="${colors.line}" stroke-width="1.6" stroke-linejoin="round"/>`);
  const label = (value: number, at: number): string =>
    `<text x="${WIDTH - MARGIN.right + 4}" y="${at}" fill="${colors.text}" font-family="sans-serif" font-size="10">${escapeXml(input.format(value))}</text>`;
  parts.push(label(high, MARGIN.top + 8), label(low, HEIGHT - MARGIN.bottom));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${parts.join("")}</svg>`;
}

/** For a markdown image. */
export const svgDataUri = (svg: string): string =>
  `data:image/svg+xml;base64,${btoa(String.fromCharCode(...new TextEncoder().encode(svg)))}`;

function linePath(points: readonly (readonly [number, number | null])[], x: (t: number) => string, y: (value: number) => string): string {
  let path = "";
  let pen = false;
  for (const [t, value] of points) {
    if (value !== null) path += `${pen ? "L" : "M"}${x(t)} ${y(value)}`;
    pen = value !== null;
  }
  return path;
}

const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;
const round = (value: number): string => String(Math.round(value * 10) / 10);
const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
