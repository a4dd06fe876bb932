import type { ExpectedRange } from "@sightline/shared/api/responses";
import { seriesKey } from "@sightline/shared/model/labels";
import type { RangeColumns } from "../objects/anomaly-rpc.ts";

/** Ranges that shards gave, in the map's order, each made when it is asked for: of a series that lies in several one range, of equal times what the later shard says. */
export function* mergeRanges(shards: readonly (readonly RangeColumns[])[]): Generator<ExpectedRange> {
  for (const ranges of Map.groupBy(shards.flat(), ({ labels }) => seriesKey(labels)).values()) {
    const said = ranges.filter(({ t }) => t.length > 0);
    const [only = ranges[0]] = said;
    if (said.length > 1) yield joined(said);
    else if (only !== undefined) yield told(only);
  }
}

const told = ({ labels, t, expected, lower, upper, score }: RangeColumns): ExpectedRange => ({
  labels,
  t: [...t],
  expected: [...expected],
  lower: [...lower],
  upper: [...upper],
  score: [...score],
});

function joined(ranges: readonly RangeColumns[]): ExpectedRange {
  const places = new Map(ranges.flatMap((range) => Array.from(range.t, (t, at) => [t, { range, at }] as const)));
  const inOrder = [...places].sort(([a], [b]) => a - b);
  const column = (of: "expected" | "lower" | "upper" | "score"): number[] =>
    inOrder.map(([, { range, at }]) => range[of][at] ?? Number.NaN);
  return {
    labels: ranges[0]?.labels ?? {},
    t: inOrder.map(([t]) => t),
    expected: column("expected"),
    lower: column("lower"),
    upper: column("upper"),
    score: column("score"),
  };
}
