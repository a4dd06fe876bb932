/** Timings of code: what histograms that carry their source location say of each place, over the last minute. */
import type { InstantSeries } from "@sightline/shared/api/data-source";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";

/** Where a timing is taken; line counts from 1. */
export interface CodePlace {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
}

export interface CodeTiming extends CodePlace {
  /** Null when nothing was measured in the window. */
  readonly p95Seconds: number | null;
  readonly perSecond: number | null;
  /** 0–1; null without calls. */
  readonly errorRatio: number | null;
}

const PLACE = "code_function_name, code_file_path, code_line_number";
const LOCATED = `{code_file_path!=""}`;

export const LOCATED_SELECTOR = LOCATED;
export const P95_QUERY = `histogram_quantile(0.95, sum by (${PLACE}) (rate(${LOCATED}[1m])))`;
/** One query for calls and failures: OpenTelemetry sets error_type on failed operations, HTTP servers a status as well. */
export const CALLS_QUERY = `sum by (${PLACE}, error_type, http_response_status_code) (histogram_count(rate(${LOCATED}[1m])))`;

/** PromQL selector of everything measured at one place. */
function placeSelector(place: CodePlace): string {
  const matchers = [
    `code_file_path=${JSON.stringify(place.file)}`,
    `code_line_number="${place.line}"`,
    ...(place.functionName === "" ? [] : [`code_function_name=${JSON.stringify(place.functionName)}`]),
  ];
  return `{${matchers.join(",")}}`;
}

export const placeP95Query = (place: CodePlace): string => `histogram_quantile(0.95, sum(rate(${placeSelector(place)}[1m])))`;

export const placeKey = (place: CodePlace): string => `${place.file}\n${place.line}\n${place.functionName}`;

/** Null when the labels name no line. */
export function placeOfLabels(labels: Labels): CodePlace | null {
  const file = labels["code_file_path"] ?? "";
  const line = Number(labels["code_line_number"]);
  if (file === "" || !Number.isInteger(line) || line < 1) return null;
  return { functionName: labels["code_function_name"] ?? "", file, line };
}

/** Joins the answers of the two queries by place. */
export function joinTimings(p95: readonly InstantSeries[], calls: readonly InstantSeries[]): readonly CodeTiming[] {
  const rows = new Map<string, { place: CodePlace; p95: number | null; calls: number | null; failed: number }>();
  const row = (labels: Labels) => {
    const place = placeOfLabels(labels);
    if (place === null) return null;
    const key = placeKey(place);
    const known = rows.get(key) ?? { place, p95: null, calls: null, failed: 0 };
    rows.set(key, known);
    return known;
  };
  for (const series of p95) {
    const found = row(series.labels);
    if (found !== null && Number.isFinite(series.v)) found.p95 = series.v;
  }
  for (const series of calls) {
    const found = row(series.labels);
    if (found === null || !Number.isFinite(series.v)) continue;
    found.calls = (found.calls ?? 0) + series.v;
    if (isFailure(series.labels)) found.failed += series.v;
  }
  return [...rows.values()].map(({ place, p95, calls, failed }) => ({
    ...place,
    p95Seconds: p95,
    perSecond: calls,
    errorRatio: calls === null || calls === 0 ? null : failed / calls,
  }));
}

const isFailure = (labels: Labels): boolean =>
  (labels["error_type"] ?? "") !== "" || (labels["http_response_status_code"] ?? "").startsWith("5");

/** Metric names measured at each place, by `placeKey`. */
export function metricsByPlace(series: readonly Labels[]): ReadonlyMap<string, readonly string[]> {
  const byPlace = new Map<string, Set<string>>();
  for (const labels of series) {
    const place = placeOfLabels(labels);
    const metric = labels[METRIC_NAME];
    if (place === null || metric === undefined) continue;
    const names = byPlace.get(placeKey(place)) ?? new Set<string>();
    byPlace.set(placeKey(place), names.add(metric));
  }
  return new Map([...byPlace].map(([key, names]) => [key, [...names].toSorted()]));
}
