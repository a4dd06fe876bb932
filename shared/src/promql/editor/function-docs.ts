/** A sentence on each function and aggregation, for completion and hovers (after Prometheus's querying/functions and operators pages). */
import { EXPERIMENTAL_AGGREGATIONS, FUNCTIONS } from "../functions/signatures.ts";

const TYPE_NAMES = { scalar: "scalar", vector: "instant-vector", matrix: "range-vector", string: "string", none: "" } as const;

const FUNCTION_SENTENCES: Readonly<Record<string, string>> = {
  abs: "Absolute value of every sample.",
  absent: "1 when the vector is empty, else nothing; with the labels of the equality matchers.",
  absent_over_time: "1 when the range holds no sample at all, else nothing.",
  avg_over_time: "Average of the samples in the range.",
  ceil: "Rounds up to the nearest integer.",
  changes: "How often the value changed within the range.",
  clamp: "Holds the values between a least and a greatest.",
  clamp_max: "Values are at most this.",
  clamp_min: "Values are at least this.",
  count_over_time: "Number of samples in the range.",
  day_of_month: "Day of the month, 1 to 31, UTC.",
  day_of_week: "Day of the week, 0 is Sunday, UTC.",
  day_of_year: "Day of the year, 1 to 366, UTC.",
  days_in_month: "Days of the month, 28 to 31, UTC.",
  deg: "Radians to degrees.",
  delta: "Difference between the ends of the range, extrapolated; for gauges.",
  deriv: "Change per second by linear regression; for gauges.",
  double_exponential_smoothing: "Smooths the range by a level and a trend factor (Holt).",
  end: "End of the query's range, Unix seconds.",
  exp: "e to the power of every sample.",
  first_over_time: "The oldest sample in the range.",
  floor: "Rounds down to the nearest integer.",
  histogram_avg: "Average observation of a native histogram.",
  histogram_count: "Number of observations of a native histogram.",
  histogram_fraction: "Share of observations between two bounds.",
  histogram_quantile: "Quantile (0 to 1) of a histogram; of a classic one give rates of `_bucket` and keep `le`.",
  histogram_quantiles: "Several quantiles at once, told apart by a label.",
  histogram_stddev: "Estimated standard deviation of a native histogram's observations.",
  histogram_stdvar: "Estimated variance of a native histogram's observations.",
  histogram_sum: "Sum of a native histogram's observations.",
  hour: "Hour of the day, 0 to 23, UTC.",
  idelta: "Difference of the last two samples; for gauges.",
  increase: "Growth of a counter over the range, resets compensated, extrapolated to its ends.",
  info: "Adds the data labels of info metrics such as target_info.",
  irate: "Per-second rate between the last two samples of a counter.",
  label_join: "Sets a label to the values of others, joined.",
  label_replace: "Sets a label from another by a regular expression.",
  last_over_time: "The newest sample in the range.",
  ln: "Natural logarithm.",
  log10: "Decimal logarithm.",
  log2: "Binary logarithm.",
  mad_over_time: "Median absolute deviation of the samples in the range.",
  max_of: "The larger of two scalars.",
  max_over_time: "Largest sample in the range.",
  timeseries_gen:
    'Series that a Go template lists: `{{series 1.0 "env" "prod"}}`, `{{rangeSeries "env" "prod,stage" 1.0}}`; the second argument names their metric.',
  min_of: "The smaller of two scalars.",
  min_over_time: "Smallest sample in the range.",
  minute: "Minute of the hour, 0 to 59, UTC.",
  month: "Month of the year, 1 to 12, UTC.",
  pi: "The number π.",
  predict_linear: "Value in so many seconds by linear regression; for gauges.",
  present_over_time: "1 for every series with a sample in the range.",
  quantile_over_time: "Quantile (0 to 1) of the samples in the range.",
  rad: "Degrees to radians.",
  range: "Length of the query's range in seconds.",
  rate: "Per-second rate of a counter over the range, resets compensated.",
  resets: "How often a counter was reset within the range.",
  round: "Rounds to the nearest integer, or to a multiple.",
  scalar: "The value of a vector of one element, else NaN.",
  sgn: "Sign: 1, 0 or -1.",
  sort: "Ascending by value; instant queries only.",
  sort_by_label: "Ascending by labels; instant queries only.",
  sort_by_label_desc: "Descending by labels; instant queries only.",
  sort_desc: "Descending by value; instant queries only.",
  sqrt: "Square root.",
  start: "Start of the query's range, Unix seconds.",
  start_timestamp: "When a sample's counting began, Unix seconds; 0 where unknown.",
  stddev_over_time: "Standard deviation of the samples in the range.",
  stdvar_over_time: "Variance of the samples in the range.",
  step: "Step of the query in seconds, 0 for an instant query.",
  sum_over_time: "Sum of the samples in the range.",
  time: "Evaluation time, Unix seconds.",
  timestamp: "Time of every sample, Unix seconds.",
  ts_of_first_over_time: "Time of the oldest sample in the range.",
  ts_of_last_over_time: "Time of the newest sample in the range.",
  ts_of_max_over_time: "Time of the largest sample in the range.",
  ts_of_min_over_time: "Time of the smallest sample in the range.",
  vector: "A scalar as a vector without labels.",
  year: "Year, UTC.",
};

const AGGREGATION_DOCS: Readonly<Record<string, readonly [signature: string, sentence: string]>> = {
  sum: ["(instant-vector)", "Sum over series."],
  avg: ["(instant-vector)", "Average over series."],
  min: ["(instant-vector)", "Smallest over series."],
  max: ["(instant-vector)", "Largest over series."],
  count: ["(instant-vector)", "Number of series."],
  group: ["(instant-vector)", "1 for every group."],
  stddev: ["(instant-vector)", "Standard deviation over series."],
  stdvar: ["(instant-vector)", "Variance over series."],
  topk: ["(scalar, instant-vector)", "The k largest series."],
  bottomk: ["(scalar, instant-vector)", "The k smallest series."],
  quantile: ["(scalar, instant-vector)", "Quantile (0 to 1) over series."],
  count_values: ["(string, instant-vector)", "How many series have the same value, told apart by a label."],
  limitk: ["(scalar, instant-vector)", "Any k series."],
  limit_ratio: ["(scalar, instant-vector)", "A fixed share of the series, chosen by hash."],
};

export interface WordDocs {
  readonly kind: "function" | "aggregation";
  /** `rate(range-vector)`. */
  readonly signature: string;
  readonly sentence: string;
  readonly experimental: boolean;
}

const docs = new Map<string, WordDocs>();
for (const [name, { args, variadic, returns, experimental }] of FUNCTIONS) {
  const required = variadic === 0 ? args.length : args.length - 1;
  const words = args.map((type, i) => (i < required ? TYPE_NAMES[type] : `[${TYPE_NAMES[type]}${variadic === 1 ? "" : ", …"}]`));
  const sentence = FUNCTION_SENTENCES[name] ?? `${name} of every sample (trigonometry, in radians).`;
  docs.set(name, { kind: "function", signature: `${name}(${words.join(", ")}) ${TYPE_NAMES[returns]}`, sentence, experimental });
}
for (const [name, [signature, sentence]] of Object.entries(AGGREGATION_DOCS))
  docs.set(name, {
    kind: "aggregation",
    signature: `${name} by (…) ${signature}`,
    sentence,
    experimental: EXPERIMENTAL_AGGREGATIONS.has(name),
  });

/** By name, lower case. */
export const WORD_DOCS: ReadonlyMap<string, WordDocs> = docs;
