/** What one series did, and which one it is, in words. */
import { formatMetricValue } from "../format/metric-value.ts";
import { subjectOf } from "../alerting/topology.ts";
import { besideMove, hasShares, type Measure, rangeWords } from "../anomaly/said-values.ts";
import type { RecentAnomaly } from "../model/insight.ts";
import { hasHadItsTime, PASSING } from "./event-end.ts";
import { type Labels, METRIC_NAME, labelWord, formatLabels, seriesKey } from "../model/labels.ts";

/** Labels that say who measured, or where in the code, and not what. */
const UNSAID = /^(?:job|sender|otel_scope_.*|code_.*|telemetry_.*|service_(?:version|instance_id|namespace)|deployment_environment_name)$/;
const MOST_LABELS = 3;

/** A value in the metric's unit; of a counter it is its rate. */
export function measure({ labels, unit, judgedBy }: Pick<RecentAnomaly, "labels" | "unit" | "judgedBy">, value: number): string {
  const text = formatMetricValue(labels[METRIC_NAME] ?? "", unit, value);
  return judgedBy === "rate" ? `${text}/s` : text;
}

const SUM = /_sum$/;

/** Of a metric that is judged by the mean of what it observed. */
export const meanOf = (labels: Labels): string => `mean of ${(labels[METRIC_NAME] ?? "").replace(SUM, "")}`;

/** PromQL of what the series is judged by. */
export function judgedQuery({ labels, judgedBy }: Pick<RecentAnomaly, "labels" | "judgedBy">): string {
  const selector = formatLabels(labels);
  if (judgedBy === "value") return selector;
  const rate = `rate(${selector}[2m])`;
  if (judgedBy === "rate") return rate;
  const name = labels[METRIC_NAME] ?? "";
  // A classic histogram or a summary.
  if (SUM.test(name)) return `${rate} / rate(${formatLabels({ ...labels, [METRIC_NAME]: name.replace(SUM, "_count") })}[2m])`;
  return `histogram_avg(${rate})`;
}

/** `queue_depth{queue="mail"}` or `mean of checkout_seconds{route="/pay"}`, without labels that all of a group share. */
export function shortSeries({ labels, judgedBy }: Pick<RecentAnomaly, "labels" | "judgedBy">, shared: ReadonlySet<string>): string {
  const isSaid = (name: string): boolean => name !== METRIC_NAME && !UNSAID.test(name) && labels[name] !== "" && !shared.has(name);
  // What nothing else tells is said first.
  const names = [
    ...["instance"].filter((name) => labels[name] !== undefined),
    ...Object.keys(labels).filter((name) => name !== "instance"),
  ].filter(isSaid);
  const shown = names.slice(0, MOST_LABELS).map((name) => `${labelWord(name)}=${JSON.stringify(labels[name])}`);
  if (names.length > MOST_LABELS) shown.push("…");
  const metric = judgedBy === "mean" ? meanOf(labels) : (labels[METRIC_NAME] ?? "a series");
  return `${metric}${shown.length === 0 ? "" : `{${shown.join(", ")}}`}`;
}

/** Labels that say where, and have the same value in all of them: the sentence says it once. And who measured, unless nothing else tells them apart. */
export function sharedLabels(all: readonly Labels[]): ReadonlySet<string> {
  const shared = ["service_name", "host_name"].filter((name) => all.every((labels) => labels[name] === all[0]?.[name]));
  const others = all.map((labels) =>
    seriesKey(Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "instance" && !UNSAID.test(name)))),
  );
  const areTold =
    new Set(others).size === new Set(all.map(seriesKey)).size || all.every(({ instance }) => instance === all[0]?.["instance"]);
  return new Set(areTold ? [...shared, "instance"] : shared);
}

/** `checkout on web-1`: what all of them are about; empty where they have nothing in common. */
export function subjectWords(all: readonly Labels[]): string {
  const subjects = all.map(subjectOf);
  const one = (values: readonly (string | undefined)[]): string | undefined => (new Set(values).size === 1 ? values[0] : undefined);
  const service = one(subjects.map(({ service: name }) => name));
  const host = one(subjects.map(({ host: name }) => name));
  if (service !== undefined) return host === undefined || host === service ? service : `${service} on ${host}`;
  return host ?? "";
}

/** An event is told as it begins: by this share of its move it has gone elsewhere since. */
const ELSEWHERE = 0.1;

/** Where the values of an event went, as far as that is known. */
function whereItWent(anomaly: RecentAnomaly): number {
  const { kind, value, expected, newest, level } = anomaly;
  const least = ELSEWHERE * Math.abs(value - expected);
  if (level !== undefined) return Math.abs(level - value) > least ? level : value;
  if (!PASSING.has(kind) || newest === null || hasHadItsTime(anomaly)) return value;
  // What passes went as far as it was seen to go.
  return (newest.value - value) * Math.sign(value - expected) > least ? newest.value : value;
}

/** `rose from 120 ms to 478 ms (4×)`. */
export function whatItDid(anomaly: RecentAnomaly): string {
  const { kind, value, expected, lower, upper, reason } = anomaly;
  const went = whereItWent(anomaly);
  const show = besideMove((of) => measure(anomaly, of), expected, went);
  switch (kind) {
    case "flatline":
      return `has not moved from ${measure(anomaly, value)}, though it usually does`;
    case "gap":
      return `stopped: ${reason}`;
    case "variance_change":
      return value < lower || value > upper
        ? `went from ${show(expected)} to ${show(value)}${changeWords(value, expected, show)} and scatters more than usual`
        : `scatters more than usual about ${show(expected)}`;
    case "trend_change": {
      const is = anomaly.back === true ? "was" : "is";
      // Hours later what was the last hour is so no more.
      if ((went - value) * Math.sign(value - expected) <= 0) return `${is} drifting: ${reason}`;
      return `${is} drifting and ${is === "is" ? "stands at" : "went to"} ${measure(anomaly, went)}: when it was told, ${reason.replace(" is ", " was ")}`;
    }
    case "seasonal_break": {
      const [is, one] = !hasHadItsTime(anomaly) ? ["is", "this"] : ["was", "that"];
      const usually = `(usually ${rangeWords(lower, upper, show)})`;
      // What stands out together need not do so alone.
      if (value >= lower && value <= upper) return `${is} as a whole unlike ${one} time on other days, at ${show(value)} ${usually}`;
      return `${is} ${show(value)}, unlike ${one} time on other days ${usually}`;
    }
    case "spike":
    case "dip":
    case "level_shift": {
      const up = went > expected;
      const verb = kind === "level_shift" ? (up ? "rose" : "fell") : up ? "jumped" : "dropped";
      if (show(expected) === show(went)) return `${verb} by ${show(Math.abs(went - expected))} from ${show(expected)}`;
      return `${verb} from ${show(expected)} to ${show(went)}${changeWords(went, expected, show)}`;
    }
  }
}

function changeWords(value: number, expected: number, show: Measure): string {
  if (!hasShares(show)) return ` (${value > expected ? "+" : "−"}${show(Math.abs(value - expected))})`;
  if (!(expected > 0) || value < 0) return "";
  const factor = value / expected;
  if (factor >= 1000) return "";
  if (factor >= 2) return ` (${Number(factor.toPrecision(2))}×)`;
  const percent = Math.round(100 * (factor - 1));
  return percent === 0 ? "" : ` (${percent > 0 ? "+" : "−"}${Math.abs(percent)}%)`;
}
