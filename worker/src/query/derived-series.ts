/**
 * Series that analytics derives from others, made when they are asked for: `sightline:anomaly_score`,
 * `sightline:expected_lower`, `sightline:expected_upper`, `sightline:late_anomaly_score`, `sightline:anomaly_open`, `sightline:forecast_crossing_seconds` and
 * `sightline:change_since_deploy_ratio`. They carry the labels of their source, and its name as `metric`.
 */
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { Evaluation } from "../rules/api.ts";
import type { PlanLog } from "../shard/plan-log.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { metricsOf, type JudgedPoint, type ToldAnomalies, toldOf, toldRanges, withTold } from "./told-anomalies.ts";

const LATE_SCORE = "sightline:late_anomaly_score";
const OPEN_ANOMALY = "sightline:anomaly_open";
const FORECAST_CROSSING = "sightline:forecast_crossing_seconds";
const DEPLOY_CHANGE = "sightline:change_since_deploy_ratio";
const ASKED_OF: readonly string[] = [LATE_SCORE, OPEN_ANOMALY, FORECAST_CROSSING, DEPLOY_CHANGE];
const BANDS = ["sightline:anomaly_score", "sightline:expected_lower", "sightline:expected_upper"] as const;
type Band = (typeof BANDS)[number];

const METRIC = "metric";
const THRESHOLD = "threshold";
/** Rules and instant queries look back no further; what reaches further is judged anew from the samples. */
const RECENT_MS = 600_000;
/** A look back that wants the newest step alone, or what was told within it: a rule costs no more than that. */
const LOOKBACK_MS = 300_000;
/** For so long after a late anomaly its series is said to be there: as long as an alert outlives its data. */
const LATE_PRESENT_MS = 3_600_000;
/** Series whose past is judged anew for one request: each takes a day of samples more. */
const MOST_JUDGED_ANEW = 50;

export interface DerivedPorts {
  readonly evaluation: Pick<Evaluation, "said" | "rich" | "expectedRanges">;
  /** Undefined of a series that is forgotten. */
  readonly labelsOf: (ref: number) => Labels | undefined;
  /** Stored series that match. Throws SelectRefusal. */
  readonly sources: (matchers: readonly Matcher[]) => readonly { readonly ref: number; readonly labels: Labels }[];
  readonly plans: Pick<PlanLog, "told" | "toldStepwise" | "toldLate">;
  /** When a series is forecast to cross a threshold, ms; null when it is not. Throws SelectRefusal while that is not known. */
  readonly crossings: (sources: readonly Labels[], threshold: number, nowMs: number) => readonly (number | null)[];
  /** By which share series changed with the newest deploy; null without one, or where that cannot be told. */
  readonly changes: (sources: readonly Labels[], nowMs: number) => readonly (number | null)[];
  /** The scores of the strongest anomalies of series that are open; 0 without one. */
  readonly openScores: (sources: readonly Labels[], nowMs: number, pace: Pace) => Stepwise<readonly number[]>;
}

/** Whether series of this name are made when they are asked for: what they say may change without a sample of their time. */
export const isDerived = (name: string): boolean => ASKED_OF.includes(name) || BANDS.some((band) => band === name);

/** Nothing for any other name. Throws SelectRefusal for a request that does not say of which metric, where what is kept does not answer it. */
export function* selectDerived(ports: DerivedPorts, request: SelectRequest, nowMs: number, pace: Pace): Stepwise<SelectedSeries[]> {
  const name = request.matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.op === "=")?.value ?? "";
  if (!isDerived(name)) return [];
  const band = BANDS.find((each) => each === name);
  if (band !== undefined) return yield* bands(ports, band, request, nowMs, pace);
  const sources = ports.sources(sourceMatchers(name, request.matchers));
  if (name === LATE_SCORE) return lateScores(ports, sources, request);
  if (name === FORECAST_CROSSING) return crossings(ports, sources, request, nowMs);
  const at = Math.min(request.endMs, nowMs);
  if (at <= request.startMs || at < nowMs - RECENT_MS) return [];
  const labels = sources.map((source) => source.labels);
  const values = name === DEPLOY_CHANGE ? ports.changes(labels, nowMs) : yield* ports.openScores(labels, nowMs, pace);
  return ofPresent(name, labels, values, at);
}

/** The same of the series that they are derived from. */
function sourceMatchers(name: string, matchers: readonly Matcher[]): readonly Matcher[] {
  if (!matchers.some((matcher) => matcher.name === METRIC))
    throw new SelectRefusal("bad_data", `${name} is made from other series when it is asked for: say of which, as ${name}{metric="…"}`);
  return matchers
    .filter((matcher) => matcher.name !== METRIC_NAME && !(name === FORECAST_CROSSING && matcher.name === THRESHOLD))
    .map((matcher) => (matcher.name === METRIC ? { ...matcher, name: METRIC_NAME } : matcher));
}

