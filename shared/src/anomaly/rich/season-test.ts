import { KIND } from "../kind.ts";
import { consider, evidence, learnLater, weigh } from "./evidence.ts";
import { M, MODEL_SIZE, P, R, SEASON_TAILS, tailOf } from "./layout.ts";

const DAY_MS = 86_400_000;
/** Days after which the day's profile, and the week's, are a measure. */
const KNOWN_DAYS = 2;
const KNOWN_WEEK_DAYS = 7;
const AWAY_RATE = 1 / 6;
const LEVEL_RATE = 0.003;
const SCALE_RATE = 0.005;
const SETTLED_STEPS = 144;
/** Share of a series' mean distance from its level that a season leaves. */
const SEASON_LEAVES = 0.6;

/**
 * Whether the series has left its season: the mean distance to the profile, which the other tests forgive where it comes smoothly, since
 * they know how the last steps went.
 */
export function testSeason(f: Float64Array, tMs: number, x: number, probability: number, caution: number): void {
  const days = (tMs - f[R.firstMs]!) / DAY_MS;
  if (days < KNOWN_DAYS) return;
  const model = days >= KNOWN_WEEK_DAYS ? 2 : 1;
  const season = f[P.models + model * MODEL_SIZE + M.season]!;
  if (season !== season) return;
  if (model !== f[R.seasonModel]) {
    f[R.seasonModel] = model;
    f[R.seasonSteps] = 0;
    f[R.seasonLevel] = x - season;
    f[R.seasonAway] = 0;
    f[R.seasonScale] = f[R.scale]!;
    f[R.seasonMean] = x;
    f[R.seasonWith] = 0;
    f[R.seasonWithout] = 0;
  }
  const steps = ++f[R.seasonSteps]!;
  const off = x - season - f[R.seasonLevel]!;
  const rate = Math.max(LEVEL_RATE, 1 / steps);
  f[R.seasonMean] = f[R.seasonMean]! + rate * (x - f[R.seasonMean]!);
  f[R.seasonWith] = f[R.seasonWith]! + rate * (Math.abs(off) - f[R.seasonWith]!);
  f[R.seasonWithout] = f[R.seasonWithout]! + rate * (Math.abs(x - f[R.seasonMean]!) - f[R.seasonWithout]!);
  const away = f[R.seasonAway]! + AWAY_RATE * (off - f[R.seasonAway]!);
  f[R.seasonAway] = away;
  const scale = f[R.seasonScale]!;
  const held = Math.max(-4 * scale, Math.min(4 * scale, off));
  f[R.seasonLevel] = f[R.seasonLevel]! + rate * held;
  f[R.seasonScale] = scale + Math.max(SCALE_RATE, 1 / (steps + 10)) * (Math.min(Math.abs(away), 4 * scale) - scale);
  if (!(scale > 0)) return;
  const tail = tailOf(model, SEASON_TAILS + (away > 0 ? 0 : 1));
  learnLater(tail, Math.abs(away) / scale);
  if (steps < SETTLED_STEPS || f[R.seasonWith]! > SEASON_LEAVES * f[R.seasonWithout]!) return;
  evidence.season = weigh(f, tail, Math.abs(away) / scale, probability, 1 / AWAY_RATE, caution);
  // What is sudden has another name.
  if (evidence.strength < 1) consider(evidence.season, KIND.seasonalBreak);
}
