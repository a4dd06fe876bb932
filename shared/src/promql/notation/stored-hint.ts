import type { NativeHistogram } from "../../model/histogram.ts";
import { isCounterReset } from "../histogram/arithmetic.ts";
import type { Point } from "./points.ts";

/** Storage knows of a histogram that continues its chunk that it is no reset; at the start of a chunk it knows nothing. */
export function asStored(now: NativeHistogram, before: Point): NativeHistogram {
  if (now.counterResetHint === "gauge") return now;
  const starts = typeof before !== "object" || before.counterResetHint === "gauge" || now.counterResetHint === "reset";
  const reset = starts || isCounterReset({ ...now, counterResetHint: "unknown" }, { ...before, counterResetHint: "unknown" });
  return { ...now, counterResetHint: reset ? "unknown" : "not_reset" };
}
