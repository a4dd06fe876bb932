/**
 * Series that analytics derives from others, made when they are asked for: `sightline:anomaly_score`,
 * `sightline:expected_lower`, `sightline:expected_upper`, `sightline:forecast_crossing_seconds` and
 * `sightline:change_since_deploy_ratio`. They carry the labels of their source, and its name as `metric`.
 */
import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Evaluation } from "../rules/api.ts";
import { SelectRefusal } from "./select-refusal.ts";

const FORECAST_CROSSING = "sightline:forecast_crossing_seconds";
const DEPLOY_CHANGE = "sightline:change_since_deploy_ratio";
const BANDS = ["sightline:anomaly_score", "sightline:expected_lower", "sightline:expected_upper"] as const;
type Band = (typeof BANDS)[number];

const METRIC = "metric";
const THRESHOLD = "threshold";
/** An instant query looks back this far; what reaches further is judged anew from the samples. */
const RECENT_MS = 600_000;
/** Series whose past is judged anew for one request: each takes a day of samples more. */
const MOST_JUDGED_ANEW = 50;

export interface DerivedPorts {
  readonly evaluation: Pick<Evaluation, "expected" | "said" | "expectedRanges">;
  /** Stored series that match. Throws SelectRefusal. */
  readonly sources: (matchers: readonly Matcher[]) => readonly { readonly ref: number; readonly labels: Labels }[];
  /** Found in this time, both ends included, ms. */
  readonly anomalies: (startMs: number, endMs: number) => readonly Anomaly[];
  /** When a series is forecast to cross a threshold, ms; null when it is not, or not known yet. */
  readonly crossings: (sources: readonly Labels[], threshold: number, nowMs: number) => readonly (number | null)[];
  /** By which share series changed with the newest deploy; null without one, or where that cannot be told. */
  readonly changes: (sources: readonly Labels[], nowMs: number) => readonly (number | null)[];
}

/** Whether series of this name are made when they are asked for: what they say may change without a sample of their time. */
export const isDerived = (name: string): boolean =>
  name === FORECAST_CROSSING || name === DEPLOY_CHANGE || BANDS.some((band) => band === name);

/** Nothing for any other name. Throws SelectRefusal for a request that does not say which metric. */
export function selectDerived(ports: DerivedPorts, request: SelectRequest, nowMs: number): SelectedSeries[] {
  const name = request.matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.op === "=")?.value ?? "";
  if (!isDerived(name)) return [];
  const band = BANDS.find((each) => each === name);
  const sources = ports.sources(sourceMatchers(name, request.matchers));
  if (name === DEPLOY_CHANGE) return changes(ports, sources, request, nowMs);
  return band === undefined ? crossings(ports, sources, request, nowMs) : bands(ports, band, sources, request, nowMs);
}

/** The same of the series that they are derived from. */
function sourceMatchers(name: string, matchers: readonly Matcher[]): readonly Matcher[] {
  const metric = matchers.find((matcher) => matcher.name === METRIC);
  if (metric === undefined)
    throw new SelectRefusal("bad_data", `${name} is made from other series when it is asked for: say of which, as ${name}{metric="…"}`);
  const others = matchers.filter(
    (matcher) => matcher.name !== METRIC_NAME && matcher !== metric && !(name === FORECAST_CROSSING && matcher.name === THRESHOLD),
  );
  return [{ ...metric, name: METRIC_NAME }, ...others];
}

function derivedLabels(name: string, { [METRIC_NAME]: metric, ...labels }: Labels, more: Labels = {}): Labels {
  return { ...labels, [METRIC_NAME]: name, [METRIC]: metric ?? "", ...more };
}

