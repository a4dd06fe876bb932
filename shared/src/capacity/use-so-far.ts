import type { TimedValues } from "../forecast/lone-outliers.ts";
import type { BoundedResource } from "../model/capacity.ts";
import { type MonthlyReset, monthlyReset } from "./monthly-reset.ts";
import { withoutUsualRise } from "./without-usual-rise.ts";
import { oneStep } from "./one-step.ts";
import { STOCKS } from "./what-if.ts";
import { withoutSlips } from "./without-slips.ts";

/** Of the limit: less makes no room to speak of. */
const LEAST_CLEANED = 0.05;
/** Of the limit: nothing that is bounded is so far beyond, and one value that stands there alone is a slip, no peak. */
const IMPOSSIBLE = 2;
/** Samples until it is believed: one may be of a mount that was missing for a moment. */
const FEWEST_SINCE = 5;

/** What of a resource its name, its labels and its limit say. */
export type NamedResource = Pick<
  BoundedResource,
  "kind" | "name" | "labels" | "host" | "ofMachine" | "isShared" | "query" | "unit" | "limit" | "servers"
>;

export interface FiniteHistory {
  /** Ascending ms. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

export interface UseSoFar {
  readonly bounded: BoundedResource;
  /** What growth is told from: finite, without slips, and without a newest value that is as high as between any two others. */
  readonly history: FiniteHistory;
  readonly lastMs: number;
  /** Of what may be used by the month. */
  readonly reset: MonthlyReset | null;
}

/** How much of a resource is used, and was at its peak since room was made, or since its month began. Null without a finite value or a limit. */
export function useSoFar(resource: NamedResource, read: TimedValues, peaks: TimedValues, earlier?: TimedValues): UseSoFar | null {
  const { kind, limit } = resource;
  const known = finite(withoutSlips(read));
  const used = known.values.at(-1);
  if (used === undefined || !(limit > 0)) return null;
  const history = finite(withoutUsualRise(known, peaks));
  const { timestamps: times, values } = history;
  const lastMs = times.at(-1)!;
  const reset = monthlyReset(kind, history, earlier);
  // What adds up does not come back once it is deleted: what was the peak before says nothing of the room that there is.
  const cleaned = STOCKS.includes(kind) && kind !== "budget" && reset === null ? oneStep(values) : null;
  const isCleaned = cleaned !== null && -cleaned.jump > LEAST_CLEANED * limit && values.length - cleaned.to >= FEWEST_SINCE;
  const roomMadeAt = isCleaned ? times[cleaned.to] : undefined;
  const { peak, peakAt } = peakSince(roomMadeAt ?? reset?.at, possible(read, limit), possible(peaks, limit));
  return {
    bounded: {
      ...resource,
      used,
      peak,
      peakAt,
      ...(roomMadeAt === undefined ? {} : { roomMadeAt }),
      ...(reset === null ? {} : { renewsAt: reset.nextAfter(lastMs) }),
      headroom: 1 - used / limit,
      headroomAtPeak: 1 - peak / limit,
      seenMs: lastMs - times[0]!,
    },
    history,
    lastMs,
    reset,
  };
}

function finite({ timestamps, values }: TimedValues): FiniteHistory {
  const known = Array.from(timestamps, (_, i) => i).filter((i) => Number.isFinite(values[i]));
  return { timestamps: Float64Array.from(known, (i) => timestamps[i]!), values: Float64Array.from(known, (i) => values[i]!) };
}

interface Peak {
  readonly peak: number;
  readonly peakAt: number;
}

/** What the peak is the rule of the resource says: of a CPU that is seen every second, not its moments of full use. */
function peakSince(sinceMs: number | undefined, read: TimedValues, peaks: TimedValues): Peak {
  // The highest about the first point after it may be of before.
  const between = highest(peaks, sinceMs === undefined ? undefined : sinceMs + 1);
  return Number.isFinite(between.peak) ? between : highest(read, sinceMs);
}

/** A burst that came once is a peak all the same, as long as the limit lets it be one. */
function possible(read: TimedValues, limit: number): TimedValues {
  return highest(read).peak > IMPOSSIBLE * limit ? withoutSlips(read) : read;
}

/** Of values that are finite. */
function highest({ timestamps, values }: TimedValues, sinceMs = -Infinity): Peak {
  let peak = -Infinity;
  let peakAt = 0;
  for (let i = 0; i < timestamps.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value > peak) || value === Infinity || (timestamps[i] ?? 0) < sinceMs) continue;
    peak = value;
    peakAt = timestamps[i] ?? 0;
  }
  return { peak, peakAt };
}
