import { svg } from "../dom/element.ts";

export interface SparklineOptions {
  readonly width: number;
  readonly height: number;
  readonly level?: string;
  /** Top of the scale; the largest value when absent. */
  readonly max?: number;
}

/** Points of an SVG polyline: time across, value up from zero (or from the smallest, when that is below). */
export function sparklinePoints(times: readonly number[], values: readonly number[], { width, height, max }: SparklineOptions): string {
  // What has no place between two values is passed over.
  const t = times.filter((_, index) => Number.isFinite(values[index]));
  const v = values.filter((value) => Number.isFinite(value));
  const first = t[0] ?? 0;
  const span = (t.at(-1) ?? first) - first || 1;
  const low = Math.min(0, ...v);
  const high = Math.max(max ?? 0, ...v, low + Number.EPSILON);
  return v
    .map(
      (value, index) =>
        `${((((t[index] ?? first) - first) / span) * width).toFixed(1)},${(height - 1.5 - ((value - low) / (high - low)) * (height - 3)).toFixed(1)}`,
    )
    .join(" ");
}

/** A small line without axes, for numbers whose shape matters more than their values. */
export function sparkline(t: readonly number[], v: readonly number[], options: SparklineOptions): SVGElement {
  const points = sparklinePoints(t, v, options);
  const { width, height } = options;
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      class: `sl-sparkline sl-level-${options.level ?? "plain"}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    [
      svg("polygon", { points: `0,${height} ${points} ${width},${height}`, class: "sl-sparkline-area" }),
      svg("polyline", { points, class: "sl-sparkline-line", "vector-effect": "non-scaling-stroke" }),
    ],
  );
}