function bands(
  { evaluation, anomalies }: DerivedPorts,
  band: Band,
  sources: readonly { readonly ref: number; readonly labels: Labels }[],
  { startMs, endMs }: SelectRequest,
  nowMs: number,
): SelectedSeries[] {
  const of = ({ score, lower, upper }: { score: number; lower: number; upper: number }): number =>
    band === "sightline:anomaly_score" ? score : band === "sightline:expected_lower" ? lower : upper;
  if (startMs >= nowMs - RECENT_MS)
    return recent(evaluation, anomalies, sources, startMs, endMs).map(({ labels, points }) => ({
      labels: derivedLabels(band, labels),
      timestamps: Float64Array.from(points, ({ t }) => t),
      values: Float64Array.from(points, of),
    }));
  if (sources.length > MOST_JUDGED_ANEW) {
    const limit = `at most ${MOST_JUDGED_ANEW} are judged anew over a past`;
    throw new SelectRefusal("limit", `${band} is asked of ${sources.length} series, ${limit}; ask for fewer`);
  }
  const asked = sources.map(({ labels }) => labels);
  return evaluation
    .expectedRanges(asked, startMs + 1, endMs)
    .filter(({ t }) => t.length > 0)
    .map((range) => ({ labels: derivedLabels(band, range.labels), timestamps: Float64Array.from(range.t), values: column(range, band) }));
}

type Judged = Pick<Anomaly, "t" | "score" | "lower" | "upper">;

/** What was said of each series, as far as that is remembered, at least the newest judgement, and before it the anomalies that were found: one lasts for a step and is not to be missed. */
function recent(
  evaluation: DerivedPorts["evaluation"],
  anomalies: DerivedPorts["anomalies"],
  sources: readonly { readonly ref: number; readonly labels: Labels }[],
  startMs: number,
  endMs: number,
): { readonly labels: Labels; readonly points: readonly Judged[] }[] {
  const found = Map.groupBy(anomalies(startMs + 1, endMs), ({ labels }) => seriesKey(labels));
  return sources.flatMap(({ ref, labels }) => {
    const latest = evaluation.expected(ref);
    if (latest === null) return [];
    const said = evaluation.said(ref);
    const remembered: readonly Judged[] = said.length > 0 ? said : [latest];
    const from = remembered[0]?.t ?? latest.t;
    const before: readonly Judged[] = (found.get(seriesKey(labels)) ?? []).filter(({ t }) => t < from);
    const points = [...before, ...remembered].filter(({ t }) => t > startMs && t <= endMs).toSorted((a, b) => a.t - b.t);
    return points.length === 0 ? [] : [{ labels, points }];
  });
}

const column = ({ score, lower, upper }: ExpectedRange, band: Band): Float64Array =>
  Float64Array.from(band === "sightline:anomaly_score" ? score : band === "sightline:expected_lower" ? lower : upper);

/** Of the present only. */
function changes(
  ports: DerivedPorts,
  sources: readonly { readonly labels: Labels }[],
  { startMs, endMs }: SelectRequest,
  nowMs: number,
): SelectedSeries[] {
  const at = Math.min(endMs, nowMs);
  if (at <= startMs || at < nowMs - RECENT_MS) return [];
  const found = ports.changes(
    sources.map(({ labels }) => labels),
    nowMs,
  );
  return sources.flatMap(({ labels }, i) => {
    const change = found[i] ?? null;
    return change === null
      ? []
      : [{ labels: derivedLabels(DEPLOY_CHANGE, labels), timestamps: Float64Array.of(at), values: Float64Array.of(change) }];
  });
}

/** Of the present only: what was forecast in the past is not kept. */
function crossings(
  ports: DerivedPorts,
  sources: readonly { readonly labels: Labels }[],
  { matchers, startMs, endMs }: SelectRequest,
  nowMs: number,
): SelectedSeries[] {
  const threshold = matchers.find((matcher) => matcher.name === THRESHOLD && matcher.op === "=")?.value ?? "";
  if (threshold.trim() === "" || Number.isNaN(Number(threshold)))
    throw new SelectRefusal("bad_data", `say which threshold is crossed, as ${FORECAST_CROSSING}{metric="…",threshold="0.9"}`);
  const at = Math.min(endMs, nowMs);
  if (at <= startMs || at < nowMs - RECENT_MS) return [];
  const found = ports.crossings(
    sources.map(({ labels }) => labels),
    Number(threshold),
    nowMs,
  );
  return sources.flatMap(({ labels }, i) => {
    const crossesAt = found[i] ?? null;
    if (crossesAt === null) return [];
    const values = Float64Array.of(Math.max(0, crossesAt - at) / 1000);
    return [{ labels: derivedLabels(FORECAST_CROSSING, labels, { threshold }), timestamps: Float64Array.of(at), values }];
  });
}
