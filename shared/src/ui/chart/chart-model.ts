/** What a chart shows, free of the DOM: aligned columns and what each of them is. */
import type { ExpectedRange } from "../../api/responses.ts";
import type { ForecastPoint } from "../../model/forecast.ts";
import type { Unit } from "../../format/units.ts";
import { alignColumns, type Aligned, type Points, stackColumns, withGaps } from "./columns.ts";

export interface ChartSeries {
  readonly key: string;
  readonly name: string;
  /** Index into the palette. */
  readonly colour: number;
  readonly t: readonly number[];
  readonly v: readonly number[];
  /** Usual distance of its samples, ms; the chart's step when absent. */
  readonly spacingMs?: number;
}

export interface ChartInput {
  readonly unit: Unit;
  readonly startMs: number;
  readonly endMs: number;
  /** Distance of points. A silence over three of them, and over three usual distances of the series, is a gap. */
  readonly stepMs: number;
  readonly series: readonly ChartSeries[];
  readonly stacked?: boolean;
  readonly filled?: boolean;
  readonly expected?: Pick<ExpectedRange, "t" | "lower" | "upper"> | null;
  readonly forecast?: readonly ForecastPoint[] | null;
  readonly threshold?: number | null;
  /** The most a value can be, e.g. 1 for a ratio. */
  readonly ceiling?: number;
}

export type Role = "series" | "expected" | "forecast" | "interval80" | "interval95";

export interface ChartColumn {
  readonly role: Role;
  readonly name: string;
  readonly colour: number;
}

export interface ChartModel {
  readonly input: ChartInput;
  /** Column 0 is `series[0]` and so on; bands come after as pairs of lower, upper. */
  readonly columns: readonly ChartColumn[];
  readonly aligned: Aligned;
  /** Unstacked values aligned with `aligned.t`, for the legend. */
  readonly values: Aligned["columns"];
  readonly endMs: number;
}

/** A host under load may be late by some seconds without having been silent. */
const MIN_GAP_MS = 10_000;

export function chartModel(input: ChartInput): ChartModel {
  const points: Points[] = input.series.map((series) =>
    withGaps(series, Math.max(3.5 * Math.max(input.stepMs, series.spacingMs ?? 0), MIN_GAP_MS)),
  );
  const columns: ChartColumn[] = input.series.map(({ name, colour }) => ({ role: "series", name, colour }));
  const add = (role: Role, name: string, t: readonly number[], v: readonly number[]): void => {
    points.push({ t, v });
    columns.push({ role, name, colour: input.series[0]?.colour ?? 0 });
  };
  if (input.expected) {
    add("expected", "expected, low", input.expected.t, input.expected.lower);
    add("expected", "expected, high", input.expected.t, input.expected.upper);
  }
  const from = lastPoint(input.series[0]);
  // Time has gone on since the forecast was made: what it says of the past is overtaken by the line.
  const forecast = (input.forecast ?? []).filter(({ t }) => t > (from[0]?.[0] ?? -Infinity));
  if (forecast.length > 0) {
    // The forecast starts where the line ends, so that no hole is seen between them.
    const times = [...from.map(([at]) => at), ...forecast.map((point) => point.t)];
    const column = (of: (point: ForecastPoint) => number): number[] => [...from.map(([, value]) => value), ...forecast.map(of)];
    add(
      "interval95",
      "95% low",
      times,
      column((point) => point.lo95),
    );
    add(
      "interval95",
      "95% high",
      times,
      column((point) => point.hi95),
    );
    add(
      "interval80",
      "80% low",
      times,
      column((point) => point.lo80),
    );
    add(
      "interval80",
      "80% high",
      times,
      column((point) => point.hi80),
    );
    add(
      "forecast",
      "forecast",
      times,
      column((point) => point.mean),
    );
  }
  const plain = alignColumns(points);
  const count = input.series.length;
  const aligned =
    input.stacked === true
      ? { t: plain.t, columns: [...stackColumns(plain.columns.slice(0, count)), ...plain.columns.slice(count)] }
      : plain;
  return { input, columns, aligned, values: plain.columns, endMs: Math.max(input.endMs, forecast.at(-1)?.t ?? 0) };
}

function lastPoint(series: ChartSeries | undefined): readonly (readonly [number, number])[] {
  const at = series?.t.at(-1);
  const value = series?.v.at(-1);
  return at === undefined || value === undefined ? [] : [[at, value]];
}

/** The value shown for a column at a row: the nearest one at or before it within the gap, as a reader's eye would take it. */
export function valueAt(column: Aligned["columns"][number], row: number, reach = 8): number | null {
  for (let index = row; index >= 0 && index > row - reach; index--) {
    const value = column[index];
    if (value === null) return null;
    if (value !== undefined) return value;
  }
  return null;
}
