/** Sketches of buckets in columns, for reading many: an object and two arrays a sketch cost more than its bins. */
import type { SketchBins, SketchColumns } from "../model/rollup.ts";
import { sketchError, sketchJoins } from "./quantile-sketch.ts";

export function sketchColumns(sketches: readonly (SketchBins | undefined)[]): SketchColumns {
  let bins = 0;
  for (const sketch of sketches) bins += sketch === undefined ? 0 : sketch.negative.indices.length + sketch.positive.indices.length;
  const columns = {
    joins: new Int8Array(sketches.length),
    zeroCounts: new Float64Array(sketches.length),
    negativeEnds: new Int32Array(sketches.length),
    positiveEnds: new Int32Array(sketches.length),
    indices: new Int32Array(bins),
    counts: new Float64Array(bins),
  };
  let end = 0;
  const append = ({ indices, counts }: SketchBins["positive"]): number => {
    columns.indices.set(indices, end);
    columns.counts.set(counts, end);
    return (end += indices.length);
  };
  for (const [at, sketch] of sketches.entries()) {
    columns.joins[at] = sketch === undefined ? -1 : sketchJoins(sketch);
    columns.zeroCounts[at] = sketch?.zeroCount ?? 0;
    columns.negativeEnds[at] = sketch === undefined ? end : append(sketch.negative);
    columns.positiveEnds[at] = sketch === undefined ? end : append(sketch.positive);
  }
  return columns;
}

/** The sketch of one bucket; its arrays are parts of the columns. */
export function sketchAt(columns: SketchColumns, bucket: number): SketchBins | undefined {
  const joins = columns.joins[bucket] ?? -1;
  if (joins < 0) return undefined;
  const negativeEnd = columns.negativeEnds[bucket] as number;
  const part = (from: number, to: number): SketchBins["positive"] => ({
    indices: columns.indices.subarray(from, to),
    counts: columns.counts.subarray(from, to),
  });
  return {
    relativeError: sketchError(joins),
    zeroCount: columns.zeroCounts[bucket] as number,
    negative: part(bucket === 0 ? 0 : (columns.positiveEnds[bucket - 1] as number), negativeEnd),
    positive: part(negativeEnd, columns.positiveEnds[bucket] as number),
  };
}
