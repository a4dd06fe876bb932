/** A query's history and forecast as a markdown image in the colours of the theme. */
import type { DataSource } from "@sightline/shared/api/data-source";
import { expectedSentence, forecastHorizon, forecastNotes, forecastSentence } from "@sightline/shared/format/forecast-text";
import { parseDuration } from "@sightline/shared/model/duration";
import type { ExpectedRange, ForecastResponse } from "@sightline/shared/api/responses";
import type { ForecastPoint, ForecastSeries } from "@sightline/shared/model/forecast";
import * as vscode from "vscode";
import { chartedSeries } from "./charted-series.ts";
import { chartSvg, CONTRAST_CHART, DARK_CHART, LIGHT_CHART, svgDataUri } from "./chart-svg.ts";

export interface ChartImage {
  /** Empty when there is too little to draw. */
  readonly markdown: string;
  /** What the forecast says, or why there is none. */
  readonly forecast: string;
}

const POINTS = 120;

/** `selector`: when the query is one, the range that was expected of the series is drawn as well. */
export async function chartImage(
  source: DataSource,
  query: string,
  format: (value: number) => string,
  nowMs: number,
  selector?: string,
): Promise<ChartImage> {
  const rangeMs = defaultRangeMs();
  const stepMs = Math.max(1000, Math.round(rangeMs / POINTS / 1000) * 1000);
  const [history, answer, ranges] = await Promise.all([
    source.queryRange(query, nowMs - rangeMs, nowMs, stepMs),
    forecastOf(source, query, forecastHorizon(rangeMs)),
    selector === undefined ? [] : expectedOf(source, selector, nowMs - rangeMs, nowMs),
  ]);
  const charted = chartedSeries(history, answer.series, ranges);
  if (charted === null) return { markdown: "", forecast: "" };
  const { series, expected, which } = charted;
  const prediction = predictionOf(charted.forecast, answer.warnings);
  const range = expected === undefined ? {} : { expected };
  const svg = chartSvg({ t: series.t, v: series.v, forecast: prediction.points, ...range, format, colors: themeColors() });
  const said = [
    expected === undefined ? "" : expectedSentence(expected, format),
    forecastSentence(prediction, forecastHorizon(rangeMs), format),
    prediction.words,
  ].filter((part) => part !== "");
  return {
    markdown: svg === null ? "" : `![history and forecast](${svgDataUri(svg)})`,
    forecast: `${which === "" || said.length === 0 ? "" : `${which}: `}${said.join(". ")}`,
  };
}

export function defaultRangeMs(): number {
  const range = parseDuration(vscode.workspace.getConfiguration("sightline").get("defaultRange", "15m"));
  return range.ok && range.value > 0 ? range.value : 900_000;
}

async function forecastOf(
  source: DataSource,
  query: string,
  horizonMs: number,
): Promise<Required<Pick<ForecastResponse, "series" | "warnings">>> {
  try {
    const { series, warnings = [] } = await source.forecast(query, horizonMs);
    return { series, warnings };
  } catch (error) {
    return { series: [], warnings: [error instanceof Error ? error.message : String(error)] };
  }
}

/** What is drawn of a forecast, and what is said of it besides. */
function predictionOf(
  series: ForecastSeries | undefined,
  warnings: readonly string[],
): { readonly points: readonly ForecastPoint[]; readonly words: string } {
  if (series === undefined) return { points: [], words: warnings.map((warning) => `no forecast: ${warning}`).join(". ") };
  if ("refused" in series) return { points: [], words: `no forecast: ${series.refused.reason}` };
  return { points: series.points, words: forecastNotes(series) };
}

/** A chart without its band is better than none. */
async function expectedOf(source: DataSource, selector: string, startMs: number, endMs: number): Promise<readonly ExpectedRange[]> {
  try {
    return (await source.anomalies(selector, startMs, endMs, true)).ranges ?? [];
  } catch {
    return [];
  }
}

function themeColors() {
  const { kind } = vscode.window.activeColorTheme;
  if (kind === vscode.ColorThemeKind.HighContrast) return CONTRAST_CHART;
  return kind === vscode.ColorThemeKind.Dark ? DARK_CHART : LIGHT_CHART;
}
