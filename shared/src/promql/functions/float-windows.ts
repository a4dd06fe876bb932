/** A range function over all windows of a series of floats at once. Hot: plain loops over typed arrays. */
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import type { Steps } from "../evaluation/steps.ts";
import type { WindowBounds } from "../select/window-bounds.ts";

export interface FloatWindows {
  readonly floats: Float64Array;
  /** Whether it is known that no float is NaN or less than the one before. */
  readonly ascending: boolean;
  readonly bounds: WindowBounds;
  /** Windows end at these times. */
  readonly read: Steps;
  /** The steps' own times, which differ from those under offset or @. */
  readonly steps: Steps;
  readonly rangeMs: number;
  /** Gets the steps whose windows are to be gone through by themselves after all. */
  readonly doubtful: number[];
}

/** Writes a value, and 1 into `kinds`, at every step that has one; both are zero before. What may take long for one series alone stops now and then. */
export type FloatColumn = (windows: FloatWindows, values: Float64Array, kinds: Uint8Array, pace: Pace) => void | Stepwise<void>;
