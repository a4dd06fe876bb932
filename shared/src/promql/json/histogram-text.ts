import type { NativeHistogram } from "../../model/histogram.ts";
import { isCustom, wholeBuckets } from "../histogram/buckets.ts";
import { formatFloatShort } from "./float-format.ts";

/** A histogram as Prometheus's `FloatHistogram.String` writes it: `{count:5, sum:18.4, (1,2]:3, …}`. */
export function formatHistogram(h: NativeHistogram): string {
  const parts = [`count:${formatFloatShort(h.count)}`, `sum:${formatFloatShort(h.sum)}`];
  for (const bucket of wholeBuckets(h)) {
    if (bucket.count === 0) continue;
    const closedLeft = bucket.zero || bucket.upper < 0 || (isCustom(h) && bucket.lower === -Infinity);
    const closedRight = bucket.zero || bucket.upper > 0;
    parts.push(
      `${closedLeft ? "[" : "("}${formatFloatShort(bucket.lower)},${formatFloatShort(bucket.upper)}${closedRight ? "]" : ")"}:${formatFloatShort(bucket.count)}`,
    );
  }
  return `{${parts.join(", ")}}`;
}
