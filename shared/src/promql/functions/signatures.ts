/** The functions of PromQL and the types of their arguments (Prometheus `promql/parser/functions.go`). */
import type { ValueType } from "../ast.ts";

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many more (or, from the end, fewer) arguments are allowed: 0 exact, n up to n optional, -1 any number. */
  readonly variadic: number;
  readonly returns: ValueType;
  readonly experimental: boolean;
}

const s = "scalar";
const v = "vector";
const m = "matrix";
const t = "string";

const table = new Map<string, Signature>();
function define(names: string, args: readonly ValueType[], returns: ValueType = v, variadic = 0, experimental = false): void {
  for (const name of names.split(" ")) table.set(name, { args, variadic, returns, experimental });
}

define("abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sqrt tan tanh", [v]);
define("sort sort_desc timestamp", [v]);
define("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", [v]);
define("absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time", [m]);
define("max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time", [m]);
define("mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time", [m], v, 0, true);
define("clamp", [v, s, s]);
define("clamp_max clamp_min", [v, s]);
define("round", [v, s], v, 1);
define("day_of_month day_of_week day_of_year days_in_month hour minute month year", [v], v, 1);
define("histogram_fraction", [s, s, v]);
define("histogram_quantile", [s, v]);
define("histogram_quantiles", [v, t, s, s], v, 9, true);
define("double_exponential_smoothing", [m, s, s], v, 0, true);
define("predict_linear", [m, s]);
define("quantile_over_time", [s, m]);
define("label_replace", [v, t, t, t, t]);
define("label_join", [v, t, t, t], v, -1);
define("sort_by_label sort_by_label_desc", [v, t], v, -1, true);
define("info", [v, v], v, 1, true);
define("timeseries_gen", [t, t], v, 1, true);
define("start_timestamp", [v], v, 0, true);
define("pi time", [], s);
define("start end range step", [], s, 0, true);
define("max_of min_of", [s, s], s, 0, true);
define("scalar", [v], s);
define("vector", [s], v);

export const FUNCTIONS: ReadonlyMap<string, Signature> = table;

/** Aggregations that need `experimentalFunctions`. */
export const AGGREGATIONS: ReadonlySet<string> = new Set(
  "avg bottomk count count_values group limitk limit_ratio max min quantile stddev stdvar sum topk".split(" "),
);

export const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(["limitk", "limit_ratio"]);
