import type { Labels } from "@sightline/shared/model/labels";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

/** The newest values of an expression, none when it cannot be evaluated. */
export function newest(
  reads: QuerySource,
  query: string,
  endMs: number,
  lookbackMs: number,
): readonly { readonly labels: Labels; readonly value: number }[] {
  const result = runQuery(reads, { query, startMs: endMs, endMs, stepMs: 0, lookbackMs });
  if (!result.ok) return [];
  const { value } = result.value;
  if (value.type === "scalar") return [{ labels: {}, value: value.value }];
  return value.type === "vector" ? value.samples : [];
}