function derivedLabels(name: string, { [METRIC_NAME]: metric, ...labels }: Labels, more: Labels = {}): Labels {
  return { ...labels, [METRIC_NAME]: name, [METRIC]: metric ?? "", ...more };
}

function* bands(
  { evaluation, plans, labelsOf, sources }: DerivedPorts,
  band: Band,
  request: SelectRequest,
  nowMs: number,
  pace: Pace,
): Stepwise<SelectedSeries[]> {
  const { startMs, endMs } = request;
  const of = ({ score, lower, upper }: JudgedPoint): number =>
    band === "sightline:anomaly_score" ? score : band === "sightline:expected_lower" ? lower : upper;
  const made = (judged: readonly JudgedPoints[]): SelectedSeries[] =>
    judged
      .filter(({ points }) => points.length > 0)
      .map(({ labels, points }) => ({
        labels: derivedLabels(band, labels),
        timestamps: Float64Array.from(points, ({ t }) => t),
        values: Float64Array.from(points, of),
      }));
  if (!request.matchers.some(({ name }) => name === METRIC)) {
    const rich = evaluation.rich().map((ref) => ({ ref, labels: labelsOf(ref) }));
    return made(keptPoints(evaluation, plans, rich, request));
  }
  const found = sources(sourceMatchers(band, request.matchers));
  const isShort = endMs - startMs <= LOOKBACK_MS || found.length > MOST_JUDGED_ANEW;
  if (startMs >= nowMs - RECENT_MS && isShort) {
    const labels = found.map((one) => one.labels);
    const told = yield* toldOf(plans, labels, startMs, endMs, pace);
    // What came after the time that is asked for is all that is remembered of some.
    const unknown = found.length > MOST_JUDGED_ANEW ? [] : found.filter(({ ref }) => (evaluation.said(ref)[0]?.t ?? 0) > endMs);
    const judged = yield* rangesOf(evaluation, plans, unknown, startMs, endMs, pace);
    const anew = new Map(judged.map(({ labels, points }) => [labels, points]));
    return made(
      found.map(({ ref, labels }) => ({ labels, points: anew.get(labels) ?? saidPoints(evaluation, ref, labels, told, request) })),
    );
  }
  if (found.length > MOST_JUDGED_ANEW) {
    const limit = `at most ${MOST_JUDGED_ANEW} are judged anew over a past`;
    throw new SelectRefusal("limit", `${band} is asked of ${found.length} series, ${limit}; ask for fewer`);
  }
  return made(yield* rangesOf(evaluation, plans, found, startMs, endMs, pace));
}

interface JudgedPoints {
  readonly labels: Labels;
  readonly points: readonly JudgedPoint[];
}

/** Over any past, what is not remembered judged anew. */
function* rangesOf(
  evaluation: DerivedPorts["evaluation"],
  plans: DerivedPorts["plans"],
  sources: readonly { readonly labels: Labels }[],
  startMs: number,
  endMs: number,
  pace: Pace,
): Stepwise<JudgedPoints[]> {
  if (sources.length === 0) return [];
  const asked = sources.map(({ labels }) => labels);
  const ranges = yield* toldRanges(evaluation, plans, asked, startMs + 1, endMs, pace);
  return ranges.map(({ labels, t, expected, lower, upper, score }) => ({
    labels,
    points: t.map((at, i) => ({
      t: at,
      expected: expected[i] ?? Number.NaN,
      lower: lower[i] ?? Number.NaN,
      upper: upper[i] ?? Number.NaN,
      score: score[i] ?? Number.NaN,
    })),
  }));
}

/** What was said of the series, as far as that is remembered, at least the newest judgement, and the anomalies that were told: one lasts for a step and is not to be missed. */
function saidPoints(
  evaluation: DerivedPorts["evaluation"],
  ref: number,
  labels: Labels,
  told: ToldAnomalies,
  { startMs, endMs }: SelectRequest,
): readonly JudgedPoint[] {
  const remembered = evaluation.said(ref).filter(({ t }) => t > startMs && t <= endMs);
  return withTold<JudgedPoint>(remembered, told.get(seriesKey(labels)));
}

