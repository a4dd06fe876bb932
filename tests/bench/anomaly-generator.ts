import { ANOMALY_KINDS, type AnomalyKind } from "@sightline/shared/model/anomaly";

/** A constructed series with what is known about it. Times in ms; `truth` null for a clean one. */
export interface ConstructedSeries {
  readonly shape: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly truth: { readonly kind: AnomalyKind; readonly start: number; readonly end: number } | null;
}

export const SHAPES = ["noise", "day", "week", "wander", "counts", "bursts", "host"] as const;
/** A gap is told from the times alone; the others are built into the values. */
export const KINDS: readonly AnomalyKind[] = ANOMALY_KINDS.filter((kind) => kind !== "gap");

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
  if (kind === "spike" || kind === "dip") return 3;
  if (kind === "trend_change") return 6 * perDay;
  if (kind === "seasonal_break") return perDay;
  return Math.round(perDay / 2);
}

/** `days` of one shape on even steps, with one anomaly in the second half when `kind` is given. */
export function construct(shape: string, kind: AnomalyKind | null, seed: number, stepMs: number, days: number): ConstructedSeries {
  const random = randomSource(seed * 2654435761 + 1);
  for (let i = 0; i < 8; i++) random();
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const perDay = Math.round(86_400_000 / stepMs);
  const n = perDay * days;
  const times = new Float64Array(n);
  const values = new Float64Array(n);
  const mean = 50 + 100 * random();
  const sigma = mean * (0.02 + 0.03 * random());
  const start = Math.floor(n * (0.55 + 0.2 * random()));
  const phase = random() * 2 * Math.PI;
  let wander = 0;
  let burst = 0;
  for (let i = 0; i < n; i++) {
    times[i] = 1_700_000_000_000 + i * stepMs;
    const noise = normal();
    const inside = kind !== null && i >= start;
    let season = Math.sin((2 * Math.PI * i) / perDay + phase);
    const weekend = Math.floor(i / perDay) % 7 >= 5;
    if (shape === "week" && weekend) season = 0.3 * season - 0.5;
    if (inside && kind === "seasonal_break" && i < start + perDay) season = Math.sin((2 * Math.PI * i) / perDay + phase + Math.PI);
    wander = 0.98 * wander + 0.2 * normal();
    burst = random() < 0.01 ? 4 + 6 * random() : 0.5 * burst;
    let value = mean + sigma * noise * (inside && kind === "variance_change" ? 4 : 1);
    if (shape === "day" || shape === "week") value += 0.3 * mean * season;
    else if (shape === "wander") value += 2 * sigma * wander;
    else if (shape === "bursts") value += 3 * sigma * burst;
    else if (shape === "counts") value = Math.round(value / 8);
    else if (shape === "host")
      value = Math.max(0, 0.05 * mean + Math.abs(0.03 * mean * noise) + (random() < 0.02 ? 0.2 * mean * random() : 0));
    const unit =
      shape === "counts" ? sigma / 8 : shape === "host" ? 0.1 * mean : shape === "day" || shape === "week" ? sigma + 0.1 * mean : sigma;
    if (inside) {
      if (kind === "spike" && i < start + 2) value += 10 * unit;
      if (kind === "dip" && i < start + 2) value -= 10 * unit;
      if (kind === "level_shift") value += 6 * unit;
      if (kind === "trend_change") value += (0.04 * mean * (i - start)) / perDay / (shape === "counts" ? 8 : 1);
      if (kind === "flatline" && i < start + perDay / 2) value = values[start - 1] ?? value;
    }
    values[i] = value;
  }
  return { shape, times, values, truth: kind === null ? null : { kind, start, end: start + patience(kind, perDay) } };
}
