import { KIND } from "../kind.ts";
import { lastEvent } from "./echo.ts";
import { consider, evidence, learnLater, weigh } from "./evidence.ts";
import { sizeOfMiss } from "./expectation.ts";
import { G, M, MODELS, MODEL_SIZE, P, R, RING, SPREADS, SPREAD_TAILS, tailOf } from "./layout.ts";
import { NORMAL } from "./tail.ts";

/** Usual sizes to which one miss counts. */
const HELD = 5;
/** Standard deviation of the logarithm of the mean size of normal noise, times the root of how many. */
const ROOT = 0.756;
/** What is usual is learned from misses that are older than every span, over about two days of 5 min steps. */
const RATE = 0.002;
const DELAY = 144;
const FEWEST = 48;
/** Steps at most from which is known what a season leaves. */
const MOST_KNOWN = 288;
/** Steps after which it is known of days that differ. */
const WELL_KNOWN = 500;
/** Spans overlap: of so many steps' each tells as much as one that stands alone. */
const APART = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Until a day is known and some hours of the next: how much a series scatters at heights that it has not been at nobody knows. */
const FIRST_DAY_MS = 30 * HOUR_MS;
/** Steps that no knowledge of an hour is worth. */
const HOUR_PRIOR = 16;
/** Days that are remembered of an hour. */
const HOUR_DAYS = 5;
/** Least miss, as a share of the range: in a series without noise less is nobody's news. */
const LEAST_MISS = 0.001;
/** Share of the least step of a series of whole numbers. */
const HALF = 0.5;
/** How fast a calm time is forgotten: what is only as calm as then is no news. */
const LEAST_GROWS = 0.0003;
/** A mean size below this share of the scale is of a series that mostly stands still. */
const MOVES = 0.4;
/** Mean size of normal noise, in its standard deviations. */
const TO_SIZE = 0.8;
/** Standard deviations of their mean, times the mean size's, from which misses lie to one side. */
const SIDED = 3;
/** Share of values at the end of the range from which a series stands there. */
const AT_LIMIT = 0.2;
/** Misses that must be small for it to be calm. */
const CALM_SPAN = 144;
/** Misses from which is known what is calm. */
const CALM_AFTER = 2 * DELAY;
/** Usual sizes that a miss counts at most where it is explained by an edge that comes sooner or later. */
const EDGES = 2;
/** Times the time between two steps. */
const OTHER = 2;
/** Share of the scatter before an event that is as it was. */
const WAS = 0.5;

/**
 * A change of variance: the mean size of the model's misses over some spans against what they were before all of these, so that a change does not
 * become usual while it is found. Each is weighed by how much the series scatters where it is expected to be and at this hour of the day. Each model has its own misses.
 * Source: two-window tests of scale, as in Basseville & Nikiforov 1993.
 */
