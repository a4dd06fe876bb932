import type { NativeHistogram } from "../../model/histogram.ts";
import { bucketsOf, CUSTOM_SCHEMA } from "../histogram/buckets.ts";
import { formatFloatShort } from "../json/float-format.ts";

/** `{{schema:1 count:2 sum:3 buckets:[1 1]}}`: what `parsePoints` reads, as Prometheus's test messages have it. */
export function writeHistogram(h: NativeHistogram): string {
  const fields: string[] = [];
  const number = (name: string, value: number): void => {
    if (value !== 0) fields.push(`${name}:${formatFloatShort(value)}`);
  };
  const list = (name: string, values: readonly number[]): void => void fields.push(`${name}:[${values.map(formatFloatShort).join(" ")}]`);
  number("schema", h.schema);
  number("count", h.count);
  number("sum", h.sum);
  number("z_bucket", h.zeroCount);
  number("z_bucket_w", h.zeroThreshold);
  if (h.schema === CUSTOM_SCHEMA) list("custom_values", h.customValues ?? []);
  if (h.counterResetHint !== "unknown") fields.push(`counter_reset_hint:${h.counterResetHint}`);
  for (const [prefix, spans, counts] of [
    ["", h.positiveSpans, h.positiveBuckets],
    ["n_", h.negativeSpans, h.negativeBuckets],
  ] as const) {
    const row = asOneRow(bucketsOf(spans, counts));
    if (row === null) continue;
    number(`${prefix}offset`, row.offset);
    list(`${prefix}buckets`, row.counts);
  }
  return `{{${fields.join(" ")}}}`;
}

/** From the first bucket that counts to the last; null where none does. */
function asOneRow({
  indices,
  counts,
}: ReturnType<typeof bucketsOf>): { readonly offset: number; readonly counts: readonly number[] } | null {
  const first = counts.findIndex((count) => count !== 0);
  if (first === -1) return null;
  const last = counts.findLastIndex((count) => count !== 0);
  const offset = indices[first] ?? 0;
  const row = Array.from({ length: (indices[last] ?? 0) - offset + 1 }, () => 0);
  for (let i = first; i <= last; i++) row[(indices[i] ?? 0) - offset] = counts[i] ?? 0;
  return { offset, counts: row };
}
