import type { BatchSeries } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import type { ImportSource, Refuse } from "./import-source.ts";

/** Bounds of one frame, well below the 4 MB that the wire takes. Frames are numbered: other bounds would be another numbering. */
const FRAME_SAMPLES = 20_000;
const FRAME_BYTES = 1 << 20;
export const NUMBERING = `v1-${FRAME_SAMPLES}`;

/** Times beyond the wire's are no times of samples. */
const MAX_TIME = 2 ** 49;

/** An upper bound of what a column takes on the wire, roughly. */
function bytesOf(one: BatchSeries, from: number, to: number): number {
  let bytes = (to - from) * 12;
  if (one.histograms !== undefined) {
    for (let i = from; i < to; i++) {
      const histogram = one.histograms[i];
      if (histogram !== undefined) bytes += 64 + 8 * (histogram.positiveBuckets.length + histogram.negativeBuckets.length);
    }
  }
  return bytes;
}

function labelBytes(one: BatchSeries): number {
  let bytes = 32 + one.metadata.help.length;
  for (const name in one.labels) bytes += 4 + name.length + (one.labels[name] ?? "").length;
  return bytes;
}

function part(one: BatchSeries, from: number, to: number): BatchSeries {
  if (from === 0 && to === one.timestamps.length) return one;
  const columns = { timestamps: one.timestamps.subarray(from, to), values: one.values.subarray(from, to) };
  const { histograms } = one;
  return histograms === undefined ? { ...one, ...columns } : { ...one, ...columns, histograms: histograms.slice(from, to) };
}

/** A source's series in frames of bounded size, cut at the same places every time. What the wire cannot carry is refused here. */
export async function* frames(source: ImportSource, refuse: Refuse): AsyncGenerator<readonly BatchSeries[]> {
  let open: BatchSeries[] = [];
  let samples = 0;
  let bytes = 0;
  for await (const one of source.series(refuse)) {
    const failure = judgeLabels(one.labels) ?? (one.labels["__name__"] ? null : { code: "no_name", message: "a series has no name" });
    if (failure !== null) {
      refuse(failure.code, one.timestamps.length, failure.message);
      continue;
    }
    if (one.timestamps.some((t) => !(Math.abs(t) < MAX_TIME))) {
      refuse("bad_time", one.timestamps.length, "a time is thousands of years away");
      continue;
    }
    const named = labelBytes(one);
    for (let from = 0; from < one.timestamps.length;) {
      let to = Math.min(one.timestamps.length, from + FRAME_SAMPLES - samples);
      // Histograms are large: as many as fit, at least one.
      while (to > from + 1 && bytesOf(one, from, to) > FRAME_BYTES) to = from + ((to - from) >>> 1);
      const size = named + bytesOf(one, from, to);
      if (open.length > 0 && bytes + size > FRAME_BYTES) {
        yield open;
        open = [];
        samples = 0;
        bytes = 0;
        continue;
      }
      open.push(part(one, from, to));
      samples += to - from;
      bytes += size;
      from = to;
      if (samples < FRAME_SAMPLES) continue;
      yield open;
      open = [];
      samples = 0;
      bytes = 0;
    }
  }
  if (open.length > 0) yield open;
}
