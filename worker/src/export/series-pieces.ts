/** Series of several walks, each in the order of labels, as one walk in that order: a label set of several of them is one series. */
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { compareLabels } from "@sightline/shared/promql/evaluation/label-order";
import { mergeSeries } from "../query/merge-series.ts";

/** A part of a series' samples, oldest first; pieces of one series follow one another. */
export interface SeriesPiece extends SelectedSeries {
  /** Of its family, as the walk that it is from has it. */
  readonly metadata?: MetricMetadata;
}

/** What a walk has come to. */
interface Walk {
  readonly pieces: AsyncIterator<SeriesPiece>;
  head: SeriesPiece;
}

async function begun(all: readonly AsyncIterable<SeriesPiece>[]): Promise<Walk[]> {
  const walks: Walk[] = [];
  for (const one of all) {
    const pieces = one[Symbol.asyncIterator]();
    const first = await pieces.next();
    if (first.done !== true) walks.push({ pieces, head: first.value });
  }
  return walks;
}

/** Goes on to the next piece; at its end a walk leaves the list. */
async function advance(walks: Walk[], walk: Walk): Promise<void> {
  const next = await walk.pieces.next();
  if (next.done === true) walks.splice(walks.indexOf(walk), 1);
  else walk.head = next.value;
}

/** The samples of a piece up to a time, and those after it. */
function cut(piece: SeriesPiece, untilMs: number): readonly [SeriesPiece, SeriesPiece | null] {
  const { timestamps, values, histograms } = piece;
  let at = timestamps.length;
  while (at > 0 && (timestamps[at - 1] as number) > untilMs) at--;
  if (at === timestamps.length) return [piece, null];
  const part = (from: number, to: number): SeriesPiece => ({
    ...piece,
    timestamps: timestamps.subarray(from, to),
    values: values.subarray(from, to),
    ...(histograms === undefined ? {} : { histograms: histograms.slice(from, to) }),
  });
  return [part(0, at), part(at, timestamps.length)];
}

const lastTime = ({ timestamps }: SeriesPiece): number => timestamps.at(-1) ?? -Infinity;

/** What the latest walk that knows anything says. */
function metadataOf(walks: readonly Walk[]): Pick<SeriesPiece, "metadata"> {
  let found: MetricMetadata | undefined;
  for (const { head } of walks)
    if (head.metadata !== undefined && (found === undefined || head.metadata.type !== "unknown")) found = head.metadata;
  return found === undefined ? {} : { metadata: found };
}

/** Of two samples of one time that of the later walk counts. */
export async function* mergedPieces(all: readonly AsyncIterable<SeriesPiece>[]): AsyncGenerator<SeriesPiece> {
  const walks = await begun(all);
  let labels: Labels | null = null;
  while (walks.length > 0) {
    let same: Walk[] = [];
    for (const walk of walks) {
      const order = same[0] === undefined ? -1 : compareLabels(walk.head.labels, same[0].head.labels);
      if (order < 0) same = [walk];
      else if (order === 0) same.push(walk);
    }
    const [only] = same;
    if (only === undefined) return;
    if (same.length === 1) {
      const piece = only.head;
      labels = labels !== null && compareLabels(labels, piece.labels) === 0 ? labels : piece.labels;
      yield { ...piece, labels };
      await advance(walks, only);
      continue;
    }
    // What follows in each walk is newer than its head.
    const until = Math.min(...same.map(({ head }) => lastTime(head)));
    const metadata = metadataOf(same);
    const parts: SeriesPiece[][] = [];
    for (const walk of same) {
      const [before, after] = cut(walk.head, until);
      parts.push([before]);
      if (after === null) await advance(walks, walk);
      else walk.head = after;
    }
    for (const piece of mergeSeries(parts)) {
      labels = labels !== null && compareLabels(labels, piece.labels) === 0 ? labels : piece.labels;
      yield { ...piece, labels, ...metadata };
    }
  }
}
