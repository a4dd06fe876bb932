// Twin of shared/src/anomaly/baseline.ts.
import { greater, lesser } from "./extremes";
import {
  DAY_BINS,
  D_expected,
  D_fastError,
  D_fastLevel,
  D_level,
  D_levelError,
  D_scale,
  H_dayError,
  H_daySeen,
  H_high,
  H_low,
  H_model,
  H_spacingMs,
  H_weekError,
  H_weekSeen,
  WEEK_BINS,
} from "./layout";
import { T_dayRenewal, T_levelRate, T_profileSlack, T_weekRenewal } from "./tuning";

const DAY_MS: f64 = 86400000;
const FAST: f64 = 0.25;
const DAY_RENEWAL: f64 = (T_dayRenewal * <f64>DAY_BINS) / DAY_MS;
const WEEK_RENEWAL: f64 = (T_weekRenewal * <f64>WEEK_BINS) / (7 * DAY_MS);
const ALMOST_ZERO: f64 = 1e-37;

function seen(value: f64): f32 {
  return <f32>(value == 0 ? ALMOST_ZERO : value);
}

/** `dayAt`, `weekAt`: addresses of the row's bins. */
export function baseline(h: usize, dayAt: usize, weekAt: usize, x: f64, smooth: f64, n: f64): f64 {
  const day = <f64>load<f32>(dayAt);
  const week = <f64>load<f32>(weekAt);
  const level = load<f64>(h, D_level);
  const fast = load<f64>(h, D_fastLevel);
  const levelError = load<f64>(h, D_levelError);
  const fastError = load<f64>(h, D_fastError);
  const dayError = <f64>load<f32>(h, H_dayError);
  const weekError = <f64>load<f32>(h, H_weekError);
  const daySeen = <f64>load<f32>(h, H_daySeen);
  const weekSeen = <f64>load<f32>(h, H_weekSeen);

  let expected = level;
  let scale = levelError;
  let model: f32 = 0;
  if (fastError < 0.8 * scale) {
    expected = fast;
    scale = fastError;
    model = 1;
  }
  if (day != 0 && daySeen > <f64>DAY_BINS && dayError < 0.9 * scale) {
    expected = day;
    scale = dayError;
    model = 2;
  }
  if (week != 0 && weekSeen > <f64>WEEK_BINS && weekError < 0.9 * scale) {
    expected = week;
    scale = weekError;
    model = 3;
  }
  store<f64>(h, expected, D_expected);
  store<f64>(h, scale, D_scale);
  store<f32>(h, model, H_model);

  let gap: f64 = 0;
  if (day != 0) {
    gap = greater(0, abs(smooth - day) - T_profileSlack * dayError);
    if (week != 0) gap = lesser(gap, greater(0, abs(smooth - week) - T_profileSlack * weekError));
  }

  const share = 1 / (n + 1);
  const errorRate = greater(0.01, share);
  const spacing = <f64>load<f32>(h, H_spacingMs);
  const floor = 1e-3 * (<f64>load<f32>(h, H_high) - <f64>load<f32>(h, H_low));
  const young = n < 10;
  const miss = x - level;
  const size = abs(miss);
  const clip = young ? size : 4 * levelError + floor;
  store<f64>(h, level + greater(T_levelRate, share) * greater(-clip, lesser(clip, miss)), D_level);
  store<f64>(h, levelError + errorRate * ((young ? size : lesser(size, 6 * levelError + floor)) - levelError), D_levelError);
  const fastMiss = x - fast;
  const fastSize = abs(fastMiss);
  store<f64>(h, fast + greater(FAST, share) * fastMiss, D_fastLevel);
  store<f64>(h, fastError + errorRate * ((young ? fastSize : lesser(fastSize, 6 * fastError + floor)) - fastError), D_fastError);
  if (day != 0) {
    const off = abs(x - day);
    const rate = daySeen < 99 ? 1 / (daySeen + 1) : 0.01;
    store<f32>(h, <f32>(dayError + rate * ((daySeen < 10 ? off : lesser(off, 6 * dayError + floor)) - dayError)), H_dayError);
    store<f32>(h, <f32>(daySeen + 1), H_daySeen);
    store<f32>(dayAt, seen(day + lesser(0.6, spacing * DAY_RENEWAL) * (x - day)));
  } else store<f32>(dayAt, seen(x));
  if (week != 0) {
    const off = abs(x - week);
    const rate = weekSeen < 99 ? 1 / (weekSeen + 1) : 0.01;
    store<f32>(h, <f32>(weekError + rate * ((weekSeen < 10 ? off : lesser(off, 6 * weekError + floor)) - weekError)), H_weekError);
    store<f32>(h, <f32>(weekSeen + 1), H_weekSeen);
    store<f32>(weekAt, seen(week + lesser(0.8, spacing * WEEK_RENEWAL) * (x - week)));
  } else store<f32>(weekAt, seen(x));
  return gap;
}
