import { seriesKey } from "@sightline/shared/model/labels";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import type { AppendWatch } from "../storage/append-watch.ts";

/** Of all that is kept, what one query may take. */
const SHARE = 1 / 4;
const SERIES_BYTES = 300;

/** The steps of a range query: its text and what else it depends on, and the times it is asked for, ms. */
export interface CachedSteps {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** How far after a step the samples lie that it may depend on, ms; 0 but for negative offsets. */
  readonly leadMs: number;
}

/** What is known of a query: series without gaps in their steps from the beginning of what is asked up to `endMs`. */
export interface KnownSteps {
  readonly endMs: number;
  readonly series: readonly MatrixSeries[];
}

/** A query that is being evaluated; what comes meanwhile may be in its result or not. */
export interface Evaluating {
  /** Steps that depend on samples of this time and later are not known. */
  changedMs: number;
}

/** The answer that was written from the steps startMs … endMs. */
interface WrittenSteps {
  readonly startMs: number;
  readonly endMs: number;
  readonly body: ArrayBuffer;
}

interface Entry extends Evaluating {
  readonly startMs: number;
  readonly endMs: number;
  readonly leadMs: number;
  readonly series: readonly MatrixSeries[];
  bytes: number;
  written: WrittenSteps | null;
}

/**
 * Range queries that were answered, by their steps, so that whoever asks again a little later pays for the new steps alone.
 * A sample takes away the steps from its time on, however late it comes. Times are of steps aligned with each other.
 */
export class ResultCache {
  readonly #maxBytes: number;
  readonly #appended: AppendWatch;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #evaluating = new Set<Evaluating>();
  #bytes = 0;

  constructor(maxBytes: number, appended: AppendWatch) {
    this.#maxBytes = maxBytes;
    this.#appended = appended;
  }

  /** Null when the beginning is not known. */
  find(steps: CachedSteps): KnownSteps | null {
    this.#drain();
    const entry = this.#entries.get(keyOf(steps));
    if (entry === undefined || entry.startMs > steps.startMs) return null;
    const endMs = Math.min(lastStep(steps, entry.endMs), lastStep(steps, entry.changedMs - entry.leadMs - 1));
    if (endMs < steps.startMs) return null;
    this.#use(steps, entry);
    return { endMs, series: cut(entry.series, steps.startMs, endMs) };
  }

  /** The answer that was written of these very steps, when none of them has changed; else null. Not to be changed. */
  written(steps: CachedSteps): ArrayBuffer | null {
    this.#drain();
    const entry = this.#entries.get(keyOf(steps));
    if (entry?.written === null || entry === undefined) return null;
    const { startMs, endMs, body } = entry.written;
    if (startMs !== steps.startMs || endMs !== steps.endMs || endMs >= entry.changedMs - entry.leadMs) return null;
    this.#use(steps, entry);
    return body;
  }

  /** Keeps an answer, which has nothing to note, with the steps that it was written of; not one that changed while it was made. */
  write(steps: CachedSteps, body: ArrayBuffer, evaluating: Evaluating): void {
    this.#drain();
    const entry = this.#entries.get(keyOf(steps));
    const { startMs, endMs, leadMs } = steps;
    if (entry === undefined || entry.startMs > startMs || entry.endMs < endMs) return;
    if (endMs >= Math.min(entry.changedMs, evaluating.changedMs) - leadMs) return;
    const bytes = entry.bytes - (entry.written?.body.byteLength ?? 0) + body.byteLength;
    if (bytes > this.#maxBytes * SHARE) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    entry.written = { startMs, endMs, body };
    this.#makeRoom();
  }

  #use(steps: CachedSteps, entry: Entry): void {
    const key = keyOf(steps);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #makeRoom(): void {
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest, entry);
    }
  }

  /** Before anything is read. Every `begin` is followed by `keep` or `forget`. */
  begin(): Evaluating {
    this.#drain();
    this.#appended.watching = true;
    const evaluating = { changedMs: Infinity };
    this.#evaluating.add(evaluating);
    return evaluating;
  }

  forget(evaluating: Evaluating): void {
    this.#evaluating.delete(evaluating);
    this.#rest();
  }

  /** The whole result, known steps included. Not kept: what holds native histograms, and what takes too much. */
  keep(steps: CachedSteps, series: readonly MatrixSeries[], evaluating: Evaluating): void {
    this.#drain();
    this.#evaluating.delete(evaluating);
    let bytes = SERIES_BYTES;
    for (const one of series) bytes += SERIES_BYTES + one.values.length * 16;
    const key = keyOf(steps);
    const before = this.#entries.get(key);
    if (before !== undefined) {
      if (servesBetter(before, steps)) return this.#rest();
      this.#drop(key, before);
    }
    if (bytes <= this.#maxBytes * SHARE && series.every(({ histograms }) => histograms === undefined)) {
      const { startMs, endMs, leadMs } = steps;
      const { changedMs } = evaluating;
      this.#entries.set(key, { startMs, endMs, leadMs, changedMs, bytes, series: owned(series), written: null });
      this.#bytes += bytes;
    }
    this.#makeRoom();
    this.#rest();
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  /** Nobody has to be told of samples while nothing is kept. */
  #rest(): void {
    if (this.#entries.size === 0 && this.#evaluating.size === 0) this.#appended.watching = false;
  }

  #drain(): void {
    const oldest = this.#appended.take();
    if (oldest === Infinity) return;
    for (const one of this.#evaluating) one.changedMs = Math.min(one.changedMs, oldest);
    for (const [key, entry] of this.#entries) {
      entry.changedMs = Math.min(entry.changedMs, oldest);
      if (entry.changedMs - entry.leadMs <= entry.startMs) this.#drop(key, entry);
    }
  }
}

