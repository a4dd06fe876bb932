import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { type ConstructedSeries, randomSource } from "./anomaly-generator.ts";
import { told } from "./anomaly-fleet.ts";

/**
 * A fifth generator, written when the detectors were done and looked at for its figures only: what somebody would construct who knows the list of kinds
 * and nothing of how they are found. A level, a day of two harmonics, a weekend, noise of several sorts, and one event from the ninth day on in units of
 * what the series scatters by.
 */
export const MIXED_SHAPES = ["plain", "smooth", "daily", "weekday", "shop", "traffic", "skewed", "growing"] as const;
type MixedShape = (typeof MIXED_SHAPES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is told more than half a day after an event is false. */
const AFTER_MS = DAY_MS / 2;

const SEASONAL: ReadonlySet<string> = new Set(["daily", "weekday", "shop", "traffic"]);

export function isMixedAsked(shape: string, kind: AnomalyKind | null): boolean {
  if (kind === "seasonal_break") return SEASONAL.has(shape);
  // Noise of a fifth hides 1% a day from everybody.
  if (kind === "trend_change") return shape !== "skewed" && shape !== "traffic";
  return kind !== "dip" || shape !== "skewed";
}

export function mixedSeries(
  name: string,
  kind: AnomalyKind | "deploy" | null,
  seed: number,
  stepMs: number,
  days: number,
): ConstructedSeries {
  const shape: MixedShape = MIXED_SHAPES.find((one) => one === name) ?? "plain";
  const random = randomSource(seed * 747796405 + 2891336453 + shape.length);
  for (let i = 0; i < 12; i++) random();
  const between = (from: number, to: number): number => from + (to - from) * random();
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.sin(2 * Math.PI * random());
  const level = shape === "traffic" ? between(40, 2000) : 10 ** between(-1, 5);
  const height = SEASONAL.has(shape) ? between(0.15, 0.45) : 0;
  const [peak, secondPeak, second] = [between(0, 24), between(0, 24), between(0, 0.4)];
  const weekend = shape === "weekday" || shape === "shop" ? between(0.5, 0.8) : 1;
  const share = shape === "skewed" ? between(0.1, 0.25) : between(0.01, 0.04);
  const goesOn = shape === "smooth" ? between(0.6, 0.9) : shape === "daily" ? between(0, 0.5) : 0;
  const growth = shape === "growing" ? between(0.002, 0.01) : 0;
  const deviation = shape === "traffic" ? Math.sqrt(level) : share * level;
  const begin = 1_775_000_000_000 + Math.floor(between(0, 14)) * DAY_MS + Math.floor(between(0, 24)) * HOUR_MS;
  const start = begin + days * DAY_MS * (kind === "trend_change" ? between(0.58, 0.65) : between(0.58, 0.85));
  const side = shape === "skewed" || random() < 0.5 ? 1 : -1;
  const spike = between(8, 14);
  const shift = between(5, 9);
  const factor = between(2.5, 5);
  const how = Math.floor(between(0, 3));
  const later = between(6, 12);
  const lasts = lastsFor(kind, stepMs, between);
  const times: number[] = [];
  const values: number[] = [];
  let error = 0;
  for (let t = begin; t < begin + days * DAY_MS; t += stepMs) {
    const inside = kind !== null && t >= start && t < start + lasts;
    const broken = inside && kind === "seasonal_break";
    const hour = t / HOUR_MS - (broken && how === 0 ? later : 0);
    const high = broken && how > 0 ? (how === 1 ? 0 : -height) : height;
    const wave = Math.cos((Math.PI / 12) * (hour - peak)) + second * Math.cos((Math.PI / 6) * (hour - secondPeak));
    const day = (Math.floor(t / DAY_MS) + 4) % 7;
    let mean = level * (1 + high * wave) * (day === 0 || day === 6 ? weekend : 1) * (1 + (growth * (t - begin)) / DAY_MS);
    if (inside && kind === "trend_change") mean += (side * 0.01 * level * (t - start)) / DAY_MS;
    error = goesOn * error + Math.sqrt(1 - goesOn * goesOn) * normal();
    const scatter = inside && kind === "variance_change" ? factor : 1;
    let value = mean + deviation * scatter * error;
    if (shape === "skewed") value = mean * Math.exp(share * scatter * error);
    if (shape === "shop") value = mean * (1 + share * scatter * error);
    if (inside && (kind === "spike" || kind === "dip")) value += (kind === "spike" ? spike : -spike) * deviation;
    if (inside && (kind === "level_shift" || kind === "deploy")) value += side * shift * deviation;
    if (shape === "traffic") value = Math.max(0, Math.round(value));
    if (inside && kind === "flatline") value = values.at(-1) ?? value;
    if (inside && kind === "gap") continue;
    times.push(t);
    values.push(value);
  }
  return told({
    shape,
    times,
    values,
    kind,
    startMs: start,
    endsMs: start + (lasts === Infinity ? 0 : lasts),
    findableMs: kind === null || kind === "deploy" ? 0 : findableFor(kind, lasts, stepMs),
    afterMs: AFTER_MS,
  });
}

/** How long it lasts, ms. */
function lastsFor(kind: AnomalyKind | "deploy" | null, stepMs: number, between: (from: number, to: number) => number): number {
  if (kind === "spike" || kind === "dip") return Math.floor(between(1, 4)) * stepMs;
  if (kind === "flatline") return between(2, 8) * HOUR_MS;
  if (kind === "variance_change") return between(6, 36) * HOUR_MS;
  if (kind === "seasonal_break") return between(1, 2) * DAY_MS;
  if (kind === "gap") return between(1, 6) * HOUR_MS;
  return Infinity;
}

/** How long after its start it may be found, ms. */
function findableFor(kind: AnomalyKind, lasts: number, stepMs: number): number {
  if (kind === "spike" || kind === "dip") return lasts + 2 * stepMs;
  if (kind === "gap") return 2 * stepMs;
  if (kind === "trend_change") return 6 * DAY_MS;
  return Math.min(lasts, kind === "level_shift" || kind === "variance_change" ? 6 * HOUR_MS : lasts);
}
