/** Adding, subtracting and scaling native histograms (Prometheus `FloatHistogram.Add`, `Sub`, `Mul`). */
import type { CounterResetHint, NativeHistogram } from "../../model/histogram.ts";
import { type Buckets, bucketsOf, coarsen, compact, isCustom, lowerBound, mergeBuckets, upperBound } from "./buckets.ts";

export type Combined = { readonly histogram: NativeHistogram; readonly boundsReconciled: boolean; readonly hintCollision: boolean };

/** Undefined when one has custom and the other exponential buckets. `factor` 1 adds, -1 subtracts `b`. */
export function combineHistograms(a: NativeHistogram, b: NativeHistogram, factor: 1 | -1): Combined | undefined {
  if (isCustom(a) !== isCustom(b)) return undefined;
  const hintCollision =
    (a.counterResetHint === "reset" && b.counterResetHint === "not_reset") ||
    (a.counterResetHint === "not_reset" && b.counterResetHint === "reset");
  const hint = factor === -1 ? "gauge" : combinedHint(a.counterResetHint, b.counterResetHint);
  const totals = { count: a.count + factor * b.count, sum: a.sum + factor * b.sum, counterResetHint: hint };
  if (isCustom(a)) {
    const bounds = commonBounds(a.customValues ?? [], b.customValues ?? []);
    const same = bounds.length === (a.customValues ?? []).length && bounds.length === (b.customValues ?? []).length;
    const merged = compact(mergeBuckets(toBounds(a, bounds), toBounds(b, bounds), factor));
    return {
      histogram: { ...a, ...totals, customValues: bounds, positiveSpans: merged.spans, positiveBuckets: merged.counts },
      boundsReconciled: !same,
      hintCollision,
    };
  }
  const schema = Math.min(a.schema, b.schema);
  const zeroThreshold = commonZeroThreshold(a, b);
  const left = reduce(a, schema, zeroThreshold);
  const right = reduce(b, schema, zeroThreshold);
  const positive = compact(mergeBuckets(left.positive, right.positive, factor));
  const negative = compact(mergeBuckets(left.negative, right.negative, factor));
  return {
    histogram: {
      ...a,
      ...totals,
      schema,
      zeroThreshold,
      zeroCount: left.zeroCount + factor * right.zeroCount,
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
    },
    boundsReconciled: false,
    hintCollision,
  };
}

function combinedHint(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  if (a === "gauge" || b === "gauge") return "gauge";
  return "unknown";
}

interface Reduced {
  readonly positive: Buckets;
  readonly negative: Buckets;
  readonly zeroCount: number;
}

/** Moves buckets that reach below the zero threshold into the zero bucket, then coarsens. */
function reduce(h: NativeHistogram, schema: number, zeroThreshold: number): Reduced {
  let zeroCount = h.zeroCount;
  const keep = (buckets: Buckets): Buckets => {
    const indices: number[] = [];
    const counts: number[] = [];
    buckets.indices.forEach((index, i) => {
      const count = buckets.counts[i] ?? 0;
      if (upperBound(h.schema, index, undefined) <= zeroThreshold) zeroCount += count;
      else {
        indices.push(index);
        counts.push(count);
      }
    });
    return coarsen({ indices, counts }, h.schema - schema);
  };
  const positive = keep(bucketsOf(h.positiveSpans, h.positiveBuckets));
  const negative = keep(bucketsOf(h.negativeSpans, h.negativeBuckets));
  return { positive, negative, zeroCount };
}

/** The smallest threshold ≥ both that cuts no populated bucket of either. */
function commonZeroThreshold(a: NativeHistogram, b: NativeHistogram): number {
  let threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  if (a.zeroThreshold === b.zeroThreshold) return threshold;
  for (let changed = true; changed;) {
    changed = false;
    for (const h of [a, b]) {
      if (h.zeroThreshold >= threshold) continue;
      for (const [spans, counts] of [
        [h.positiveSpans, h.positiveBuckets],
        [h.negativeSpans, h.negativeBuckets],
      ] as const) {
        const buckets = bucketsOf(spans, counts);
        buckets.indices.forEach((index, i) => {
          const upper = upperBound(h.schema, index, undefined);
          if ((buckets.counts[i] ?? 0) !== 0 && lowerBound(h.schema, index, undefined) < threshold && upper > threshold) {
            threshold = upper;
            changed = true;
          }
        });
      }
    }
  }
  return threshold;
}

function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === b.length && a.every((bound, i) => bound === b[i])) return a;
  const other = new Set(b);
  return a.filter((bound) => other.has(bound));
}

function toBounds(h: NativeHistogram, bounds: readonly number[]): Buckets {
  const buckets = bucketsOf(h.positiveSpans, h.positiveBuckets);
  const own = h.customValues ?? [];
  if (own.length === bounds.length) return buckets;
  const indices: number[] = [];
  const counts: number[] = [];
  let target = 0;
  buckets.indices.forEach((index, i) => {
    const upper = own[index] ?? Infinity;
    while (target < bounds.length && (bounds[target] ?? Infinity) < upper) target++;
    if (indices.at(-1) === target) counts[counts.length - 1] = (counts.at(-1) ?? 0) + (buckets.counts[i] ?? 0);
    else {
      indices.push(target);
      counts.push(buckets.counts[i] ?? 0);
    }
  });
  return { indices, counts };
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
  if (now.counterResetHint === "not_reset" || now.counterResetHint === "gauge") return false;
  if (now.count < before.count) return true;
  if (isCustom(now) !== isCustom(before)) return true;
  if (isCustom(now)) {
    const bounds = commonBounds(now.customValues ?? [], before.customValues ?? []);
    return anyShrank(toBounds(now, bounds), toBounds(before, bounds));
  }
  if (now.schema > before.schema || now.zeroThreshold < before.zeroThreshold) return true;
  if (commonZeroThreshold(now, before) !== now.zeroThreshold) return true;
  const older = reduce(before, now.schema, now.zeroThreshold);
  if (now.zeroCount < older.zeroCount) return true;
  return (
    anyShrank(bucketsOf(now.positiveSpans, now.positiveBuckets), older.positive) ||
    anyShrank(bucketsOf(now.negativeSpans, now.negativeBuckets), older.negative)
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
