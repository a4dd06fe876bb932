/** Whether two answers to a query are the same: labels exactly, values within 1e-9, errors of the same kind. */
import { seriesKey } from "@sightline/shared/model/labels";
import type { QueryResult } from "@sightline/shared/promql/api";
import { formatFloat } from "@sightline/shared/promql/json/float-format";

type Point = readonly [number, string];
interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Point;
  readonly values?: readonly Point[];
}

export type PrometheusAnswer =
  | {
      readonly status: "success";
      readonly data: { readonly resultType: string; readonly result: readonly PrometheusSeries[] | Point } | string;
    }
  | { readonly status: "error"; readonly errorType: string; readonly error: string };

const TOLERANCE = 1e-9;

const numberOf = (text: string): number => Number(text.replace("Inf", "Infinity"));

/** The remainder of a power tells its last bits, in which two machines may differ; so does it whether a deviation changed. */
const illConditioned = (query: string): boolean =>
  (query.includes("^") && query.includes("%")) || /(resets|changes)\(.*std(dev|var)/.test(query);

function close(a: number, b: number, scale: number): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b), scale);
}

/** What the language decides otherwise since 2.42; the words of the test's heading. */
function changedSince(query: string, ours: { readonly message: string } | undefined, own: number): boolean {
  if (ours !== undefined) return / (==|!=|>|<|>=|<=) /.test(query) && ours.message.startsWith("multiple matches for labels: many-to-one");
  return own !== own && /std(dev|var)|(minute|hour|day_\w+|days_in_month|month|year)\(/.test(query);
}

/** `series time` → value. */
type Values = Map<string, number>;

function theirValues(result: readonly PrometheusSeries[]): Values {
  const values: Values = new Map();
  for (const { metric, value, values: points } of result)
    for (const [t, text] of points ?? (value === undefined ? [] : [value]))
      values.set(`${seriesKey(metric)} ${Math.round(t * 1000)}`, numberOf(text));
  return values;
}

function ourValues(value: QueryResult["value"]): Values {
  const values: Values = new Map();
  if (value.type === "vector") for (const { labels, t, value: v } of value.samples) values.set(`${seriesKey(labels)} ${t}`, v);
  if (value.type === "matrix")
    for (const { labels, timestamps, values: column } of value.series)
      for (let i = 0; i < timestamps.length; i++) values.set(`${seriesKey(labels)} ${timestamps[i]}`, column[i] ?? NaN);
  return values;
}

export function compareAnswers(
  query: string,
  ours: { readonly value: QueryResult["value"] } | { readonly error: string; readonly message: string },
  theirs: PrometheusAnswer,
): string | undefined {
  if ("error" in ours) {
    if (theirs.status === "error")
      return theirs.errorType === ours.error ? undefined : `${ours.error} (${ours.message}) for ${theirs.errorType} (${theirs.error})`;
    if (changedSince(query, ours, 0)) return undefined;
    return `${ours.error} (${ours.message}) for ${JSON.stringify(theirs.data).slice(0, 300)}`;
  }
  if (theirs.status === "error") return `a result for ${theirs.errorType}: ${theirs.error}`;
  if (typeof theirs.data === "string") return `a text: ${theirs.data}`;
  const { resultType, result } = theirs.data;
  if (illConditioned(query)) return undefined;
  if (resultType !== ours.value.type) return `${ours.value.type} for ${resultType}`;
  if (ours.value.type === "scalar") {
    const text = (result as Point)[1];
    return close(ours.value.value, numberOf(text), 0) ? undefined : `${ours.value.value} for ${text}`;
  }
  const mine = ourValues(ours.value);
  const wanted = theirValues(result as readonly PrometheusSeries[]);
  // Differences of large numbers keep the error of those: values of this data set go up to 2e9, the current time.
  const scale = /stddev|stdvar/.test(query) ? 1e3 : /deriv|predict|holt|delta|sin|cos|tan|-|%/.test(query) ? 1e-3 : 0;
  for (const [key, value] of wanted) {
    const own = mine.get(key);
    if (own === undefined) return `nothing at ${key} for ${value}`;
    if (!close(own, value, scale) && !changedSince(query, undefined, own)) return `${own} at ${key} for ${value}`;
  }
  for (const [key, value] of mine) if (!wanted.has(key)) return `${value} at ${key} for nothing`;
  if (query.startsWith("sort") && ours.value.type === "vector") {
    const order = ours.value.samples.map((sample) => sample.value);
    const theirOrder = (result as readonly PrometheusSeries[]).map(({ value }) => numberOf(value?.[1] ?? "NaN"));
    if (!order.every((value, i) => close(value, theirOrder[i] ?? NaN, scale)))
      return `in the order ${order.join(" ")} for ${theirOrder.join(" ")}`;
  }
  return undefined;
}

const EXPONENT = /\d+(?:\.\d+)?e[+-]\d+/g;

/** Numbers of many digits had an exponent, and so other places for a long query's lines to break. */
export function samePrint(ours: string, theirs: string): boolean {
  if (theirs.search(EXPONENT) === -1) return ours === theirs;
  const plain = theirs.replace(EXPONENT, (number) => formatFloat(Number(number)));
  return ours.replace(/\s/g, "") === plain.replace(/\s/g, "");
}
