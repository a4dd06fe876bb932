/** The short form of a rule, in words, compiled to the one rule language. */
import { formatDuration } from "../model/duration.ts";
import type { Labels } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";

export interface ShortForm {
  readonly metric: string;
  readonly condition: string;
  readonly threshold: string;
  readonly windowMs: number | undefined;
  readonly aggregation: string | undefined;
  readonly labels: Labels;
}

const OPERATORS: Readonly<Record<string, string>> = { above: ">", below: "<", equals: "==", not_equals: "!=" };

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

/** Percentiles: of the window's samples. */
const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?)$/;
const DEFAULT_WINDOW_MS = 300_000;

/** PromQL. Fails with `bad_rule` and the words that are allowed. */
export function shortFormExpression({ metric, condition, threshold, windowMs, aggregation, labels }: ShortForm): Result<string> {
  const operator = OPERATORS[condition];
  if (operator === undefined)
    return fail("bad_rule", `\`condition\` is one of ${Object.keys(OPERATORS).join(", ")}, not ${JSON.stringify(condition)}.`);
  if (threshold.trim() === "" || Number.isNaN(Number(threshold)))
    return fail("bad_rule", `\`threshold\` must be a number, not ${JSON.stringify(threshold)}.`);
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  // Names outside Prometheus's classic alphabet are quoted inside the braces.
  const classic = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric);
  const inside = classic ? matchers : [JSON.stringify(metric), ...matchers];
  const selector = `${classic ? metric : ""}${inside.length === 0 ? "" : `{${inside.join(",")}}`}`;
  if (metric === "") return fail("bad_rule", "`metric` must name a metric.");
  if (aggregation === undefined && windowMs === undefined) return ok(`${selector} ${operator} ${Number(threshold)}`);
  const range = `${selector}[${formatDuration(windowMs ?? DEFAULT_WINDOW_MS)}]`;
  const percentile = PERCENTILE.exec(aggregation ?? "");
  if (percentile !== null) return ok(`quantile_over_time(${Number(percentile[1]) / 100}, ${range}) ${operator} ${Number(threshold)}`);
  const func = FUNCTIONS[aggregation ?? "avg"];
  if (func === undefined)
    return fail(
      "bad_rule",
      `\`aggregation\` is one of ${Object.keys(FUNCTIONS).join(", ")} or a percentile such as p95, not ${JSON.stringify(aggregation)}.`,
    );
  return ok(`${func}(${range}) ${operator} ${Number(threshold)}`);
}
