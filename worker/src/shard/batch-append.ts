import type { Failure } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { FlatColumns } from "@sightline/shared/protocol/flat-columns";
import type { AppendOutcome } from "../objects/append-outcome.ts";
import { RepeatedDifferences } from "./repeated-differences.ts";
import type { SampleWriter } from "./sample-writer.ts";
import { emptyOutcome } from "./sample-writer.ts";

type Rejection = AppendOutcome["rejected"][number];

/** Refusals told in words, as many as a body of JSON has items; the places and codes of more fit into one answer between objects (32 MiB). */
const MOST_MESSAGES = 50_000;

/** Filled and written in one go, so all requests share its memory. */
const ROWS = new FlatColumns();

/**
 * Brings a decoded batch into memory; what is refused is told by the place of its series. Plain samples of all series go as one set
 * of columns. `byTime`: a difference of a time that its series has already is one sent again.
 */
export function appendSeries(writer: SampleWriter, batch: SampleBatch, nowMs: number, byTime = false): AppendOutcome {
  writer.begin(nowMs);
  return appendPart(writer, batch, nowMs, byTime);
}

/** The same within a request that has begun. */
export function appendPart(writer: SampleWriter, batch: SampleBatch, nowMs: number, byTime = false): AppendOutcome {
  const into = new BatchColumns(writer, batch, nowMs);
  // A difference adds to what stands before it in the same batch, which then may not wait in the columns.
  const adding = batch.series.some(({ temporality }) => temporality === "delta");
  let histograms = 0;
  const repeated = byTime && adding ? new RepeatedDifferences(writer.store, writer.movedAt > 0) : null;
  for (const [index, series] of batch.series.entries()) {
    const ref = writer.refOf(series.labels, series.metadata, series.temporality, writer.anyTimely(series.timestamps, nowMs));
    if (ref >= 0 && series.temporality === "cumulative" && series.histograms === undefined) {
      into.gather(index, ref);
      if (adding) into.waiting.add(ref);
      continue;
    }
    if (into.waiting.has(ref)) into.write(true);
    const outcome = emptyOutcome();
    if (ref < 0) writer.refuse(ref, series.timestamps, nowMs, outcome);
    else if (repeated === null || series.temporality !== "delta") writer.write(ref, series.temporality, series, nowMs, outcome);
    else writer.writeOnce(ref, series, nowMs, outcome, repeated);
    into.accepted += outcome.accepted;
    histograms += outcome.histograms;
    into.reject(index, outcome.refused);
  }
  into.write(false);
  return { accepted: into.accepted, rejected: inOrder(into.rejected), ...(histograms === 0 ? {} : { histograms }) };
}

function inOrder(rejected: readonly Rejection[]): Rejection[] {
  const sorted = rejected.toSorted((left, right) => left.index - right.index);
  return sorted.map((one, place) => (place < MOST_MESSAGES ? one : { ...one, message: "" }));
}

/** Series of a batch gathered as columns, in the order they came, until they are written. */
class BatchColumns {
  accepted = 0;
  readonly rejected: Rejection[] = [];
  /** Refs gathered, where it matters. */
  readonly waiting = new Set<number>();
  readonly #writer: SampleWriter;
  readonly #batch: SampleBatch;
  readonly #nowMs: number;
  #gathered: number[] = [];

  constructor(writer: SampleWriter, batch: SampleBatch, nowMs: number) {
    this.#writer = writer;
    this.#batch = batch;
    this.#nowMs = nowMs;
    ROWS.clear();
  }

  gather(index: number, ref: number): void {
    const series = this.#batch.series[index];
    if (series === undefined) return;
    this.#gathered.push(index);
    ROWS.add(ref, series.timestamps, series.values);
  }

  write(moreFollows: boolean): void {
    const outcome = emptyOutcome();
    this.#writer.writeColumns(ROWS.refs, ROWS.times, ROWS.values, ROWS.length, this.#nowMs, outcome);
    this.accepted += outcome.accepted;
    if (moreFollows) this.#writer.moreFollows(ROWS.refs, ROWS.length);
    let row = 0;
    if (outcome.refused !== null)
      for (const index of this.#gathered) {
        const end = row + (this.#batch.series[index]?.timestamps.length ?? 0);
        this.reject(index, this.#writer.firstRefused(ROWS.refs, row, end));
        row = end;
      }
    this.#gathered = [];
    this.waiting.clear();
    ROWS.clear();
  }

  reject(index: number, failure: Failure | null): void {
    if (failure !== null) this.rejected.push({ index, code: failure.code, message: failure.message });
  }
}