/** Of whatever series, without a metric named: what is kept, of those in the rich tier the newest steps and of all the anomalies that were told. */
function keptPoints(
  evaluation: DerivedPorts["evaluation"],
  plans: DerivedPorts["plans"],
  rich: readonly { readonly ref: number; readonly labels: Labels | undefined }[],
  request: SelectRequest,
): JudgedPoints[] {
  const matchers = request.matchers.filter(({ name }) => name !== METRIC_NAME);
  const told = Map.groupBy(plans.told(request.startMs, request.endMs), ({ labels }) => seriesKey(labels));
  const sources = new Map<string, { readonly ref: number | null; readonly labels: Labels }>();
  for (const [key, [first]] of told) if (first !== undefined) sources.set(key, { ref: null, labels: first.labels });
  for (const { ref, labels } of rich) if (labels !== undefined) sources.set(seriesKey(labels), { ref, labels });
  return [...sources]
    .filter(([, { labels }]) => matchesLabels(matchers, labels))
    .map(([key, { ref, labels }]) => ({
      labels,
      points: ref === null ? withTold<JudgedPoint>([], told.get(key)) : saidPoints(evaluation, ref, labels, told, request),
    }));
}

/**
 * Of anomalies that were told late, at the times at which they were told: what came late is news all the same. After them nothing, which
 * tells what is over from what has stopped, for as long as the series' samples go on coming as late as then.
 */
function lateScores(
  { evaluation, plans }: DerivedPorts,
  sources: readonly { readonly ref: number; readonly labels: Labels }[],
  { startMs, endMs }: SelectRequest,
): SelectedSeries[] {
  const metrics = metricsOf(sources.map(({ labels }) => labels));
  const all = metrics.flatMap((metric) => plans.toldLate(startMs - LATE_PRESENT_MS, endMs, metric));
  const told = Map.groupBy(all, ({ labels }) => seriesKey(labels));
  return sources.flatMap(({ ref, labels }) => {
    const late = told.get(seriesKey(labels))?.toSorted((a, b) => a.toldAt - b.toldAt) ?? [];
    const last = late.at(-1);
    if (last === undefined) return [];
    const scores = new Map<number, number>();
    for (const { toldAt, score } of late) if (toldAt > startMs) scores.set(toldAt, Math.max(score, scores.get(toldAt) ?? 0));
    const newestAt = Math.min(endMs, (evaluation.said(ref).at(-1)?.t ?? 0) + last.toldAt - last.t);
    if (newestAt > startMs && newestAt > last.toldAt) scores.set(newestAt, 0);
    if (scores.size === 0) return [];
    return [
      {
        labels: derivedLabels(LATE_SCORE, labels),
        timestamps: Float64Array.from(scores.keys()),
        values: Float64Array.from(scores.values()),
      },
    ];
  });
}

/** One value of each series, of the present only. */
const ofPresent = (name: string, sources: readonly Labels[], values: readonly (number | null)[], atMs: number): SelectedSeries[] =>
  sources.flatMap((labels, i) => {
    const value = values[i] ?? null;
    return value === null
      ? []
      : [{ labels: derivedLabels(name, labels), timestamps: Float64Array.of(atMs), values: Float64Array.of(value) }];
  });

/** Which series a request wants the crossings of, and of which threshold; null for any other request. Throws SelectRefusal where it does not say. */
export function askedCrossings(
  { matchers, startMs, endMs }: SelectRequest,
  nowMs: number,
): { readonly matchers: readonly Matcher[]; readonly threshold: number; readonly at: number } | null {
  if (!matchers.some(({ name, op, value }) => name === METRIC_NAME && op === "=" && value === FORECAST_CROSSING)) return null;
  const text = thresholdOf(matchers);
  if (text.trim() === "" || Number.isNaN(Number(text)))
    throw new SelectRefusal("bad_data", `say which threshold is crossed, as ${FORECAST_CROSSING}{metric="…",threshold="0.9"}`);
  const at = Math.min(endMs, nowMs);
  if (at <= startMs || at < nowMs - RECENT_MS) return null;
  return { matchers: sourceMatchers(FORECAST_CROSSING, matchers), threshold: Number(text), at };
}

const thresholdOf = (matchers: readonly Matcher[]): string =>
  matchers.find((matcher) => matcher.name === THRESHOLD && matcher.op === "=")?.value ?? "";

/** Of the present only: what was forecast in the past is not kept. */
function crossings(
  ports: DerivedPorts,
  sources: readonly { readonly labels: Labels }[],
  request: SelectRequest,
  nowMs: number,
): SelectedSeries[] {
  const asked = askedCrossings(request, nowMs);
  if (asked === null) return [];
  const found = ports.crossings(
    sources.map(({ labels }) => labels),
    asked.threshold,
    nowMs,
  );
  return sources.flatMap(({ labels }, i) => {
    const crossesAt = found[i] ?? null;
    if (crossesAt === null) return [];
    const values = Float64Array.of(Math.max(0, crossesAt - asked.at) / 1000);
    const own = derivedLabels(FORECAST_CROSSING, labels, { threshold: thresholdOf(request.matchers) });
    return [{ labels: own, timestamps: Float64Array.of(asked.at), values }];
  });
}
