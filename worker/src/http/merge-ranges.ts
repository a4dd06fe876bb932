import type { ExpectedRange } from "@sightline/shared/api/responses";
import { seriesKey } from "@sightline/shared/model/labels";

/** Ranges that shards gave, in the map's order: of a series that lies in several one range, of equal times what the later shard says. */
export function mergeRanges(shards: readonly (readonly ExpectedRange[])[]): ExpectedRange[] {
  const bySeries = Map.groupBy(shards.flat(), ({ labels }) => seriesKey(labels));
  return [...bySeries.values()].flatMap((ranges) => {
    const said = ranges.filter(({ t }) => t.length > 0);
    return said.length < 2 ? [said[0] ?? ranges[0]].filter((one) => one !== undefined) : [joined(said)];
  });
}

function joined(ranges: readonly ExpectedRange[]): ExpectedRange {
  const places = new Map(ranges.flatMap((range) => range.t.map((t, at) => [t, { range, at }] as const)));
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
