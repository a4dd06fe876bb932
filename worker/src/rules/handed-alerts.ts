/** What rules that stream know of series that go on in another shard: the samples in their windows, and their alerts. */
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Select } from "@sightline/shared/promql/api";
import type { AlertBook, AlertInstance } from "./alert-book.ts";
import { type AlertRow, encodeAlert } from "./alert-rows.ts";
import { withoutName } from "./compiled-rule.ts";
import type { StreamingRules } from "./streaming/streaming-rules.ts";

/** Samples that one answer takes up to: 8 MB. */
const MOST_SAMPLES = 500_000;
/** A shard that has taken series says so within this time, ms. */
const CONFIRMED_WITHIN_MS = 60_000;

/** Of one series, in the order of time; `alerts` are rows of the book (alert-book.ts), which is of the version that wrote them. */
export interface HandedSeries {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly alerts: readonly AlertRow[];
}

/** What another shard has taken of these, and goes on with. */
export interface TakenSeries<Series> {
  readonly series: Series;
  /** Time of the newest sample that was handed, ms; 0 without any. */
  readonly newestAt: number;
}

interface HandingPorts {
  readonly streaming: StreamingRules;
  readonly book: AlertBook;
  readonly select: Select;
  readonly labelsOf: (ref: number) => Labels | undefined;
}

const NOTHING: HandedSeries = { times: new Float64Array(0), values: new Float64Array(0), alerts: [] };

/**
 * Of these series in turn, as many as fit an answer; the first in any case. For a minute they are not judged by time alone here, nor their
 * alerts shown: the other shard says by then that it has them, or they go on here. Undefined is a series that is not known.
 */
export function handAlerts(
  refs: readonly (number | undefined)[],
  nowMs: number,
  { streaming, book, select, labelsOf }: HandingPorts,
): readonly HandedSeries[] {
  const handed: HandedSeries[] = [];
  const alerts = alertsOf(book);
  let samples = 0;
  for (const ref of refs) {
    const watched = ref === undefined ? undefined : streaming.watchedBy(ref);
    const labels = ref === undefined ? undefined : labelsOf(ref);
    if (ref === undefined || watched === undefined || labels === undefined) {
      handed.push(NOTHING);
      continue;
    }
    const { times, values } = samplesOf(labels, select, nowMs - watched.reachMs, nowMs);
    const own = watched.rules.flatMap((rule) => alerts(rule));
    streaming.give(ref, own, nowMs + CONFIRMED_WITHIN_MS);
    handed.push({ times, values, alerts: own.map((alert) => ({ fingerprint: alert.fingerprint, state: encodeAlert(alert) })) });
    samples += times.length;
    if (samples > MOST_SAMPLES) break;
  }
  return handed;
}

/** The other shard has these on its disk: here their alerts end without a word. Not those that have sent something here since. */
export function letGoAlerts(taken: readonly TakenSeries<number>[], { streaming, book }: Pick<HandingPorts, "streaming" | "book">): void {
  const alerts = alertsOf(book);
  for (const { series: ref, newestAt } of taken) {
    const watched = streaming.watchedBy(ref);
    if (watched === undefined || streaming.newestOf(ref) > newestAt) continue;
    streaming.give(ref, [], Infinity);
    for (const { fingerprint } of watched.rules.flatMap((rule) => alerts(rule))) book.letGo(fingerprint);
  }
}

function alertsOf({ instances }: AlertBook): (rule: { readonly id: string; readonly source: Labels }) => readonly AlertInstance[] {
  const alerts = Map.groupBy(instances.values(), ({ ruleId, source }) => alertKey(ruleId, source));
  return ({ id, source }) => alerts.get(alertKey(id, source)) ?? [];
}

const alertKey = (ruleId: string, source: Labels): string => `${ruleId}\u00FE${seriesKey(withoutName(source))}`;

function samplesOf(labels: Labels, select: Select, startMs: number, endMs: number): Pick<HandedSeries, "times" | "values"> {
  const key = seriesKey(labels);
  const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
  const found = select({ matchers, startMs, endMs });
  const series = found.find((one) => seriesKey(one.labels) === key);
  if (series === undefined) return NOTHING;
  const { timestamps, values, histograms } = series;
  const kept = Array.from(timestamps.keys()).filter((i) => histograms?.[i] === undefined);
  return {
    times: Float64Array.from(kept, (i) => timestamps[i] ?? 0),
    values: Float64Array.from(kept, (i) => values[i] ?? Number.NaN),
  };
}
