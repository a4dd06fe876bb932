/** What rules that stream know of series that go on in another shard: the samples in their windows, and their alerts. */
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Select } from "@sightline/shared/promql/api";
import type { AlertBook } from "./alert-book.ts";
import { withoutName } from "./compiled-rule.ts";
import type { StreamingRules } from "./streaming/streaming-rules.ts";

/** Samples that one answer takes up to: 8 MB. */
const MOST_SAMPLES = 500_000;

/** Of one series, in the order of time; `alerts` are rows of the book (alert-book.ts), which is of the version that wrote them. */
export interface HandedSeries {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly alerts: readonly { readonly fingerprint: string; readonly state: Uint8Array }[];
}

interface HandingPorts {
  readonly streaming: StreamingRules;
  readonly book: AlertBook;
  readonly select: Select;
  readonly labelsOf: (ref: number) => Labels | undefined;
}

const NOTHING: HandedSeries = { times: new Float64Array(0), values: new Float64Array(0), alerts: [] };

/**
 * Of these series in turn, as many as fit an answer; the first in any case. Here their alerts are let go without a word, and their rules are
 * not judged by time alone any more. Undefined is a series that is not known.
 */
export function handAlerts(
  refs: readonly (number | undefined)[],
  nowMs: number,
  { streaming, book, select, labelsOf }: HandingPorts,
): readonly HandedSeries[] {
  const handed: HandedSeries[] = [];
  const alerts = Map.groupBy(book.instances.values(), ({ ruleId, source }) => alertKey(ruleId, source));
  let samples = 0;
  for (const ref of refs) {
    const watched = ref === undefined ? undefined : streaming.letGo(ref);
    const labels = ref === undefined ? undefined : labelsOf(ref);
    if (watched === undefined || labels === undefined) {
      handed.push(NOTHING);
      continue;
    }
    const { times, values } = samplesOf(labels, select, nowMs - watched.reachMs, nowMs);
    const own = watched.rules.flatMap(({ id, source }) => alerts.get(alertKey(id, source)) ?? []);
    handed.push({ times, values, alerts: own.map(({ fingerprint }) => ({ fingerprint, state: book.letGo(fingerprint) })) });
    samples += times.length;
    if (samples > MOST_SAMPLES) break;
  }
  return handed;
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
