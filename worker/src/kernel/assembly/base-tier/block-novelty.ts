// Twin of shared/src/anomaly/block-novelty.ts.
import { greater, lesser } from "./extremes";
import {
  BLOCK_PROTOTYPES,
  B_brief,
  B_long,
  B_ring,
  B_short,
  B_spread,
  H_briefCount,
  H_clock,
  H_longCount,
  H_shortCount,
  H_shortMean,
  H_spread,
  H_spreadCount,
  H_usualSpread,
  RING,
} from "./layout";
import { remember } from "./prototypes";
import { T_apart, T_pull } from "./tuning";

const STRIDE = 6;
const BRIEF = 6;
const BRIEF_STRIDE = 3;
const SHORT = 24;
const LAP = 4 * RING;

export let mean: f64 = 0;
export let spread: f64 = 0;
export let brief: f64 = 0;

export function blockNovelty(h: usize, x: f64, range: f64): void {
  mean = 0;
  spread = 0;
  brief = 0;
  const clock = <i32>load<f32>(h, H_clock);
  const ring = h + B_ring;
  store<f32>(ring + ((<usize>(clock % RING)) << 2), <f32>x);
  store<f32>(h, <f32>(clock + 1 < LAP ? clock + 1 : LAP - RING), H_clock);
  if ((clock + 1) % BRIEF_STRIDE != 0 || clock + 1 < BRIEF || !(range > 0)) return;
  brief = against(h + B_brief, h + H_briefCount, sumOfLast(ring, clock, BRIEF) / BRIEF, range);
  if ((clock + 1) % STRIDE != 0 || clock + 1 < SHORT) return;
  const shortMean = sumOfLast(ring, clock, SHORT) / SHORT;
  store<f32>(h, <f32>shortMean, H_shortMean);
  mean = against(h + B_short, h + H_shortCount, shortMean, range);
  if (clock + 1 < RING) return;
  wholeRing(h, ring, range);
}

function wholeRing(h: usize, ring: usize, range: f64): void {
  const end = ring + (RING << 2);
  let sum: f64 = 0;
  for (let p = ring; p < end; p += 4) sum += <f64>load<f32>(p);
  const average = sum / RING;
  let square: f64 = 0;
  for (let p = ring; p < end; p += 4) {
    const off = <f64>load<f32>(p) - average;
    square += off * off;
  }
  mean = greater(mean, against(h + B_long, h + H_longCount, average, range));
  const deviation = sqrt(square / RING);
  const usual = <f64>load<f32>(h, H_usualSpread);
  store<f32>(h, <f32>deviation, H_spread);
  spread = against(h + B_spread, h + H_spreadCount, deviation, range);
  store<f32>(h, <f32>(usual == 0 ? deviation : usual + 0.02 * (lesser(deviation, 3 * usual) - usual)), H_usualSpread);
}

function sumOfLast(ring: usize, clock: i32, count: i32): f64 {
  let sum: f64 = 0;
  let at = clock % RING;
  for (let k = 0; k < count; k++) {
    sum += <f64>load<f32>(ring + ((<usize>at) << 2));
    at = at == 0 ? RING - 1 : at - 1;
  }
  return sum;
}

function against(at: usize, countAt: usize, x: f64, range: f64): f64 {
  const distance = remember(at, countAt, BLOCK_PROTOTYPES, x, T_apart * range, T_pull);
  return distance == Infinity ? 0 : lesser(1, distance / range);
}
