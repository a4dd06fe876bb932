/** What an instant query answers, a row a series, for a table on a page or in a text. */
import type { HistogramSeries, InstantAnswer } from "../api/data-source.ts";
import { formatLabels, type Labels, METRIC_NAME } from "../model/labels.ts";
import { formatValue } from "./units.ts";

export interface AnswerRow {
  readonly labels: Labels;
  /** As people read it. */
  readonly text: string;
  /** All of it. */
  readonly whole: string;
}

/** The largest first as Prometheus's `sort_desc` has them, NaN behind all numbers, and histograms behind those, by what they counted. */
export function answerRows({ series, histograms }: Pick<InstantAnswer, "series" | "histograms">): readonly AnswerRow[] {
  return [
    ...series.toSorted((a, b) => descending(a.v, b.v)).map(({ labels, v }) => ({ labels, text: formatValue(v, "none"), whole: String(v) })),
    ...histograms
      .toSorted((a, b) => descending(a.count, b.count))
      .map((one) => ({ labels: one.labels, text: histogramWords(one), whole: [histogramWords(one, String), ...one.buckets].join("\n") })),
  ];
}

/** Infinities are equal to themselves, which their difference does not say. */
function descending(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  return Number.isNaN(a) || a < b ? 1 : -1;
}

function histogramWords({ count, sum }: HistogramSeries, written = (value: number): string => formatValue(value, "none")): string {
  const mean = count > 0 ? `, mean ${written(sum / count)}` : "";
  return `histogram of ${written(count)}, sum ${written(sum)}${mean}`;
}

/** What to do with series that have no line and no single number. `query`: what was asked. */
export function histogramAdvice(count: number, query: string): string {
  const [are, of] = count === 1 ? ["series is a histogram", "it"] : ["series are histograms", "them"];
  return `${count} ${are}; for a line of ${of} ask histogram_quantile(0.95, …), histogram_avg(…) or histogram_count(…) of rate(${shortName(query)}[5m]).`;
}

/** A bare selector as it is; of anything longer nobody knows which part has the histograms. */
const shortName = (query: string): string => (/^[a-zA-Z_:][\w:]*(?:\{[^{}]*\})?$/.test(query.trim()) ? query.trim() : "…");

export const rowName = (labels: Labels): string =>
  formatLabels(labels) === "{}" ? (labels[METRIC_NAME] ?? "value") : formatLabels(labels);
