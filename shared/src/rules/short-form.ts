/** The short form of a rule, in words, compiled to the one rule language. */
import { formatDuration } from "../model/duration.ts";
import { type Labels, labelWord } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { AlertRule, Rule } from "../model/rule.ts";

export interface ShortForm {
  readonly metric: string;
  readonly condition: string;
  /** As written; "" when it was not. */
  readonly threshold: string;
  readonly windowMs: number | undefined;
  readonly aggregation: string | undefined;
  readonly labels: Labels;
  /** Of a slope: the time its threshold counts in, `hour` and the like. */
  readonly per: string | undefined;
  /** Of a regression: what it is compared with, `1d`, `1w` or another duration. */
  readonly baseline: string | undefined;
  readonly baselineMs: number | undefined;
  /** Of a forecast: within which time the threshold is crossed. */
  readonly withinMs: number | undefined;
  /** How long the rule waits. */
  readonly forMs: number;
}

const OPERATORS: Readonly<Record<string, string>> = { above: ">", below: "<", equals: "==", not_equals: "!=" };
const SLOPES: Readonly<Record<string, string>> = { slope_above: ">", slope_below: "<" };
export const CONDITIONS: readonly string[] = [
  ...Object.keys(OPERATORS),
  ...Object.keys(SLOPES),
  "regression",
  "anomaly",
  "forecast_crossing",
  "absent",
];

const SECONDS_PER: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

const FUNCTIONS: Readonly<Record<string, string>> = {
  avg: "avg_over_time",
  mean: "avg_over_time",
  min: "min_over_time",
  max: "max_over_time",
  sum: "sum_over_time",
  count: "count_over_time",
  last: "last_over_time",
  stddev: "stddev_over_time",
  rate: "rate",
  increase: "increase",
};

/** The same of a native histogram's observations: its samples are whole distributions, which no number is compared with. */
const OF_HISTOGRAM: Readonly<Record<string, (range: string) => string>> = {
  avg: (range) => `histogram_avg(rate(${range}))`,
  mean: (range) => `histogram_avg(rate(${range}))`,
  min: (range) => `histogram_quantile(0, rate(${range}))`,
  max: (range) => `histogram_quantile(1, rate(${range}))`,
  sum: (range) => `histogram_sum(increase(${range}))`,
  count: (range) => `histogram_count(increase(${range}))`,
  stddev: (range) => `histogram_stddev(rate(${range}))`,
  rate: (range) => `histogram_count(rate(${range}))`,
  increase: (range) => `histogram_count(increase(${range}))`,
};

/** Percentiles: of the window's samples, or of a histogram's observations in it. */
const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?)$/;
const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const DEFAULT_WINDOW_MS = 300_000;
/** Of rules in the short form; Prometheus has no cooldown, and its files keep their meaning. */
export const SHORT_FORM_COOLDOWN_MS = 300_000;
const SLOPE_WINDOW_MS = 3_600_000;
/** A point is anomalous for a moment: evaluations look back over those since the one before. */
const ANOMALY_WINDOW_MS = 60_000;
const SCORE = "sightline:anomaly_score";
const LATE_SCORE = "sightline:late_anomaly_score";
/** The score of what was told and is not over. */
const OPEN = "sightline:anomaly_open";
const DAY_MS = 86_400_000;
/** How far ahead crossings are looked for. */
const FURTHEST_MS = 30 * DAY_MS;
/** From which score on a point is news, see `sightline:anomaly_score`. */
const ANOMALOUS = "0.7";

