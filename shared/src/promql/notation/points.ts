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
  const value = Number(lower.replaceAll("_", ""));
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  return value;
}

/** `{{schema:1 sum:15 count:10 buckets:[3 2]}}`; `offset` and `n_offset` place the first bucket. */
function parseHistogram(text: string): NativeHistogram {
  const fields = new Map<string, string>();
  for (const match of text.slice(2, -2).matchAll(/(\w+):(\[[^\]]*\]|[^\s]+)/g)) fields.set(match[1] ?? "", match[2] ?? "");
  const number = (name: string): number => (fields.has(name) ? parseNumber(fields.get(name) ?? "0") : 0);
  const list = (name: string): number[] =>
    (fields.get(name) ?? "[]")
      .slice(1, -1)
      .split(/[\s,]+/)
      .filter((part) => part !== "")
      .map(parseNumber);
  const positive = list("buckets");
  const negative = list("n_buckets");
  return {
    schema: number("schema"),
    count: number("count"),
    sum: number("sum"),
    zeroThreshold: number("z_bucket_w"),
    zeroCount: number("z_bucket"),
    positiveSpans: positive.length === 0 ? [] : [{ offset: number("offset"), length: positive.length }],
    positiveBuckets: positive,
    negativeSpans: negative.length === 0 ? [] : [{ offset: number("n_offset"), length: negative.length }],
    negativeBuckets: negative,
    ...(fields.has("custom_values") ? { customValues: list("custom_values") } : {}),
    counterResetHint: HINTS[fields.get("counter_reset_hint") ?? "unknown"] ?? "unknown",
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
    if (first === "_") {
      for (let i = 0; i < Number(times ?? 1); i++) points.push(undefined);
      continue;
    }
    let current = value(first);
    points.push(current);
    if (times === undefined) continue;
    const delta = step === undefined ? undefined : value(step);
    for (let i = 0; i < Number(times); i++) {
      if (typeof current === "number" && typeof delta === "number") current += sign === "-" ? -delta : delta;
      else if (typeof current === "object" && typeof delta === "object") {
        const sum = combineHistograms(current, sign === "-" ? scaleHistogram(delta, -1) : delta, 1);
        if (sum === undefined) throw new Error(`cannot add ${step} to ${first}`);
        current = { ...sum.histogram, counterResetHint: current.counterResetHint };
      }
      points.push(current);
    }
  }
  return points;
}
