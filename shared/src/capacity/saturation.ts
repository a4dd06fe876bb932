import { quantileSorted } from "simple-statistics";
import type { Refusal } from "../model/trend.ts";
import { type EvenSteps, evenSteps, refuseGappy } from "../trend/even-steps.ts";
import { finitePoints } from "../trend/finite-points.ts";
import { comesBack } from "./comes-back.ts";
import { joinedAtStep } from "./one-step.ts";
import { expectedFarPath, expectedPath, futurePath } from "./future-paths.ts";
import { type GrowthModel, growthModels } from "./growth.ts";
import { type SeasonOfUse, seasonsOfUse } from "./season-of-use.ts";
import { standsStill } from "./stands-still.ts";
import { type RestsAtWeekends, weekendsOfGrowth } from "./weekends.ts";

const DAY = 86_400_000;
const FEWEST = 24;
const MOST_STEPS = 1000;
const MOST_EMPTY = 0.5;
/** What adds up stands still while its machine is off at night and on weekends, or goes on: either is seen by the next morning. Known for so long, and off for no longer. */
const MOST_OFF = 0.75;
const KNOWN_OFF_MS = 21 * DAY;
const LONGEST_OFF_MS = 4 * DAY;
/** How likely it is that what rests at its first weekend does for that reason, and works again after it. */
const RESTS = 0.75;
/** No word of a future longer than so many times what was seen. */
export const HORIZON = 10;
const PATHS = 400;
/** What lands on the limit is full, whatever the last digit says. */
const ROUNDING = 1e-9;
/** Of the time until then, by which it may come a turn of the season sooner or later. */
const OF_TURN = 0.1;
/** Growth is that of the next quarter of what was seen: how steep a curve is this minute says nothing of a day. */
const NEAR = 4;

export interface SaturationRequest {
  /** Ascending ms. */
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** In the values' unit. */
  readonly limit: number;
  /** Uniform in [0, 1); the same source gives the same answer. */
  readonly random: () => number;
}