export function testSpread(
  f: Float64Array,
  tMs: number,
  x: number,
  zero: number,
  probability: number,
  caution: number,
  open: boolean,
): void {
  const clock = f[R.clock]!;
  if (hasNewSpacing(f)) learnAnew(f);
  const byLevel = f[R.scaleWeight]!;
  const hour = P.scatters + Math.floor((tMs - Math.floor(tMs / DAY_MS) * DAY_MS) / HOUR_MS);
  const known = f[hour + 24]!;
  const weight = byLevel * ((f[hour]! * known + HOUR_PRIOR) / (known + HOUR_PRIOR));
  const floor = Math.max(LEAST_MISS * (f[R.high]! - f[R.low]!), HALF * f[R.quantum]!);
  // What scatters more for a while does so at whatever hour.
  const scattered = lastEvent(f) === KIND.varianceChange && tMs - f[R.eventEndMs]! < 2 * DAY_MS;
  if (!open && !scattered) learnHour(f, hour, x, byLevel);
  // What a season leaves in the first hours that it is known is not what it leaves in others.
  const knownFrom = f[R.spacingMs]! > 0 ? Math.min(MOST_KNOWN, DAY_MS / f[R.spacingMs]!) : DELAY;
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    if (f[at + M.season] !== f[at + M.season]) continue;
    const misses = P.misses + m * RING;
    const count = f[at + M.misses]!;
    const usual = f[at + M.usualMiss]!;
    const miss = Math.max(floor, sizeOfMiss(f, m, f[at + M.prediction]!, x, EDGES * usual * weight) / weight);
    // What a model misses while another speaks is not its usual: its season may have gone.
    const learns = !open && (m === f[R.model] || f[at + M.usualSeen]! < knownFrom);
    if (learns && count >= DELAY) {
      const old = Math.abs(f[misses + ((clock - 1 - DELAY + 2 * RING) % RING)]!);
      const seen = Math.min(1 / RATE, f[at + M.usualSeen]! + 1);
      f[at + M.usualSeen] = seen;
      const now = usual + Math.max(RATE, 1 / (seen + 24)) * (Math.min(old, HELD * usual) - usual);
      f[at + M.usualMiss] = now;
      const least = f[at + M.leastMiss]!;
      f[at + M.leastMiss] = least === 0 ? now : Math.min(now, least * (1 + LEAST_GROWS));
    } else if (!open && f[at + M.usualSeen] === 0 && count >= 12) {
      // Until there is more, the mean of what there is.
      f[at + M.usualMiss] = usual + (1 / (count - 10)) * ((count < 24 ? miss : Math.min(miss, HELD * usual)) - usual);
    }
    f[misses + ((clock - 1 + RING) % RING)] = Math.fround(x < f[at + M.prediction]! ? -miss : miss);
    f[at + M.misses] = count + 1;
  }
  const best = f[R.model]!;
  let model = best;
  // Until that is known what the day's profile misses names what has been told, and tells nothing by itself: days that differ scatter differently, too.
  const namesOnly = model === 2 && f[P.models + 2 * MODEL_SIZE + M.usualSeen]! < knownFrom;
  if (namesOnly) model = 1;
  if (f[P.models + model * MODEL_SIZE + M.misses]! < DELAY + FEWEST && model > 0) model--;
  if (f[P.models + model * MODEL_SIZE + M.misses]! < DELAY + FEWEST) model = 0;
  const at = P.models + model * MODEL_SIZE;
  // Days that differ scatter differently, too: until two of the week are known, no less is usual than was by the day's profile.
  const byDay = f[P.models + MODEL_SIZE + M.usualMiss]!;
  const usual = model === 2 && f[at + M.usualSeen]! < WELL_KNOWN ? Math.max(f[at + M.usualMiss]!, byDay) : f[at + M.usualMiss]!;
  const count = f[at + M.misses]!;
  const fresh = f[R.fresh]!;
  if (!(usual > 0) || fresh < 1) return;
  const isFirstDay = model === 0 && tMs - f[R.firstMs]! < FIRST_DAY_MS;
  let total = 0;
  let signed = 0;
  let k = 0;
  const misses = P.misses + model * RING;
  const rounding = HALF * f[R.quantum]!;
  for (let s = 0; s < SPREADS.length; s++) {
    const span = SPREADS[s]!;
    if (fresh < span || count < span || (count < span + FEWEST && f[at + M.usualSeen] === 0)) return;
    for (; k < span; k++) {
      const miss = Math.max(-HELD * usual, Math.min(HELD * usual, f[misses + ((clock - 1 - k + RING) % RING)]!));
      total += Math.abs(miss);
      signed += miss;
    }
    const sum = aboutMean(total, signed, span);
    // What is usual is known from so many misses only.
    const usually = Math.max(24, count < DELAY ? count - span : f[at + M.usualSeen]! + 24);
    const doubt = ROOT * Math.sqrt(1 / span + 1 / usually);
    let ratio = timesUsual(sum / span, usual, rounding) / doubt;
    // What scatters as its height has it is as it was.
    if (ratio > 0 && isFirstDay) ratio = Math.max(0, timesUsual(sum / span, usual * risen(f, zero, span), rounding) / doubt);
    if (ratio < 0) {
      // A few hours are calm by the height they are at.
      if (span < CALM_SPAN) continue;
      // What runs ahead of its expectation is missed by less as it is followed: that is no calm.
      if (f[at + M.usualSeen]! < CALM_AFTER || sided(total, signed, span)) continue;
      // A weekend may be calm, until one has been.
      if (tMs - f[R.firstMs]! < WEEK_MS) continue;
      // A value that stands still is told of as that, and scatter that is over goes back to what it was.
      if (f[R.usualSize]! < MOVES || f[R.runTold] === 1) continue;
      if (lastEvent(f) === KIND.varianceChange && sum > WAS * span * f[R.eventScatter]!) continue;
      const least = f[at + M.leastMiss]! > 0 ? Math.min(usual, f[at + M.leastMiss]!) : usual;
      ratio = Math.min(0, timesUsual(sum / span, least, rounding) / doubt);
    }
    const tail = tailOf(0, SPREAD_TAILS + 2 * s + (ratio > 0 ? 0 : 1));
    // Logarithms of means are nearly normal.
    const strength = weigh(f, tail, Math.abs(ratio), (probability * span) / APART, span, caution, 3, NORMAL);
    if (!namesOnly) learnLater(tail, Math.abs(ratio), span);
    if (ratio < 0 && strength >= 1 && standsAtLimit(f, span)) continue;
    if (!namesOnly) consider(strength, KIND.varianceChange);
    evidence.scatter = Math.max(evidence.scatter, strength);
    if (ratio > 0) evidence.spread = Math.max(evidence.spread, strength);
  }
}

/** How many times as far from `zero` as the series is on average the last `span` values are, beyond what is known of its heights; 1 where they are no further. */
function risen(f: Float64Array, zero: number, span: number): number {
  let sum = 0;
  for (let k = 0; k < span; k++) sum += f[P.values + ((f[R.clock]! - 1 - k + RING) % RING)]! - zero;
  const times = sum / span / (f[P.models + M.level]! - zero) / f[R.scaleWeight]!;
  return times > 1 && times < Infinity ? times : 1;
}

