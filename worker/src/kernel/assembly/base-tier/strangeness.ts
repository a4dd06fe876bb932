// Twin of `strangeness` in shared/src/anomaly/base-detector.ts.
import { greater, lesser } from "./extremes";
import { baseline } from "./baseline";
import { blockNovelty, brief, mean, spread } from "./block-novelty";
import { flatRun } from "./flat-run";
import {
  B_values,
  D_beforePrevious,
  D_expected,
  D_level,
  D_previous,
  D_scale,
  H_heldBlock,
  H_heldProfile,
  H_heldValue,
  H_high,
  H_low,
  H_spread,
  H_steps,
  H_tail,
  H_usualSpread,
  H_valueCount,
  PROTOTYPES,
} from "./layout";
import { remember } from "./prototypes";
import {
  KIND_dip,
  KIND_flatline,
  KIND_levelShift,
  KIND_seasonalBreak,
  KIND_spike,
  KIND_trendChange,
  KIND_varianceChange,
  LEARNING_STEPS,
  T_apart,
  T_hold,
  T_pull,
  T_rangeDecay,
  T_tailDecay,
  T_tailMargin,
  T_threshold,
  T_wBlock,
  T_wBrief,
  T_wFlat,
  T_wProfile,
  T_wSpread,
  T_wSurprise,
  T_wUsual,
  T_wValue,
  T_wZ,
  T_young,
  T_zFloor,
  T_zFull,
} from "./tuning";
import { usualRange } from "./usual-range";
import { holdWild } from "./wild-value";

const LIMIT: f64 = 1e30;

/** Of the latest step. */
export let kind: f64 = 0;

/** -1 while learning. `h`: address of the row; `dayAt`, `weekAt`: of its bins. */
export function strangeness(h: usize, dayAt: usize, weekAt: usize, pace: f64, value: f64): f64 {
  const n = <f64>load<f32>(h, H_steps);
  const given = greater(-LIMIT, lesser(LIMIT, value));
  const previous = load<f64>(h, D_previous);
  let low = <f64>load<f32>(h, H_low);
  let high = <f64>load<f32>(h, H_high);
  const x = given > high || given < low ? holdWild(h, given, previous) : given;
  const smooth = n >= 2 ? (x + previous + load<f64>(h, D_beforePrevious)) / 3 : x;

  const centre = load<f64>(h, D_level);
  const shrink = T_rangeDecay * pace;
  low += (centre - low) * shrink;
  high += (centre - high) * shrink;
  if (x == given) {
    low = lesser(x, low);
    high = greater(x, high);
  }
  store<f32>(h, <f32>low, H_low);
  store<f32>(h, <f32>high, H_high);
  const range = high - low;

  const flat = flatRun(h, n, x == previous);
  const usual = usualRange(h, x, range);
  let valueNovelty: f64 = 0;
  let usualNovelty: f64 = 0;
  if (range > 0) {
    const distance = remember(h + B_values, h + H_valueCount, PROTOTYPES, x, T_apart * range, T_pull);
    if (distance != Infinity) {
      valueNovelty = lesser(1, distance / range);
      usualNovelty = lesser(1, distance / (2 * usual));
    }
  }
  blockNovelty(h, x, range);
  const away = baseline(h, dayAt, weekAt, x, smooth, n);
  const profile = range > 0 ? lesser(1, away / range) : 0;

  const scale = load<f64>(h, D_scale);
  const expected = load<f64>(h, D_expected);
  const z = scale > 0 && n > 20 ? lesser(LIMIT, abs(x - expected) / scale) : 0;
  const tail = <f64>load<f32>(h, H_tail);
  const beyond = z / greater(T_zFloor, T_tailMargin * tail);
  store<f32>(h, <f32>(z > tail ? lesser(z, greater(2 * tail, 40)) : tail * (1 - T_tailDecay * pace)), H_tail);
  const surprise = beyond > 1 ? lesser(2, beyond) : 0;

  store<f64>(h, previous, D_beforePrevious);
  store<f64>(h, x, D_previous);
  store<f32>(h, <f32>(n + 1), H_steps);
  if (n < <f64>LEARNING_STEPS) return -1;

  const grown = n / (n + T_young);
  const miss = lesser(1, z / T_zFull);
  const byValue = T_wValue * valueNovelty + T_wUsual * usualNovelty + T_wZ * miss;
  const byBlock = T_wBlock * mean + T_wBrief * brief;
  const bySpread = T_wSpread * spread;
  const byProfile = T_wProfile * profile;
  const byFlat = T_wFlat * flat;
  const bySurprise = T_wSurprise * T_threshold * surprise;
  const rest = bySurprise * lesser(1, n / 60) + byFlat;
  const heldValue = greater(byValue, T_hold * <f64>load<f32>(h, H_heldValue));
  const heldBlock = greater(byBlock + bySpread, T_hold * <f64>load<f32>(h, H_heldBlock));
  const heldProfile = greater(byProfile, T_hold * <f64>load<f32>(h, H_heldProfile));
  store<f32>(h, <f32>heldValue, H_heldValue);
  store<f32>(h, <f32>heldBlock, H_heldBlock);
  store<f32>(h, <f32>heldProfile, H_heldProfile);
  const raw = grown * (heldValue + heldBlock + heldProfile) + rest;
  kind = x >= expected ? KIND_spike : KIND_dip;
  if (raw < T_threshold) return raw;

  const wide = <f64>load<f32>(h, H_spread);
  const strongest = greater(greater(greater(byValue, bySurprise), greater(byBlock, bySpread)), greater(byProfile, byFlat));
  if (strongest == byFlat) kind = KIND_flatline;
  else if (strongest == byProfile) kind = KIND_seasonalBreak;
  else if (strongest == bySpread) kind = KIND_varianceChange;
  else if (strongest == byBlock) kind = abs(x - expected) > 2 * scale ? KIND_levelShift : KIND_trendChange;
  else if (n > 96 && wide > 2.5 * <f64>load<f32>(h, H_usualSpread) && abs(x - expected) < 3 * wide) kind = KIND_varianceChange;
  else if (abs(smooth - expected) > 4 * scale && abs(x - smooth) < 2 * scale) kind = KIND_levelShift;
  return raw;
}
