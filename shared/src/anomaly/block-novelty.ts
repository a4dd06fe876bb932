import { B, BLOCK_PROTOTYPES, H, RING } from "./layout.ts";
import { distance, remember } from "./prototypes.ts";
import { TUNING as T } from "./tuning.ts";

const STRIDE = 6;
const SHORT = 24;

/** What is new about the last 24 and 48 steps taken together, in units of the running range; judged at every sixth step. */
export const novelty = { mean: 0, spread: 0 };

/**
 * Novelty of block means and of the block's standard deviation, by prototypes: finds shifts and changes of variance whose single values are
 * all ordinary. Answers through `novelty` (no allocation on the hot path).
 * Source: the block means are the piecewise aggregate approximation of Keogh et al. 2001.
 */
export function blockNovelty(head: Float64Array, h: number, body: Float32Array, b: number, x: number, range: number): void {
  novelty.mean = 0;
  novelty.spread = 0;
  const clock = head[h + H.clock]!;
  const ring = b + B.ring;
  body[ring + (clock % RING)] = x;
  head[h + H.clock] = clock + 1;
  if (!(range > 0) || (clock + 1) % STRIDE !== 0 || clock + 1 < SHORT) return;
  let sum = 0;
  let at = clock % RING;
  for (let k = 0; k < SHORT; k++) {
    sum += body[ring + at]!;
    at = at === 0 ? RING - 1 : at - 1;
  }
  const shortMean = sum / SHORT;
  head[h + H.shortMean] = shortMean;
  novelty.mean = against(head, h + H.shortCount, body, b + B.short, shortMean, range);
  if (clock + 1 < RING) return;
  sum = 0;
  for (let k = 0; k < RING; k++) sum += body[ring + k]!;
  const mean = sum / RING;
  let square = 0;
  for (let k = 0; k < RING; k++) square += (body[ring + k]! - mean) ** 2;
  novelty.mean = Math.max(novelty.mean, against(head, h + H.longCount, body, b + B.long, mean, range));
  const spread = Math.sqrt(square / RING);
  const usual = head[h + H.usualSpread]!;
  head[h + H.spread] = spread;
  novelty.spread = against(head, h + H.spreadCount, body, b + B.spread, spread, range);
  head[h + H.usualSpread] = usual === 0 ? spread : usual + 0.02 * (Math.min(spread, 3 * usual) - usual);
}

function against(head: Float64Array, countAt: number, body: Float32Array, at: number, x: number, range: number): number {
  const count = head[countAt]!;
  const far = count > 0 ? Math.min(1, distance(body, at, count, x) / range) : 0;
  head[countAt] = remember(body, at, count, BLOCK_PROTOTYPES, x, T.apart * range, T.pull);
  return far;
}
