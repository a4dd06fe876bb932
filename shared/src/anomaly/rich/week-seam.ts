import { weekGrown } from "./growth.ts";
import { M, MODEL_SIZE, P, R, WEEK_BINS } from "./layout.ts";

const WEEK_MS = 604_800_000;
const BIN_MS = WEEK_MS / WEEK_BINS;
/** Bins on either side of the seam that show how far the profile falls there, beside the one it lies in. */
const BESIDE = 2;
/** Share of what the series has grown by within which that is. */
const ALIKE = 0.5;

/**
 * The week's profile of a series that grows is a saw: where its first sample's hour of the week comes again it falls by a week's growth, by which the series
 * is then further from it. Before the step at `tMs`, which follows one at `beforeMs`.
 */
export function passSeam(f: Float64Array, beforeMs: number, tMs: number): void {
  if (f[R.firstMs] === 0) return;
  // Of the bin it lies in only what followed the first sample is known.
  const first = Math.floor((f[R.firstMs]! + 0.5) / BIN_MS);
  const weeks = Math.floor((tMs - first * BIN_MS) / WEEK_MS);
  if (weeks < 2 || Math.floor((beforeMs - first * BIN_MS) / WEEK_MS) === weeks) return;
  const grown = weekGrown(f);
  const seam = first % WEEK_BINS;
  if (grown === 0 || Math.abs(fallAt(f, seam) - grown) > ALIKE * Math.abs(grown)) return;
  const at = P.models + 2 * MODEL_SIZE;
  f[at + M.offset] = f[at + M.offset]! + grown;
  if (f[R.seasonModel] === 2) f[R.seasonLevel] = f[R.seasonLevel]! + grown;
}

function fallAt(f: Float64Array, seam: number): number {
  let fall = 0;
  for (let k = 1; k <= BESIDE; k++)
    fall += (f[P.week + ((seam - k + WEEK_BINS) % WEEK_BINS)]! - f[P.week + ((seam + k) % WEEK_BINS)]!) / BESIDE;
  return fall;
}
