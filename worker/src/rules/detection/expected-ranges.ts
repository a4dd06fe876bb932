import type { ExpectedRange } from "@sightline/shared/api/responses";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { BandPoint } from "./band-memory.ts";
import type { JudgedSeries } from "./judged-day.ts";
import { withCounts } from "./judged-samples.ts";
import { type JudgedPast, STEPS_OF_A_REQUEST, samplesFrom } from "./judged-past.ts";
import { countOf } from "./sum-count-pairs.ts";

/** Series of the rich tier that one request has judged anew: a day of steps takes some 40 ms each. Of others what was said is told. */
const MOST_RICH_REPLAYS = 8;
/** The same of any tier. */
const MOST_REPLAYS = 50;
/** To read a sample, and to tell a point that is remembered. */
const READ_NS = 20;
const POINT_NS = 60;

export interface RangePorts {
  readonly select: Select;
  /** NO_SLOT of what is not known. */
  readonly slotOf: (labels: Labels, key: string) => number;
  /** The newest steps, the oldest first. */
  readonly said: (slot: number) => readonly BandPoint[];
  readonly known: (slot: number, labels: Labels) => JudgedSeries;
}

/** What was said of each series from `startMs` to `endMs`, both included, and before what is remembered of that what would have been. */
export function* expectedRanges(
  series: readonly Labels[],
  startMs: number,
  endMs: number,
  pace: Pace,
  past: JudgedPast,
  { select, slotOf, said, known }: RangePorts,
): Stepwise<ExpectedRange[]> {
  let richLeft = MOST_RICH_REPLAYS;
  let left = MOST_REPLAYS;
  const budget = STEPS_OF_A_REQUEST / Math.max(1, Math.min(MOST_REPLAYS, series.length));
  const ranges: ExpectedRange[] = [];
  for (const labels of series) {
    const key = seriesKey(labels);
    const slot = slotOf(labels, key);
    const remembered = said(slot);
    let points: readonly BandPoint[] = remembered.filter(({ t }) => t >= startMs && t <= endMs);
    const from = remembered[0]?.t ?? Infinity;
    const judged = from <= startMs ? null : known(slot, labels);
    if (judged !== null && !(judged.isRich && richLeft-- <= 0) && left-- > 0) {
      const untilMs = Math.min(endMs, from - 1);
      const read = (of: Labels): SelectedSeries | undefined => samplesOf(select, of, samplesFrom(startMs) - 1, untilMs);
      const samples = judged.isMean ? withCounts(read(labels), read(countOf(labels))) : read(labels);
      if (pace.spend((samples?.timestamps.length ?? 0) * READ_NS)) yield;
      if (samples !== undefined) points = [...(yield* past.of(key, samples, judged, startMs, untilMs, budget, pace)), ...points];
    }
    ranges.push(rangeOf(labels, points));
    if (pace.spend(SERIES_NS + remembered.length * POINT_NS)) yield;
  }
  return ranges;
}

function samplesOf(select: Select, labels: Labels, afterMs: number, endMs: number): SelectedSeries | undefined {
  const key = seriesKey(labels);
  const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
  return select({ matchers, startMs: afterMs, endMs }).find((series) => seriesKey(series.labels) === key);
}

const rangeOf = (labels: Labels, points: readonly BandPoint[]): ExpectedRange => ({
  labels,
  t: points.map(({ t }) => t),
  expected: points.map(({ expected }) => expected),
  lower: points.map(({ lower }) => lower),
  upper: points.map(({ upper }) => upper),
  score: points.map(({ score }) => score),
});
