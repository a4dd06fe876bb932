import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { ShardConfig } from "../objects/rpc.ts";
import type { Evaluation } from "../rules/api.ts";
import type { SeriesStore } from "../storage/series-store.ts";

const NAME = "evaluation";

/** Windows, detectors and counters with the WAL position they cover: segment varint, row varint, then the evaluation's own bytes. */
export function saveEvaluation(store: SeriesStore, evaluation: Evaluation): void {
  const bytes = evaluation.snapshot();
  if (bytes.length === 0) return;
  const writer = new ByteWriter(bytes.length + 16);
  writer.varint(store.wal.position.segment);
  writer.varint(store.wal.position.row);
  writer.bytes(bytes);
  store.snapshots.write(NAME, writer.view());
}

/** Reads back the WAL into the head, and what of it is newer than the snapshot into the evaluation. */
export function restoreEvaluation(
  store: SeriesStore,
  evaluation: Evaluation,
  config: ShardConfig | null,
  states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[],
  nowMs: number,
): void {
  const stored = store.snapshots.read(NAME);
  let segment = -1;
  let row = 0;
  let bytes: Uint8Array = new Uint8Array();
  if (stored !== null && stored.problem !== null) store.problems.push(`${stored.problem}; windows and detectors start afresh`);
  else if (stored !== null) {
    const reader = new ByteReader(stored.bytes);
    segment = reader.varint();
    row = reader.varint();
    bytes = stored.bytes.subarray(reader.offset);
  }
  // The snapshot may know series that only the WAL defines: read it first, and keep what came after the snapshot for later.
  const later: { ref: number; t: number; value: number; histogram: NativeHistogram | null }[] = [];
  store.replay(
    {
      observe: (ref, t, value) => void later.push({ ref, t, value, histogram: null }),
      observeHistogram: (ref, t, histogram) => void later.push({ ref, t, value: 0, histogram }),
      wants: (inSegment, atRow) => inSegment > segment || (inSegment === segment && atRow > row),
    },
    nowMs,
  );
  for (const series of store.index.all()) evaluation.addSeries(series.ref, series.labels, series.metadata);
  if (config !== null) evaluation.configure(config, nowMs);
  evaluation.restore(bytes, states);
  for (const { ref, t, value, histogram } of later) {
    if (histogram === null) evaluation.observe(ref, t, value);
    else evaluation.observeHistogram(ref, t, histogram);
  }
  // Their transitions were written with the samples; only the state they leave behind is wanted.
  evaluation.finish(nowMs);
}