/** PromQL. Fails with `bad_rule` and the words that are allowed. */
export function shortFormExpression(form: ShortForm): Result<string> {
  const { metric, condition } = form;
  if (metric === "") return fail("bad_rule", "`metric` must name a metric.");
  if (!CONDITIONS.includes(condition))
    return fail("bad_rule", `\`condition\` is one of ${CONDITIONS.join(", ")}, not ${JSON.stringify(condition)}.`);
  const strange = strangeField(form);
  if (strange !== null) return fail("bad_rule", `\`${strange}\` says nothing to the condition \`${condition}\`.`);
  if (condition === "absent") return ok(`absent(${selectorOf(metric, form.labels)})`);
  const threshold = numberOf(condition === "anomaly" && form.threshold === "" ? ANOMALOUS : form.threshold);
  if (threshold === null) return fail("bad_rule", `\`threshold\` must be a number, not ${JSON.stringify(form.threshold)}.`);
  if (Object.hasOwn(SLOPES, condition)) return slope(form, threshold);
  if (condition === "regression") return regression(form, threshold);
  if (condition === "anomaly") return ok(anomaly(form, threshold));
  if (condition === "forecast_crossing") {
    if ((form.withinMs ?? 0) > FURTHEST_MS)
      return fail("bad_rule", `\`within\` is ${formatDuration(FURTHEST_MS)} at most: no forecast reaches further ahead.`);
    const series = derived("sightline:forecast_crossing_seconds", form, { threshold: String(threshold) });
    return ok(`${series} < ${(form.withinMs ?? DAY_MS) / 1000}`);
  }
  const reading = readingOf(form, null);
  return reading.ok ? ok(`${reading.value} ${OPERATORS[condition] ?? ">"} ${threshold}`) : reading;
}

function anomaly(form: ShortForm, threshold: string | number): string {
  return anomalyExpression(derived("", form), formatDuration(form.windowMs ?? ANOMALY_WINDOW_MS), String(threshold), form.forMs);
}

/** Of samples of the window, or told within it of samples that came late; a rule that waits needs one that goes on. `labels` with their braces. */
const anomalyExpression = (labels: string, within: string, threshold: string, forMs: number): string =>
  [SCORE, LATE_SCORE, ...(forMs > 0 ? [OPEN] : [])].map((name) => `max_over_time(${name}${labels}[${within}]) > ${threshold}`).join(" or ");

/** A condition `anomaly` as this build and those before it compiled it. */
const COMPILED = new RegExp(
  String.raw`^max_over_time\(${SCORE}(\{.*?\})\[(\w+)\]\) > (\S+)(?: or max_over_time\(${LATE_SCORE}\1\[\2\]\) > \3)?(?: or max_over_time\(${OPEN}\1\[\2\]\) > \3)?$`,
);

/** A stored rule as this build compiles what a build before it has compiled of a condition; any other rule as it is. */
export function recompiled(rule: Rule): Rule {
  const [, labels = "", within = "", threshold = ""] = COMPILED.exec(rule.expr) ?? [];
  if (labels === "" || "record" in rule || !isShort(rule)) return rule;
  const expr = anomalyExpression(labels, within, threshold, rule.forMs);
  if (expr === rule.expr && rule.keepFiringExpr !== undefined) return rule;
  return { ...rule, expr, keepFiringExpr: rule.keepFiringExpr ?? holdOf(labels) };
}

/**
 * What somebody wrote as an expression resolves where its data stop, and has no cooldown, unless it says otherwise; a condition that says otherwise has the
 * other as usual, or the name that conditions have.
 */
const isShort = ({ name, onGap, cooldownMs }: AlertRule): boolean =>
  (onGap === "hold" && cooldownMs !== 0) || cooldownMs === SHORT_FORM_COOLDOWN_MS || UNNAMED.test(name);

/** What builds before called the rule of an anomaly that was given no name. */
const UNNAMED = /^\S+ anomaly [\d.eE+-]*$/;

const holdOf = (labels: string): string => `${OPEN}${labels} > 0`;

/** What keeps a firing alert going, in PromQL, unless the rule says otherwise: an anomaly that is told for a moment goes on for longer. */
export const shortFormHold = (form: ShortForm): string | undefined =>
  form.condition === "anomaly" ? holdOf(derived("", form)) : undefined;

const numberOf = (text: string): number | null => (text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text));

/** A field of another kind of condition. */
function strangeField({ condition, per, baseline, withinMs }: ShortForm): string | null {
  if (per !== undefined && !Object.hasOwn(SLOPES, condition)) return "per";
  if (baseline !== undefined && condition !== "regression") return "baseline";
  return withinMs !== undefined && condition !== "forecast_crossing" ? "within" : null;
}

