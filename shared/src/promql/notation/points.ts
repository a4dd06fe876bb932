/** The points of a series line: floats, gaps, stale markers, histograms, and their repetitions. */
import type { CounterResetHint, NativeHistogram } from "../../model/histogram.ts";
import { combineHistograms, scaleHistogram } from "../histogram/arithmetic.ts";

/** Undefined is a gap. A stale marker is a word here: arrays of plain numbers do not keep a NaN's bits. */
export type Point = number | NativeHistogram | "stale" | undefined;

const HINTS: Readonly<Record<string, CounterResetHint>> = { unknown: "unknown", reset: "reset", not_reset: "not_reset", gauge: "gauge" };

export function parseNumber(text: string): number {
  const lower = text.toLowerCase().replace(/^\+/, "");
  if (lower === "inf" || lower === "infinity") return Infinity;
  if (lower === "-inf" || lower === "-infinity") return -Infinity;
  if (lower === "nan" || lower === "-nan") return NaN;
  if (/^-?0[0-7]+$/.test(lower)) return (lower.startsWith("-") ? -1 : 1) * parseInt(lower.replace("-", ""), 8);
  const value = Number(lower.replaceAll("_", ""));
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  return value;
}

const FIELDS = new Set(
  "schema sum count z_bucket z_bucket_w custom_values buckets offset n_buckets n_offset counter_reset_hint".split(" "),
);

/** The fields of `{{…}}` by name, in the words of Prometheus's parser where one is none. */
function histogramFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const inner = text.slice(2, -2);
  const field = /\s*(?:(\w+)(:(?:\[[^\]]*\]|[^\s[\]]+)(?=\s|$))?|\S+)/y;
  for (let match = field.exec(inner.trimEnd()); match !== null; match = field.exec(inner.trimEnd())) {
    const [all, name = all.trim(), given] = match;
    if (!FIELDS.has(name)) throw new Error(`bad histogram descriptor found: ${JSON.stringify(name)}`);
    if (given === undefined) throw new Error(`no value for ${name} in ${text}`);
    if (fields.has(name)) throw new Error(`duplicate key ${JSON.stringify(name)} in histogram`);
    fields.set(name, given.slice(1));
  }
  return fields;
}

/** `{{schema:1 sum:15 count:10 buckets:[3 2]}}`; `offset` and `n_offset` place the first bucket. */
function parseHistogram(text: string): NativeHistogram {
  const fields = histogramFields(text);
  const number = (name: string): number => parseNumber(fields.get(name) ?? "0");
  const integer = (name: string): number => {
    if (!/^-?\d+$/.test(fields.get(name) ?? "0")) throw new Error(`not an integer: ${name}:${fields.get(name)}`);
    return Number(fields.get(name) ?? "0");
  };
  const list = (name: string): number[] => {
    const values = fields.get(name) ?? "[]";
    if (!values.startsWith("[")) throw new Error(`not a list: ${name}:${values}`);
    return values
      .slice(1, -1)
      .split(/\s+/)
      .filter((part) => part !== "")
      .map(parseNumber);
  };
  const hint = fields.get("counter_reset_hint") ?? "unknown";
  const counterResetHint = HINTS[hint];
  if (counterResetHint === undefined) throw new Error(`bad histogram descriptor found: ${JSON.stringify(hint)}`);
  const positive = list("buckets");
  const negative = list("n_buckets");
  return {
    schema: integer("schema"),
    count: number("count"),
    sum: number("sum"),
    zeroThreshold: number("z_bucket_w"),
    zeroCount: number("z_bucket"),
    positiveSpans: positive.length === 0 ? [] : [{ offset: integer("offset"), length: positive.length }],
    positiveBuckets: positive,
    negativeSpans: negative.length === 0 ? [] : [{ offset: integer("n_offset"), length: negative.length }],
    negativeBuckets: negative,
    ...(fields.has("custom_values") ? { customValues: list("custom_values") } : {}),
    counterResetHint,
  };
}

const HISTOGRAM = String.raw`\{\{[^}]*\}\}`;
const ITEM = new RegExp(
  `^(${HISTOGRAM}|_|stale|[+-]?(?:[Ii][Nn][Ff]|[Nn][Aa][Nn])|[+-]?[0-9.][0-9._]*(?:[eE][+-]?[0-9]+)?)(?:([+-])(${HISTOGRAM}|[0-9.]+(?:[eE][+-]?[0-9]+)?))?(?:x([0-9]+))?$`,
);

const value = (text: string): number | NativeHistogram | "stale" =>
  text === "stale" ? "stale" : text.startsWith("{{") ? parseHistogram(text) : parseNumber(text);

/** All points of `1+2x3 _ stale {{count:1}}x2`. A word that is no point throws. */
export function parsePoints(text: string): Point[] {
  const points: Point[] = [];
  for (const word of text.match(new RegExp(`(?:${HISTOGRAM}|[^\\s])+`, "g")) ?? []) {
    const match = ITEM.exec(word);
    if (match === null) throw new Error(`not a point: ${word}`);
    const [, first = "", sign, step, times] = match;
    // What is added is added each time: `1+1` says of no time, and nothing is added to a gap.
    if (step !== undefined && (times === undefined || first === "_")) throw new Error(`not a point: ${word}`);
    if (first === "_") {
      for (let i = 0; i < Number(times ?? 1); i++) points.push(undefined);
      continue;
    }
    let current = value(first);
    points.push(current);
    if (times === undefined) continue;
    const delta = step === undefined ? undefined : value(step);
    if (delta !== undefined && typeof delta !== typeof current) throw new Error(`cannot add ${step} to ${first}`);
    for (let i = 0; i < Number(times); i++) {
      if (typeof current === "number" && typeof delta === "number") current += sign === "-" ? -delta : delta;
      else if (typeof current === "object" && typeof delta === "object") {
        if (delta.schema < current.schema)
          throw new Error(`error combining histograms: cannot merge from schema ${delta.schema} to ${current.schema}`);
        const sum = combineHistograms(current, sign === "-" ? scaleHistogram(delta, -1) : delta, 1);
        if (sum === undefined) throw new Error(`cannot add ${step} to ${first}`);
        current = { ...sum.histogram, counterResetHint: current.counterResetHint };
      }
      points.push(current);
    }
  }
  return points;
}
