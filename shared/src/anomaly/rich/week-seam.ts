import { weekGrown } from "./drift-test.ts";
import { M, MODEL_SIZE, P, R, WEEK_BINS } from "./layout.ts";

const WEEK_MS = 604_800_000;
/** Bins on either side of the seam that show how far the profile falls there, beside the one it lies in. */
const BESIDE = 2;
/** Share of what the series has grown by within which that is. */
const ALIKE = 0.5;

/**
 * The week's profile of a series that grows is a saw: where its first sample's hour of the week comes again it falls by a week's growth, by which the series
 * is then further from it. Before the step at `tMs`, which follows one at `beforeMs`.
 */
export function passSeam(f: Float64Array, beforeMs: number, tMs: number): void {
  const first = f[R.firstMs]!;
  const weeks = Math.floor((tMs - first) / WEEK_MS);
  if (first === 0 || weeks < 2 || Math.floor((beforeMs - first) / WEEK_MS) === weeks) return;
  const grown = weekGrown(f);
  if (Math.abs(fallAt(f, first) - grown) > ALIKE * Math.abs(grown)) return;
  const at = P.models + 2 * MODEL_SIZE;
  f[at + M.offset] = f[at + M.offset]! + grown;
  if (f[R.seasonModel] === 2) f[R.seasonLevel] = f[R.seasonLevel]! + grown;
}

function fallAt(f: Float64Array, firstMs: number): number {
  const seam = Math.floor(((firstMs % WEEK_MS) / WEEK_MS) * WEEK_BINS);
  let fall = 0;
  for (let k = 1; k <= BESIDE; k++)
    fall += (f[P.week + ((seam - k + WEEK_BINS) % WEEK_BINS)]! - f[P.week + ((seam + k) % WEEK_BINS)]!) / BESIDE;
  return fall;
}