function slope({ metric, labels, windowMs, per = "hour", condition }: ShortForm, threshold: number): Result<string> {
  const seconds = SECONDS_PER[per];
  if (seconds === undefined)
    return fail("bad_rule", `\`per\` is one of ${Object.keys(SECONDS_PER).join(", ")}, not ${JSON.stringify(per)}.`);
  const range = `${selectorOf(metric, labels)}[${formatDuration(windowMs ?? SLOPE_WINDOW_MS)}]`;
  return ok(`deriv(${range}) * ${seconds} ${SLOPES[condition] ?? ">"} ${threshold}`);
}

/** The relative change against the same time before: 0.5 is half as much again, -0.5 half of it. */
function regression(form: ShortForm, threshold: number): Result<string> {
  const { baseline = "1d", baselineMs } = form;
  if (threshold === 0) return fail("bad_rule", "A regression's `threshold` is a share: 0.5 for half as much again, -0.5 for half of it.");
  if (baseline === "deploy") return sinceDeploy(form, threshold);
  const now = readingOf({ ...form, aggregation: form.aggregation ?? "avg" }, null);
  if (!now.ok) return now;
  const before = readingOf({ ...form, aggregation: form.aggregation ?? "avg" }, baselineMs ?? DAY_MS);
  if (!before.ok) return before;
  return ok(`${now.value} / ${before.value} - 1 ${threshold > 0 ? ">" : "<"} ${threshold}`);
}

/** What differs beyond chance from before the newest deploy of the series' service. */
function sinceDeploy(form: ShortForm, threshold: number): Result<string> {
  if (form.aggregation !== undefined || form.windowMs !== undefined)
    return fail(
      "bad_rule",
      "`baseline: deploy` compares medians since the deploy with those before it, of a counter's rate: leave `aggregation` and `window` out, or record what they give and name that.",
    );
  return ok(`${derived("sightline:change_since_deploy_ratio", form)} ${threshold > 0 ? ">" : "<"} ${threshold}`);
}

/** The metric or what the window makes of it, `offsetMs` ago. */
function readingOf({ metric, labels, windowMs, aggregation }: ShortForm, offsetMs: number | null): Result<string> {
  const selector = selectorOf(metric, labels);
  const offset = offsetMs === null ? "" : ` offset ${formatDuration(offsetMs)}`;
  if (aggregation === undefined && windowMs === undefined) return ok(`${selector}${offset}`);
  const within = `[${formatDuration(windowMs ?? DEFAULT_WINDOW_MS)}]${offset}`;
  const range = `${selector}${within}`;
  const percentile = PERCENTILE.exec(aggregation ?? "");
  if (percentile !== null) {
    const quantile = Number(percentile[1]) / 100;
    // Whether the metric is a native histogram, one of classic buckets or a gauge is known from its data alone.
    const ofHistograms = [selector, selectorOf(`${metric}_bucket`, labels)].map(
      (one) => `histogram_quantile(${quantile}, rate(${one}${within}))`,
    );
    return ok(`(${[...ofHistograms, `quantile_over_time(${quantile}, ${range})`].join(" or ")})`);
  }
  const func = FUNCTIONS[aggregation ?? "avg"];
  if (func === undefined)
    return fail(
      "bad_rule",
      `\`aggregation\` is one of ${Object.keys(FUNCTIONS).join(", ")} or a percentile such as p95, not ${JSON.stringify(aggregation)}.`,
    );
  const ofHistogram = OF_HISTOGRAM[aggregation ?? "avg"];
  return ok(ofHistogram === undefined ? `${func}(${range})` : `(${ofHistogram(range)} or ${func}(${range}))`);
}

/** A series that analytics derives from the metric: the metric's name is its label `metric`. */
const derived = (name: string, { metric, labels }: ShortForm, more: Labels = {}): string =>
  `${name}{${matchersOf({ metric, ...labels, ...more }).join(",")}}`;

const matchersOf = (labels: Labels): string[] =>
  Object.entries(labels).map(([name, value]) => `${labelWord(name)}=${JSON.stringify(value)}`);

function selectorOf(metric: string, labels: Labels): string {
  const matchers = matchersOf(labels);
  // Names outside Prometheus's classic alphabet are quoted inside the braces.
  const classic = CLASSIC_NAME.test(metric);
  const inside = classic ? matchers : [JSON.stringify(metric), ...matchers];
  return `${classic ? metric : ""}${inside.length === 0 ? "" : `{${inside.join(",")}}`}`;
}
