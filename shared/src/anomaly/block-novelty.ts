import { B, BLOCK_PROTOTYPES, H, RING } from "./layout.ts";
import { remember } from "./prototypes.ts";
import { TUNING as T } from "./tuning.ts";

const STRIDE = 6;
const BRIEF = 6;
const BRIEF_STRIDE = 3;
const SHORT = 24;
/** The clock goes round here: a multiple of ring and stride, and past all that is asked of it. */
export const LAP = 4 * RING;

/** What is new about the last 24 and 48 steps taken together, in units of the running range, judged at every sixth step; about the last 6 at every third. */
export const novelty = { mean: 0, spread: 0, brief: 0 };

/**
 * Novelty of block means and of the block's standard deviation, by prototypes: finds shifts and changes of variance whose single values are
 * all ordinary. Answers through `novelty` (no allocation on the hot path). `h`: where the row begins.
 * Source: the block means are the piecewise aggregate approximation of Keogh et al. 2001.
 */
export function blockNovelty(f32: Float32Array, h: number, x: number, range: number): void {
  novelty.mean = 0;
  novelty.spread = 0;
  novelty.brief = 0;
  const clock = f32[h + H.clock]!;
  const ring = h + B.ring;
  f32[ring + (clock % RING)] = x;
  f32[h + H.clock] = clock + 1 < LAP ? clock + 1 : LAP - RING;
  if ((clock + 1) % BRIEF_STRIDE !== 0 || clock + 1 < BRIEF || !(range > 0)) return;
  let sum = 0;
  let at = clock % RING;
  for (let k = 0; k < BRIEF; k++) {
    sum += f32[ring + at]!;
    at = at === 0 ? RING - 1 : at - 1;
  }
  novelty.brief = against(f32, h + B.brief, h + H.briefCount, sum / BRIEF, range);
  if ((clock + 1) % STRIDE !== 0 || clock + 1 < SHORT) return;
  sum = 0;
  at = clock % RING;
  for (let k = 0; k < SHORT; k++) {
    sum += f32[ring + at]!;
    at = at === 0 ? RING - 1 : at - 1;
  }
  const shortMean = sum / SHORT;
  f32[h + H.shortMean] = shortMean;
  novelty.mean = against(f32, h + B.short, h + H.shortCount, shortMean, range);
  if (clock + 1 < RING) return;
  sum = 0;
  for (let k = 0; k < RING; k++) sum += f32[ring + k]!;
  const mean = sum / RING;
  let square = 0;
  for (let k = 0; k < RING; k++) {
    const off = f32[ring + k]! - mean;
    square += off * off;
  }
  novelty.mean = Math.max(novelty.mean, against(f32, h + B.long, h + H.longCount, mean, range));
  const spread = Math.sqrt(square / RING);
  const usual = f32[h + H.usualSpread]!;
  f32[h + H.spread] = spread;
  novelty.spread = against(f32, h + B.spread, h + H.spreadCount, spread, range);
  f32[h + H.usualSpread] = usual === 0 ? spread : usual + 0.02 * (Math.min(spread, 3 * usual) - usual);
}

/** Share of the range by which a block differs from all before; 0 for the first. */
function against(f32: Float32Array, at: number, countAt: number, x: number, range: number): number {
  const distance = remember(f32, at, countAt, BLOCK_PROTOTYPES, x, T.apart * range, T.pull);
  return distance === Infinity ? 0 : Math.min(1, distance / range);
}
