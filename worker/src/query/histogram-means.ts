import { METRIC_NAME } from "@sightline/shared/model/labels";
import { formatDuration } from "@sightline/shared/model/duration";
import { type Result, ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { printSelector } from "@sightline/shared/promql/format/print";
import { bareSelector } from "./bare-selector.ts";

interface Read {
  readonly query: string;
  readonly series: readonly MatrixSeries[];
}

/**
 * What an expression gave, with the mean of observations for each histogram: of a selector, of those made meanwhile, under the metric's name,
 * in whose unit it is. Failures: those of `read`.
 */
export function histogramMeans(
  { query, series }: Read,
  rangeMs: number,
  read: (query: string) => Result<readonly MatrixSeries[]>,
): Result<Read> {
  const histograms = series.filter(isHistogram);
  if (histograms.length === 0) return ok({ query, series });
  const numbers = series.filter((one) => !isHistogram(one));
  const bare = bareSelector(query);
  if (bare === undefined) {
    const mean = read(`histogram_avg(${query})`);
    return mean.ok ? ok({ query: `histogram_avg(${query})`, series: [...numbers, ...mean.value] }) : mean;
  }
  const means: MatrixSeries[] = [];
  const asked: string[] = [];
  // Each metric by itself: without their names, two of them may have the same labels.
  for (const name of new Set(histograms.map(({ labels }) => labels[METRIC_NAME] ?? ""))) {
    const selector = bare.metric === "" ? printSelector([...bare.matchers, { name: METRIC_NAME, op: "=", value: name }]) : query.trim();
    const mean = read(`histogram_avg(rate(${selector}[${formatDuration(rangeMs)}]))`);
    if (!mean.ok) return mean;
    asked.push(`histogram_avg(rate(${selector}[${formatDuration(rangeMs)}]))`);
    means.push(...mean.value.map((one) => ({ ...one, labels: { [METRIC_NAME]: name, ...one.labels } })));
  }
  return ok({ query: [...(numbers.length > 0 ? [query] : []), ...asked].join(" or "), series: [...numbers, ...means] });
}

const isHistogram = ({ histograms }: MatrixSeries): boolean => histograms?.some((one) => one !== undefined) === true;
