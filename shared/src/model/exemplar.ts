import type { Labels } from "./labels.ts";

/** One measurement that stands for many, with labels that lead to it, `trace_id` above all. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Ms since the epoch. */
  readonly t: number;
}

export interface SeriesExemplars {
  /** Of the series. */
  readonly labels: Labels;
  readonly exemplars: readonly Exemplar[];
}

/** UTF-8 characters of all label names and values of one exemplar together (OpenMetrics 1.0, "Exemplars"). */
const MAX_CHARACTERS = 128;

/** Whether OpenMetrics allows the exemplar's labels; longer ones are dropped, as Prometheus does. */
export function exemplarFits({ labels }: Exemplar): boolean {
  let characters = 0;
  for (const name in labels)
    for (const text of [name, labels[name] ?? ""]) {
      // A character is two units at most; a text of megabytes is not gone through.
      if (text.length > 2 * MAX_CHARACTERS) return false;
      for (const _ of text) characters++;
      if (characters > MAX_CHARACTERS) return false;
    }
  return true;
}