/** A longer range that ends not much earlier: whoever asks for it next needs it, and who asked now adds few steps to it. */
function servesBetter(entry: Entry, { startMs, endMs }: CachedSteps): boolean {
  const validMs = Math.min(entry.endMs, entry.changedMs - entry.leadMs - 1);
  return entry.endMs - entry.startMs > (endMs - startMs) * 1.1 && entry.startMs <= startMs && validMs >= endMs - (endMs - startMs) / 4;
}

/** Steps of the same distance that are not aligned have nothing in common. */
const keyOf = ({ key, startMs, stepMs }: CachedSteps): string => `${stepMs} ${startMs % stepMs} ${key}`;

/** The last step at or before `t`; before the first when there is none. */
const lastStep = ({ startMs, stepMs, endMs }: CachedSteps, t: number): number =>
  startMs + Math.floor((Math.min(t, endMs) - startMs) / stepMs) * stepMs;

/** Times fromMs … toMs, both included; series without any are left out. */
function cut(series: readonly MatrixSeries[], fromMs: number, toMs: number): MatrixSeries[] {
  const parts: MatrixSeries[] = [];
  let times: MatrixSeries["timestamps"] | undefined;
  let from = 0;
  let to = 0;
  let part: MatrixSeries["timestamps"] = [];
  for (const one of series) {
    if (one.timestamps !== times) {
      times = one.timestamps;
      from = firstFrom(times, fromMs);
      to = firstFrom(times, toMs + 1);
      part = slice(times, from, to);
    }
    if (from < to) parts.push({ labels: one.labels, timestamps: part, values: slice(one.values, from, to) });
  }
  return parts;
}

const slice = (column: MatrixSeries["values"], from: number, to: number): MatrixSeries["values"] =>
  column instanceof Float64Array ? column.subarray(from, to) : column.slice(from, to);

/** Index of the first of ascending times at or after `t`. */
function firstFrom(times: ArrayLike<number>, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same in arrays of their own, which nothing larger hangs on; times that several series share are shared still. */
function owned(series: readonly MatrixSeries[]): MatrixSeries[] {
  let shared: MatrixSeries["timestamps"] | undefined;
  let copy = new Float64Array(0);
  return series.map(({ labels, timestamps, values }) => {
    if (timestamps !== shared) {
      shared = timestamps;
      copy = Float64Array.from(timestamps);
    }
    return { labels, timestamps: copy, values: Float64Array.from(values) };
  });
}

/** Known steps with those that follow them. Times of series that have all of them are shared. */
export function joinSteps(known: readonly MatrixSeries[], rest: readonly MatrixSeries[]): MatrixSeries[] {
  const joined = new Map(known.map((series) => [seriesKey(series.labels), series]));
  let first: MatrixSeries["timestamps"] | undefined;
  let second: MatrixSeries["timestamps"] | undefined;
  let times = new Float64Array(0);
  for (const after of rest) {
    const key = seriesKey(after.labels);
    const before = joined.get(key);
    if (before === undefined) {
      joined.set(key, after);
      continue;
    }
    if (before.timestamps !== first || after.timestamps !== second) {
      first = before.timestamps;
      second = after.timestamps;
      times = concat(first, second);
    }
    const values = concat(before.values, after.values);
    const histograms = after.histograms === undefined ? {} : { histograms: [...noHistograms(before), ...after.histograms] };
    joined.set(key, { labels: before.labels, timestamps: times, values, ...histograms });
  }
  return [...joined.values()];
}

/** Known steps are floats. */
const noHistograms = ({ values }: MatrixSeries): undefined[] => Array.from({ length: values.length }, () => undefined);

function concat(a: MatrixSeries["values"], b: MatrixSeries["values"]): Float64Array<ArrayBuffer> {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
