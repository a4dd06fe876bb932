import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { type ConstructedSeries, randomSource } from "./anomaly-generator.ts";

/**
 * A second generator, written from the list of kinds alone and used to tune nothing's shape: what services measure, with sizes drawn rather than
 * fixed. Spikes and dips of 8 to 15 standard deviations of the noise, shifts of 5 to 8, scatter of 2 to 4 times, seasons that are flat, twice as high or
 * eight hours late for one to two days, runs of 3 to 12 hours, gaps of 1 to 6. What is told more than a day after an event is false.
 */
export const FLEET_SHAPES = ["cpu", "requests", "latency", "weekly", "queue", "errors", "memory", "temperature"] as const;
type FleetShape = (typeof FLEET_SHAPES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Make {
  readonly level: readonly [number, number];
  /** Height of the day's wave, and standard deviation of the noise, as shares of the level. */
  readonly wave: readonly [number, number];
  readonly noise: readonly [number, number];
  /** How much of the noise goes on to the next step. */
  readonly goesOn: readonly [number, number];
}

const MAKES: Readonly<Record<FleetShape, Make>> = {
  cpu: { level: [25, 60], wave: [0.2, 0.5], noise: [0.02, 0.06], goesOn: [0, 0.7] },
  requests: { level: [20, 800], wave: [0.3, 0.7], noise: [0.03, 0.03], goesOn: [0, 0] },
  latency: { level: [40, 300], wave: [0, 0.15], noise: [0.08, 0.3], goesOn: [0, 0.7] },
  weekly: { level: [25, 60], wave: [0.2, 0.5], noise: [0.02, 0.06], goesOn: [0, 0.7] },
  queue: { level: [25, 60], wave: [0, 0], noise: [0.02, 0.06], goesOn: [0.3, 0.8] },
  errors: { level: [0.5, 4], wave: [0, 0], noise: [0, 0], goesOn: [0, 0] },
  memory: { level: [30, 70], wave: [0, 0], noise: [0.02, 0.06], goesOn: [0.9, 0.98] },
  temperature: { level: [20, 60], wave: [0, 0], noise: [0.005, 0.02], goesOn: [0, 0.7] },
};

export function isFleetAsked(shape: string, kind: AnomalyKind | null): boolean {
  if (kind === "seasonal_break") return shape === "cpu" || shape === "requests" || shape === "weekly";
  if (kind === "flatline") return shape !== "errors";
  return kind !== "dip" || (shape !== "errors" && shape !== "latency");
}

/** How long it lasts and how long after its start it may be found, in ms; `draw` gives a number between two. */
function spans(kind: AnomalyKind | "deploy" | null, stepMs: number, draw: (from: number, to: number) => number): readonly [number, number] {
  switch (kind) {
    case "spike":
    case "dip": {
      const width = Math.floor(draw(1, 4)) * stepMs;
      return [width, width + 3 * stepMs];
    }
    case "flatline": {
      const lasts = draw(3, 12) * HOUR_MS;
      return [lasts, lasts];
    }
    case "variance_change": {
      const lasts = draw(0.5, 2) * DAY_MS;
      return [lasts, Math.min(lasts, 12 * HOUR_MS)];
    }
    case "seasonal_break": {
      const lasts = draw(1, 2) * DAY_MS;
      return [lasts, lasts];
    }
    case "gap":
      return [draw(1, 6) * HOUR_MS, 3 * stepMs];
    case "trend_change":
      return [Infinity, 7 * DAY_MS];
    default:
      return [Infinity, 6 * HOUR_MS];
  }
}

export function fleetSeries(
  name: string,
  kind: AnomalyKind | "deploy" | null,
  seed: number,
  stepMs: number,
  days: number,
): ConstructedSeries {
  const shape = FLEET_SHAPES.find((one) => one === name) ?? "cpu";
  const make = MAKES[shape];
  const random = randomSource(seed * 2654435761 + 977);
  for (let i = 0; i < 8; i++) random();
  const draw = (from: number, to: number): number => from + (to - from) * random();
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const isCount = shape === "requests" || shape === "errors";
  const level = draw(...make.level);
  const wave = draw(...make.wave);
  const share = draw(...make.noise);
  const goesOn = draw(...make.goesOn);
  const weekend = shape === "weekly" || (shape === "requests" && random() < 0.5) ? draw(0.4, 0.9) : 1;
  const peak = draw(0, 24);
  const deviation = isCount ? Math.sqrt(level + (share * level) ** 2) : share * level;
  const side = shape === "errors" || shape === "latency" || random() < 0.5 ? 1 : -1;
  const size = kind === "spike" || kind === "dip" ? draw(8, 15) : draw(5, 8);
  const factor = draw(2, 4);
  const gone = Math.floor(draw(0, 3));
  const t0 = 1_767_225_600_000 + Math.floor(draw(0, 7)) * DAY_MS;
  const startMs = t0 + days * DAY_MS * (kind === "trend_change" ? draw(0.45, 0.64) : draw(0.5, 0.85));
  const [lasts, findable] = spans(kind, stepMs, draw);
  const times: number[] = [];
  const values: number[] = [];
  let error = 0;
  for (let t = t0; t < t0 + days * DAY_MS; t += stepMs) {
    const inside = kind !== null && t >= startMs && t < startMs + lasts;
    const isBroken = inside && kind === "seasonal_break";
    const hour = (t - t0) / HOUR_MS + (isBroken && gone === 0 ? 8 : 0);
    const height = wave * (isBroken && gone > 0 ? 2 * (gone - 1) : 1);
    const isWeekend = ((Math.floor(t / DAY_MS) + 4) % 7) % 6 === 0;
    const usual = level * Math.max(0.02, (1 + height * Math.cos((2 * Math.PI * (hour - peak)) / 24)) * (isWeekend ? weekend : 1));
    const mean = usual + (inside && kind === "trend_change" ? (side * 0.01 * level * (t - startMs)) / DAY_MS : 0);
    const scatter = inside && kind === "variance_change" ? factor : 1;
    error = goesOn * error + Math.sqrt(1 - goesOn * goesOn) * normal();
    let added = 0;
    if (inside && kind === "spike") added = size * deviation;
    if (inside && kind === "dip") added = -size * deviation;
    if (inside && (kind === "level_shift" || kind === "deploy")) added = side * size * deviation;
    // Counts scatter as a Poisson distribution does, and by a share of themselves.
    const spread = isCount ? Math.sqrt(mean + (share * mean) ** 2) : deviation;
    let value = mean + scatter * spread * error + added;
    if (shape === "latency") value = mean * Math.exp(share * scatter * error - (share * scatter) ** 2 / 2) + added;
    if (isCount) value = Math.max(0, Math.round(value));
    if (shape === "cpu" || shape === "memory") value = Math.max(0, Math.min(100, value));
    if (inside && kind === "gap") continue;
    if (inside && kind === "flatline") value = values.at(-1) ?? value;
    times.push(t);
    values.push(value);
  }
  return told({
    shape,
    times,
    values,
    kind,
    startMs,
    endsMs: startMs + (lasts === Infinity ? 0 : lasts),
    findableMs: findable,
    afterMs: DAY_MS,
  });
}

interface Generated {
  readonly shape: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly kind: AnomalyKind | "deploy" | null;
  /** Of the event; where it goes on to the end its start again. */
  readonly startMs: number;
  readonly endsMs: number;
  /** How long after its start, or a gap's end, it may be found. */
  readonly findableMs: number;
  /** How long after its end what is told still belongs to it. */
  readonly afterMs: number;
}

/** A series with the truth about it by index; a deploy is none. */
export function told({ shape, times, values, kind, startMs, endsMs, findableMs, afterMs }: Generated): ConstructedSeries {
  const indexAt = (ms: number): number => {
    const index = times.findIndex((t) => t >= ms);
    return index < 0 ? times.length : index;
  };
  const series = { shape, times: Float64Array.from(times), values: Float64Array.from(values) };
  if (kind === null) return { ...series, truth: null, deployMs: null };
  if (kind === "deploy") return { ...series, truth: null, deployMs: times[indexAt(startMs)] ?? null };
  const from = kind === "gap" ? endsMs : startMs;
  const over = kind === "trend_change" ? Infinity : endsMs + afterMs;
  return { ...series, truth: { kind, start: indexAt(from), end: indexAt(from + findableMs), over: indexAt(over) }, deployMs: null };
}
