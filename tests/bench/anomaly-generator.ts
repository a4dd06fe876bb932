import { ANOMALY_KINDS, type AnomalyKind } from "@sightline/shared/model/anomaly";

/** A constructed series with what is known about it. Times in ms; `truth` null for a clean one; a deploy moves the level at `deployMs`. */
export interface ConstructedSeries {
  readonly shape: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly truth: Truth | null;
  readonly deployMs: number | null;
}

/** Steps: from `start` it is there, from `end` it counts as missed, until `over` what is alarming still belongs to it. */
export interface Truth {
  readonly kind: AnomalyKind;
  readonly start: number;
  readonly end: number;
  readonly over: number;
}

export const SHAPES = ["noise", "day", "week", "wander", "counts", "bursts", "host"] as const;
export const KINDS = ANOMALY_KINDS;

/** What cannot be seen in a shape by its construction: nobody is asked for it. */
export function isAsked(shape: string, kind: AnomalyKind | null): boolean {
  if (kind === "seasonal_break") return shape === "day" || shape === "week";
  // A value that repeats itself anyway does not show that it stands still, and one near zero has no room below.
  if (kind === "flatline") return shape !== "counts";
  if (kind === "dip") return shape !== "host" && shape !== "bursts";
  // One percent a day is less than such a series wanders in a day by itself.
  if (kind === "trend_change") return shape !== "wander";
  return true;
}

/** Numerical Recipes' linear congruence: the same series on every machine. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** How long after its start, in steps, an anomaly of this kind may be found and still count. */
function patience(kind: AnomalyKind, perDay: number): number {
  if (kind === "spike" || kind === "dip" || kind === "gap") return 3;
  if (kind === "trend_change") return 6 * perDay;
  if (kind === "seasonal_break") return perDay;
  return Math.round(perDay / 2);
}

/** About how far a series of this shape is from its mean by itself. */
function unitOf(shape: string, mean: number, sigma: number): number {
  if (shape === "counts") return sigma / 8;
  if (shape === "host") return 0.1 * mean;
  if (shape === "day" || shape === "week") return sigma + 0.1 * mean;
  return shape === "wander" || shape === "bursts" ? 2 * sigma : sigma;
}

/** `days` of one shape on even steps, with one anomaly in the second half when `kind` is given; "deploy" is a permitted change of level. */
export function construct(
  shape: string,
  kind: AnomalyKind | "deploy" | null,
  seed: number,
  stepMs: number,
  days: number,
): ConstructedSeries {
  const random = randomSource(seed * 2654435761 + 1);
  for (let i = 0; i < 8; i++) random();
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const perDay = Math.round(86_400_000 / stepMs);
  const n = Math.round(perDay * days);
  const times = new Float64Array(n);
  const values = new Float64Array(n);
  const mean = 50 + 100 * random();
  const sigma = mean * (0.02 + 0.03 * random());
  // A weekly pattern is known once all its days have been seen.
  const earliest = shape === "week" ? 0.62 : 0.55;
  const start = Math.floor(n * (earliest + (0.75 - earliest) * random()) * (kind === "trend_change" && shape !== "week" ? 0.85 : 1));
  const phase = random() * 2 * Math.PI;
  let wander = 0;
  let burst = 0;
  for (let place = 0; place < n; place++) {
    // Through a gap the day goes on.
    const i = kind === "gap" && place >= start ? place + Math.round(perDay / 8) : place;
    times[place] = 1_700_000_000_000 + i * stepMs;
    const inside = kind !== null && i >= start;
    const noise = normal() * (inside && kind === "variance_change" ? 4 : 1);
    let season = Math.sin((2 * Math.PI * i) / perDay + phase);
    const weekend = Math.floor(i / perDay) % 7 >= 5;
    if (shape === "week" && weekend) season = 0.3 * season - 0.5;
    if (inside && kind === "seasonal_break" && i < start + perDay) season = Math.sin((2 * Math.PI * i) / perDay + phase + Math.PI);
    wander = 0.98 * wander + 0.2 * normal();
    burst = random() < 0.01 ? 4 + 6 * random() : 0.5 * burst;
    let value = mean + sigma * noise;
    if (shape === "day" || shape === "week") value += 0.3 * mean * season;
    else if (shape === "wander") value += 2 * sigma * wander;
    else if (shape === "bursts") value += 3 * sigma * burst;
    else if (shape === "counts") value = Math.round(value / 8);
    else if (shape === "host")
      value = Math.max(0, 0.05 * mean + Math.abs(0.03 * mean * noise) + (random() < 0.02 ? 0.2 * mean * random() : 0));
    const unit = unitOf(shape, mean, sigma);
    // Among bursts of 12 to 30 sigma a spike is what stands out of them.
    const peak = shape === "bursts" ? 10 * sigma : unit;
    if (inside) {
      if (kind === "spike" && i < start + 2) value += 10 * peak;
      if (kind === "dip" && i < start + 2) value -= 10 * unit;
      if (kind === "level_shift" || kind === "deploy") value += 6 * unit;
      if (kind === "trend_change") value += (0.01 * mean * (i - start)) / perDay / (shape === "counts" ? 8 : 1);
      if (kind === "flatline" && i < start + perDay / 2) value = values[start - 1] ?? value;
    }
    values[place] = value;
  }
  if (kind === null || kind === "deploy")
    return { shape, times, values, truth: null, deployMs: kind === null ? null : (times[start] ?? 0) };
  const lasts =
    kind === "seasonal_break" ? perDay : kind === "flatline" ? perDay / 2 : kind === "spike" || kind === "dip" || kind === "gap" ? 2 : n;
  return {
    shape,
    times,
    values,
    truth: { kind, start, end: start + patience(kind, perDay), over: start + lasts + perDay / 4 },
    deployMs: null,
  };
}
