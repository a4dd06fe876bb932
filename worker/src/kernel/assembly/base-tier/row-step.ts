import { gate } from "./alarm-gate";
import { H_lastKind, ROW_BYTES, SERIES_PER_SLAB, SHEET, SHEETS_BYTES } from "./layout";
import { keepTime } from "./step-time";
import { kind, strangeness } from "./strangeness";
import { binsAt, dayBin, weekBin } from "./time-bins";
import { SUSPECT } from "./tuning";

export const NO_SHEET: f64 = -2;

/** One step of a row of the slab at that address: its score, or NO_SHEET, with nothing done, when a sheet has to be made first. */
export function step(slab: usize, row: i32, tMs: f64, gapMs: f64, value: f64): f64 {
  binsAt(tMs);
  const daySheet = <usize>load<u32>(slab + ((<usize>(dayBin / SHEET)) << 2));
  const weekSheet = <usize>load<u32>(slab + ((<usize>(weekBin / SHEET)) << 2));
  if (daySheet == 0 || weekSheet == 0) return NO_SHEET;
  const h = slab + SHEETS_BYTES + <usize>row * ROW_BYTES;
  const dayAt = daySheet + ((<usize>((dayBin % SHEET) * SERIES_PER_SLAB + row)) << 2);
  const weekAt = weekSheet + ((<usize>((weekBin % SHEET) * SERIES_PER_SLAB + row)) << 2);
  const pace = keepTime(h, gapMs);
  const raw = strangeness(h, dayAt, weekAt, pace, value);
  if (raw < 0) return 0;
  const score = gate(h, raw, pace);
  if (score >= SUSPECT) store<f32>(h, <f32>kind, H_lastKind);
  return score;
}
