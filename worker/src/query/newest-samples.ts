import { lastJump } from "@sightline/shared/forecast/level-shift";
import { seriesKey } from "@sightline/shared/model/labels";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

/** Samples that are looked at one by one. */
const SAMPLES = 120;
/** Samples at a new level before it is told as one, where steps hold many: this share of a step, and no more than so many. */
const SHARE_OF_STEP = 0.2;
const ENOUGH = 3;

interface Steps {
  readonly nowMs: number;
  readonly spacingMs: number;
  readonly stepMs: number;
}

/** What the newest samples of a series say that means of steps do not. */
export interface NewestSamples {
  /** The last that is a finite number. */
  readonly value: number;
  /** The level that they jumped to, since when, and of how many samples; one may be a slip. */
  readonly level: { readonly sinceMs: number; readonly mean: number; readonly count: number } | null;
}

/** By `seriesKey`; empty where they cannot be read. */
export function newestSamples(reads: QuerySource, query: string, { nowMs, spacingMs, stepMs }: Steps): ReadonlyMap<string, NewestSamples> {
  const found = new Map<string, NewestSamples>();
  const everyMs = Math.ceil(spacingMs);
  // Looked back for no further than that, each sample is read once: of what fell silent, one is not several.
  const result = runQuery(reads, { query, startMs: nowMs - SAMPLES * everyMs, endMs: nowMs, stepMs: everyMs, lookbackMs: everyMs });
  if (!result.ok || result.value.value.type !== "matrix") return found;
  const enough = Math.max(1, Math.min(ENOUGH, Math.floor((SHARE_OF_STEP * stepMs) / spacingMs)));
  for (const series of result.value.value.series) {
    const finite = Array.from(series.timestamps, (_, i) => i).filter((i) => Number.isFinite(series.values[i]));
    const values = Float64Array.from(finite, (i) => series.values[i] ?? 0);
    const value = values.at(-1);
    if (value === undefined) continue;
    const at = lastJump(values);
    const after = values.subarray(at ?? 0);
    const level =
      at === null || after.length < enough
        ? null
        : {
            sinceMs: series.timestamps[finite[at] ?? 0] ?? nowMs,
            mean: after.reduce((sum, one) => sum + one / after.length, 0),
            count: after.length,
          };
    found.set(seriesKey(series.labels), { value, level });
  }
  return found;
}

/**
 * Means of steps, labelled with the ends of these, up to now: where the newest samples jumped to another level, the step that is not over is at that
 * level, or, where none has begun, the last. A step within which they jumped before that is left as it is.
 */
export function upToNow(
  means: { readonly timestamps: ArrayLike<number>; readonly values: ArrayLike<number> },
  newest: NewestSamples | undefined,
  { nowMs, stepMs }: Pick<Steps, "nowMs" | "stepMs">,
): { readonly timestamps: readonly number[]; readonly values: readonly number[] } {
  const timestamps = Array.from(means.timestamps);
  const values = Array.from(means.values);
  const endMs = timestamps.at(-1) ?? nowMs;
  if (newest === undefined || newest.level === null || nowMs > endMs + stepMs) return { timestamps, values };
  const { sinceMs, mean } = newest.level;
  if (nowMs > endMs) {
    timestamps.push(endMs + stepMs);
    values.push(mean);
  } else if (sinceMs > endMs - stepMs) values[values.length - 1] = mean;
  return { timestamps, values };
}
