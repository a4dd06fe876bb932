/** The answer of an instant query as a table to read and copy. */
import type { InstantAnswer } from "@sightline/shared/api/data-source";
import { answerRows, histogramAdvice } from "@sightline/shared/format/answer-rows";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { formatLabels, METRIC_NAME } from "@sightline/shared/model/labels";

export function queryText(query: string, answer: InstantAnswer, atMs: number): string {
  const { series, histograms, warnings, infos } = answer;
  const head = [
    `# ${query}`,
    `# ${new Date(atMs).toISOString()}, ${series.length + histograms.length} series`,
    ...[...warnings, ...infos].map((said) => `# ${said}`),
    "",
  ];
  if (series.length + histograms.length === 0) {
    return [...head, "Nothing matches. Samples count for 5 minutes; is the name right and does something still send it?", ""].join("\n");
  }
  const rows = series.map(({ labels, v }) => ({
    labels: formatLabels(labels),
    value: String(v),
    readable: formatMetricValue(labels[METRIC_NAME] ?? "", "", v),
  }));
  const counted = answerRows({ ...answer, series: [] }).map(({ labels, text }) => ({
    labels: formatLabels(labels),
    value: text,
    readable: text,
  }));
  const all = [...rows, ...counted];
  const width = Math.min(100, Math.max(...all.map((row) => row.labels.length)));
  const body = all.map((row) => `${row.labels.padEnd(width)}  ${row.value}${row.readable === row.value ? "" : `  (${row.readable})`}`);
  const advice = counted.length === 0 ? [] : ["", histogramAdvice(counted.length, query)];
  return [...head, ...body, ...advice, ""].join("\n");
}
