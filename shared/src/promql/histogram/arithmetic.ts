/** Adding, subtracting and scaling native histograms (Prometheus `FloatHistogram.Add`, `Sub`, `Mul`). */
import type { CounterResetHint, NativeHistogram } from "../../model/histogram.ts";
import { type Buckets, bucketsOf, compact, mergeBuckets } from "./buckets.ts";
import { commonLayout, laidOut, lostBounds, toLayout } from "./layout.ts";

export type Combined = { readonly histogram: NativeHistogram; readonly boundsReconciled: boolean; readonly hintCollision: boolean };

/** Undefined when one has custom and the other exponential buckets. `factor` 1 adds, -1 subtracts `b`. */
export function combineHistograms(a: NativeHistogram, b: NativeHistogram, factor: 1 | -1): Combined | undefined {
  const own = laidOut(a);
  const other = laidOut(b);
  const layout = commonLayout([a, b]);
  if (layout === undefined) return undefined;
  const left = toLayout(own, layout);
  const right = toLayout(other, layout);
  const positive = compact(mergeBuckets(left.positive, right.positive, factor));
  const negative = compact(mergeBuckets(left.negative, right.negative, factor));
  return {
    histogram: {
      ...a,
      schema: layout.schema,
      count: a.count + factor * b.count,
      sum: a.sum + factor * b.sum,
      zeroThreshold: layout.zeroThreshold,
      zeroCount: left.zeroCount + factor * right.zeroCount,
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
      ...(layout.customValues === undefined ? {} : { customValues: layout.customValues }),
      counterResetHint: factor === -1 ? "gauge" : combinedHint(a.counterResetHint, b.counterResetHint),
    },
    boundsReconciled: lostBounds(layout, [own, other]),
    hintCollision:
      (a.counterResetHint === "reset" && b.counterResetHint === "not_reset") ||
      (a.counterResetHint === "not_reset" && b.counterResetHint === "reset"),
  };
}

export function combinedHint(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  if (a === "gauge" || b === "gauge") return "gauge";
  return "unknown";
}

export function scaleHistogram(h: NativeHistogram, factor: number, divide = false): NativeHistogram {
  const f = divide ? (x: number) => x / factor : (x: number) => x * factor;
  const negative = factor < 0 || Object.is(factor, -0);
  const scaled = {
    ...h,
    count: f(h.count),
    sum: f(h.sum),
    zeroCount: f(h.zeroCount),
    positiveBuckets: h.positiveBuckets.map(f),
    negativeBuckets: h.negativeBuckets.map(f),
    ...(negative ? { counterResetHint: "gauge" as const } : {}),
  };
  // A division by zero leaves no buckets that could be told apart (Prometheus clears them).
  return divide && factor === 0 ? { ...scaled, positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] } : scaled;
}

/** True when `now` cannot have grown out of `before` (`FloatHistogram.DetectReset`). */
export function isCounterReset(now: NativeHistogram, before: NativeHistogram): boolean {
  if (now.counterResetHint === "reset") return true;
  // Gauges that are read as counters are looked at as such; that they are none is told.
  if (now.counterResetHint === "not_reset") return false;
  if (now.count < before.count) return true;
  const newer = laidOut(now);
  const older = laidOut(before);
  const layout = commonLayout([now, before]);
  if (layout === undefined) return true;
  // A counter keeps or gives up resolution; that it gained some or cut its zero bucket means that it began anew.
  if (layout.customValues === undefined && (now.schema !== layout.schema || now.zeroThreshold !== layout.zeroThreshold)) return true;
  const current = toLayout(newer, layout);
  const earlier = toLayout(older, layout);
  return (
    current.zeroCount < earlier.zeroCount || anyShrank(current.positive, earlier.positive) || anyShrank(current.negative, earlier.negative)
  );
}

function anyShrank(now: Buckets, before: Buckets): boolean {
  return mergeBuckets(now, before, -1).counts.some((count) => count < 0);
}

export function equalHistograms(a: NativeHistogram, b: NativeHistogram): boolean {
  if (a.schema !== b.schema || a.count !== b.count || (!Object.is(a.sum, b.sum) && a.sum !== b.sum)) return false;
  if (a.zeroThreshold !== b.zeroThreshold || a.zeroCount !== b.zeroCount) return false;
  if (JSON.stringify(a.customValues ?? []) !== JSON.stringify(b.customValues ?? [])) return false;
  const same = (x: Buckets, y: Buckets) => mergeBuckets(x, y, -1).counts.every((count) => count === 0);
  return (
    same(bucketsOf(a.positiveSpans, a.positiveBuckets), bucketsOf(b.positiveSpans, b.positiveBuckets)) &&
    same(bucketsOf(a.negativeSpans, a.negativeBuckets), bucketsOf(b.negativeSpans, b.negativeBuckets))
  );
}
