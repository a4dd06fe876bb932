import type { SelectedSeries } from "@sightline/shared/model/sample";
import { sortByLabels } from "@sightline/shared/promql/evaluation/label-order";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { inSteps } from "../query/query-source.ts";
import { type OrderedSource, type PageReading, forgottenWalk, orderedWalk } from "./ordered-walk.ts";
import { type SeriesPiece, mergedPieces } from "./series-pieces.ts";

export interface MergedReading extends PageReading {
  /** What is thrown when series that only the archive knows have more samples than `maxForgotten`: they come in no order, and are held. */
  readonly tooMany: (samples: number) => Error;
  readonly maxForgotten: number;
}

/** Days come in order, so that pieces of one series do as well. */
async function* forgotten(shard: OrderedSource, query: SeriesQuery, reading: MergedReading): AsyncGenerator<SelectedSeries> {
  const held: SelectedSeries[] = [];
  let samples = 0;
  for await (const one of forgottenWalk(shard, query, reading)) {
    held.push(one);
    samples += one.timestamps.length;
    if (samples > reading.maxForgotten) throw reading.tooMany(reading.maxForgotten);
  }
  yield* await inSteps(sortByLabels(held, new Pace()), reading.pause);
}

/** What matches in all shards, series in the order of their labels, each once: its pieces follow one another, in the order of time, and have the very same labels. */
export const mergedWalk = (shards: readonly OrderedSource[], query: SeriesQuery, reading: MergedReading): AsyncGenerator<SeriesPiece> =>
  mergedPieces(shards.flatMap((shard) => [forgotten(shard, query, reading), orderedWalk(shard, query, reading)]));