/** Whether many of the last values are the highest or lowest there have been: what can go no further is calm, and that is no news of its own. */
function standsAtLimit(f: Float64Array, span: number): boolean {
  let stands = 0;
  for (let k = 0; k < span; k++) {
    // The range is kept in singles.
    const value = Math.fround(f[P.values + ((f[R.clock]! - 1 - k + RING) % RING)]!);
    if (value >= f[R.high]! || value <= f[R.low]!) stands++;
  }
  return stands > AT_LIMIT * span;
}

/** Whether steps come so much further apart, or closer together, than when it was learned what is usual that it is another: what goes on from step to step then does so by less, or more. */
function hasNewSpacing(f: Float64Array): boolean {
  const [now, known] = [f[R.spacingMs]!, f[G.spacing]!];
  if (!(now > 0) || (known > 0 && now < OTHER * known && known < OTHER * now)) return false;
  f[G.spacing] = Math.fround(now);
  return known > 0;
}

function learnAnew(f: Float64Array): void {
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    f[at + M.misses] = f[at + M.usualMiss] = f[at + M.usualSeen] = f[at + M.leastMiss] = 0;
  }
}

/** The mean size of the latest misses over the span in which it is the furthest from usual, and the usual one. */
export function scatterOf(f: Float64Array): { readonly now: number; readonly usual: number } {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const usual = f[at + M.usualMiss]!;
  let [now, most, total, k] = [usual, 0, 0, 0];
  for (const span of SPREADS) {
    if (f[at + M.misses]! < span) break;
    for (; k < span; k++) total += Math.abs(f[P.misses + f[R.model]! * RING + ((f[R.clock]! - 1 - k + 2 * RING) % RING)]!);
    const much = Math.abs(Math.log(total / (span * usual))) * Math.sqrt(span);
    if (much > most) [now, most] = [total / span, much];
  }
  return { now, usual };
}

/** Logarithm of the ratio of two sizes, each with what rounding does to whole numbers: between two of them a series scatters more than at one. */
const timesUsual = (size: number, usual: number, rounding: number): number =>
  Math.log(Math.max(0.02, Math.sqrt((size * size + rounding * rounding) / (usual * usual + rounding * rounding))));

/**
 * The sum of the sizes of `span` misses about their own mean, where that is no accident: what lies to one side of what is expected has another level, and
 * scatters no more for that.
 */
function aboutMean(total: number, signed: number, span: number): number {
  if (!sided(total, signed, span)) return total;
  const off = Math.abs(signed) * TO_SIZE;
  return Math.sqrt(Math.max(0, total * total - off * off));
}

/** Of normal noise about nothing, by three deviations of the mean. */
const sided = (total: number, signed: number, span: number): boolean => Math.abs(signed) * TO_SIZE * Math.sqrt(span) >= SIDED * total;

/** By the model that speaks, in its mean absolute errors. */
function learnHour(f: Float64Array, hour: number, x: number, byLevel: number): void {
  const error = f[R.modelError]! * byLevel;
  if (!(error > 0) || f[R.steps]! < DELAY) return;
  const size = sizeOfMiss(f, f[R.model]!, f[R.expected]!, x, EDGES * error) / error;
  const seen = f[hour + 24]! + 1;
  const perHour = f[R.spacingMs]! > 0 ? Math.max(1, HOUR_MS / f[R.spacingMs]!) : 1;
  f[hour + 24] = Math.min(seen, HOUR_DAYS * perHour);
  f[hour] = Math.fround(f[hour]! + (1 / Math.min(seen, HOUR_DAYS * perHour)) * (Math.min(HELD, size) - f[hour]!));
}

/** Where the series is back at the level that it had before the last event, it scatters as it did there: a share of the level is another of another. */
export function restoreSpread(f: Float64Array): void {
  const times = f[R.eventScatter]! / f[P.models + f[R.eventModel]! * MODEL_SIZE + M.usualMiss]!;
  if (!(times > 0 && times < Infinity)) return;
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    f[at + M.usualMiss] = f[at + M.usualMiss]! * times;
    f[at + M.leastMiss] = f[at + M.leastMiss]! * Math.min(1, times);
    f[at + M.misses] = 0;
  }
}

/** What an event brought is not learned; what scatters differently for good (`lasts`) is usual from now on. */
export function endSpread(f: Float64Array, lasts: boolean): void {
  const clock = f[R.clock]!;
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    const count = Math.min(48, f[at + M.misses]!);
    if (lasts && count >= 24) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += Math.abs(f[P.misses + m * RING + ((clock - 1 - k + RING) % RING)]!);
      f[at + M.usualMiss] = sum / count;
      f[at + M.usualSeen] = Math.min(f[at + M.usualSeen]!, 48);
    }
    f[at + M.misses] = 0;
  }
}
