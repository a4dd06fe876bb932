import type { RollupColumns } from "../model/rollup.ts";

/** The first `count` buckets; the columns are parts of those given. */
export function firstBuckets(columns: RollupColumns, count: number): RollupColumns {
  const { staleTimes, sketches, digests } = columns;
  const first = <Column extends Float64Array | Int8Array | Int32Array>(column: Column): Column => column.subarray(0, count) as Column;
  return {
    resolutionMs: columns.resolutionMs,
    ends: first(columns.ends),
    counts: first(columns.counts),
    sums: first(columns.sums),
    mins: first(columns.mins),
    maxs: first(columns.maxs),
    firsts: first(columns.firsts),
    lasts: first(columns.lasts),
    firstTimes: first(columns.firstTimes),
    lastTimes: first(columns.lastTimes),
    innerIncreases: first(columns.innerIncreases),
    ...(staleTimes === undefined ? {} : { staleTimes: first(staleTimes) }),
    ...(digests === undefined ? {} : { digests: digests.slice(0, count) }),
    ...(sketches === undefined
      ? {}
      : {
          sketches: {
            ...sketches,
            joins: first(sketches.joins),
            zeroCounts: first(sketches.zeroCounts),
            negativeEnds: first(sketches.negativeEnds),
            positiveEnds: first(sketches.positiveEnds),
          },
        }),
  };
}