export interface Growth {
  /** Per day; lower and upper bound it with 95% confidence. */
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Saturation {
  /** Ms from the last sample. Null where it lies beyond `horizonMs`, or never. */
  readonly inMs: number | null;
  readonly lowerMs: number | null;
  readonly upperMs: number | null;
  /** Nothing is said of what is further ahead. */
  readonly horizonMs: number;
  /** Share of the possible futures that reach the limit within the horizon. */
  readonly chance: number;
  readonly growthPerDay: Growth;
}

/** A way in which the series may grow, and what the season makes of its values at a position. */
interface SeasonedModel extends GrowthModel {
  readonly seasonAt: SeasonOfUse["at"];
}

/** A fitted series, to be asked about its future more than once. */
export interface FittedGrowth {
  readonly models: readonly SeasonedModel[];
  readonly n: number;
  readonly stepMs: number;
  readonly firstMs: number;
  readonly scale: number;
  /** Of its longest season; 0 of none. */
  readonly turnMs: number;
  /** Whether it may have ended already: it stands still since, or is only back where it was. */
  readonly mayBeOver: boolean;
}

/** Refuses fewer than 24 samples, bursts of samples with long gaps (of what `addsUp`: longer than a machine is off), and values that cannot be calculated with. */
export function fitGrowth(
  { timestamps, values }: Pick<SaturationRequest, "timestamps" | "values">,
  addsUp = false,
): FittedGrowth | Refusal {
  const points = finitePoints(timestamps, values, FEWEST);
  if ("refused" in points) return points;
  const seen = evenSteps(points, MOST_STEPS);
  const gappy = refuseGappy(seen, addsUp && isOffAtTimes(points.t) ? MOST_OFF : MOST_EMPTY);
  if (gappy !== null) return gappy;
  const { firstMs, stepMs } = seen;
  const joined = { ...seen, y: joinedAtStep(seen.y) };
  const known = weekendsOfGrowth(joined);
  const alone = fitBeside(joined, known?.isKnown === true ? known.at : null, addsUp);
  // What came at once and stayed may be all that its first working day brought.
  const cameAtOnce = joined.y[0]! > seen.y[0]!;
  const lately = cameAtOnce ? seen : joined;
  const soFar = addsUp && known?.isKnown !== true ? weekendsOfGrowth(lately) : null;
  const resting = soFar?.isKnown === false ? fitBeside(lately, soFar.at, addsUp) : null;
  const share = resting === null ? 0 : cameAtOnce ? 1 - RESTS : RESTS;
  const { adjusted } = alone;
  return {
    models: [...weighed(alone.models, 1 - share), ...(resting === null ? [] : weighed(resting.models, share))],
    n: seen.y.length,
    stepMs,
    firstMs,
    scale: points.scale,
    turnMs: Math.max(alone.longest, resting?.longest ?? 0) * stepMs,
    mayBeOver: standsStill(adjusted) || comesBack(adjusted.map((value, i) => value + seen.y[i]! - alone.rested[i]!)),
  };
}

const weighed = (models: readonly SeasonedModel[], share: number): SeasonedModel[] =>
  models.map((model) => ({ ...model, weight: share * model.weight }));

/** As what grows on working days and at weekends as it does, or is never at rest. */
function fitBeside(joined: EvenSteps, weekends: RestsAtWeekends | null, addsUp: boolean) {
  const { firstMs, stepMs } = joined;
  const weekendAt = (position: number): number => weekends?.(firstMs + position * stepMs) ?? 0;
  const rested = joined.y.map((value, i) => value - weekendAt(i));
  const seasons = seasonsOfUse({ ...joined, y: rested }, addsUp);
  let likely: readonly GrowthModel[] | undefined;
  const models = seasons.flatMap(({ adjusted, at, phases, weight }) => {
    const seasonAt: SeasonOfUse["at"] = (position) => {
      const { factor, offset } = at(position);
      return { factor, offset: offset + weekendAt(position) };
    };
    const found = growthModels(adjusted, weekends === null ? phases : phases + 1, likely);
    // Of a little more or less that is idle the same ways to grow are likely.
    likely ??= found;
    return weighed(
      found.map((model) => ({ ...model, seasonAt })),
      weight,
    );
  });
  const { adjusted, longest } = seasons[0]!;
  return { models, rested, adjusted, longest };
}

const isOffAtTimes = (t: Float64Array): boolean =>
  t.at(-1)! - t[0]! >= KNOWN_OFF_MS && t.every((at, i) => i === 0 || at - t[i - 1]! <= LONGEST_OFF_MS);

/** Where a limit lies so many ms after the last sample. */
export type MovingLimit = (aheadMs: number) => number;

/** When a limit is reached for the first time, from possible futures of a fitted series. */
export function timeToReach(fitted: FittedGrowth, limit: number | MovingLimit, random: () => number): Saturation {
  const { models, n, stepMs, scale, turnMs } = fitted;
  const most = HORIZON * n;
  const limits = Float64Array.from({ length: most }, (_, h) => (typeof limit === "number" ? limit : limit((h + 1) * stepMs)) / scale);
  // Where the limit lies for what has no season.
  const boundsOf = new Map<SeasonOfUse["at"], Float64Array>();
  for (const { seasonAt } of models) {
    if (boundsOf.has(seasonAt)) continue;
    const bounds = limits.map((bound, h) => {
      const { factor, offset } = seasonAt(n + h);
      return (bound - offset) / factor;
    });
    boundsOf.set(seasonAt, bounds);
  }
  const reached = new Float64Array(PATHS);
  const slopes = new Float64Array(PATHS);
  const near = Math.max(2, Math.round(n / NEAR / 2));
  for (let k = 0; k < PATHS; k++) {
    const path = futurePath(models, n, random);
    const bounds = boundsOf.get(path.model.seasonAt)!;
    let at = Infinity;
    let first = 0;
    let second = 0;
    let before = Number.NaN;
    for (let h = 0; h < most && (at === Infinity || h < 2 * near); h++) {
      const value = path.next();
      if (h < near) first += value;
      else if (h < 2 * near) second += value;
      if (at === Infinity && value >= bounds[h]! - ROUNDING * Math.abs(bounds[h]!)) at = h + 1 - pastBy(before, value, bounds[h]!);
      before = value;
    }
    reached[k] = at;
    slopes[k] = (second - first) / (near * near);
  }
  reached.sort();
  slopes.sort();
  const time = (share: number): number | null => {
    const steps = reached[Math.min(PATHS - 1, Math.floor(share * PATHS))]!;
    return Number.isFinite(steps) ? steps * stepMs : null;
  };
  const perDay = (share: number): number => (quantileSorted(slopes as unknown as number[], share) * scale * DAY) / stepMs;
  const inMs = time(0.5);
  // On this turn's height or on the next one's: by how much heights differ is as little known as when.
  const turn = Math.min(turnMs, (inMs ?? 0) * OF_TURN);
  const [lowerMs, upperMs] = [time(0.025), time(0.975)];
  return {
    inMs,
    lowerMs: lowerMs === null ? null : Math.max(Math.min(stepMs, lowerMs), lowerMs - turn),
    upperMs: upperMs === null ? null : upperMs + turn,
    horizonMs: most * stepMs,
    chance: reached.filter(Number.isFinite).length / PATHS,
    growthPerDay: { value: perDay(0.5), lower: perDay(0.025), upper: perDay(0.975) },
  };
}

export function saturation({ timestamps, values, limit, random }: SaturationRequest): Saturation | Refusal {
  const fitted = fitGrowth({ timestamps, values });
  if ("refused" in fitted) return fitted;
  return timeToReach(fitted, limit, random);
}

/** Which share of a step ago the line between two values was on a bound that the second is on or beyond; 0 where there is no first. */
function pastBy(before: number, value: number, bound: number): number {
  return before < bound && value > bound ? (value - bound) / (value - before) : 0;
}

/** What is expected of the next steps: the models' expectations, weighted. */
export function expectedUsage({ models, n, scale }: FittedGrowth, steps: number): Float64Array {
  const out = new Float64Array(steps);
  for (const model of models) {
    const path = expectedPath(model, n);
    for (let h = 0; h < steps; h++) {
      const { factor, offset } = model.seasonAt(n + h);
      out[h] = out[h]! + model.weight * (factor * path.next() + offset) * scale;
    }
  }
  return out;
}

/** What is expected to be more after so many steps than after the first, at the height of its season; of more than is told of, after those. */
export function expectedGrowth({ models, n, scale }: FittedGrowth, wanted: number): number {
  const steps = Math.min(wanted, HORIZON * n);
  let growth = 0;
  let highest = 0;
  for (const model of models) {
    const path = expectedFarPath(model, n);
    const first = path.next();
    let last = first;
    for (let h = 1; h < steps; h++) last = path.next();
    growth += model.weight * (last - first);
  }
  for (const { seasonAt } of models) for (let i = 0; i < n; i++) highest = Math.max(highest, seasonAt(i).factor);
  return Math.min(Number.MAX_VALUE, growth * highest * scale);
}
