import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";

/** Samples and series of one frame: far below 4 MB with the longest labels in use. */
const MAX_SAMPLES = 50_000;
const MAX_SERIES = 2000;

/** Leaves out what no server would take, and cuts the rest into batches that fit a frame. Series are never cut unless longer than a frame. */
export function splitBatch(batch: SampleBatch, refuse: (series: BatchSeries, code: string) => void): SampleBatch[] {
  const batches: SampleBatch[] = [];
  let series: BatchSeries[] = [];
  let samples = 0;
  for (const one of batch.series) {
    const count = one.timestamps.length;
    const fault =
      judgeLabels(one.labels)?.code ?? (count !== one.values.length || !one.timestamps.every(Number.isInteger) ? "malformed" : null);
    if (fault !== null) {
      refuse(one, fault);
      continue;
    }
    for (let from = 0; from < count; from += MAX_SAMPLES) {
      const to = Math.min(count, from + MAX_SAMPLES);
      if (series.length >= MAX_SERIES || samples + to - from > MAX_SAMPLES) {
        batches.push({ series });
        series = [];
        samples = 0;
      }
      series.push(from === 0 && to === count ? one : cut(one, from, to));
      samples += to - from;
    }
  }
  if (series.length > 0) batches.push({ series });
  return batches;
}

const cut = (series: BatchSeries, from: number, to: number): BatchSeries => ({
  ...series,
  timestamps: series.timestamps.subarray(from, to),
  values: series.values.subarray(from, to),
  ...(series.histograms === undefined ? {} : { histograms: series.histograms.slice(from, to) }),
});
