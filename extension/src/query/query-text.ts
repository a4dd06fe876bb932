/** The answer of an instant query as a table to read and copy. */
import type { InstantAnswer } from "@sightline/shared/api/data-source";
import { answerRows, histogramAdvice } from "@sightline/shared/format/answer-rows";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { formatLabels, METRIC_NAME } from "@sightline/shared/model/labels";

export function queryText(query: string, answer: InstantAnswer, atMs: number): string {
  const { series, histograms, listed, warnings, infos } = answer;
  const count = series.length + histograms.length + listed.length;
  const head = [
    `# ${query}`,
    `# ${new Date(atMs).toISOString()}, ${count} series`,
    ...[...warnings, ...infos].map((said) => `# ${said}`),
    "",
  ];
  if (count === 0) {
    return [...head, "Nothing matches. Samples count for 5 minutes; is the name right and does something still send it?", ""].join("\n");
  }
  const rows = series.map(({ labels, v }) => ({
    labels: formatLabels(labels),
    value: String(v),
    readable: formatMetricValue(labels[METRIC_NAME] ?? "", "", v),
    buckets: [],
  }));
  const counted = answerRows({ ...answer, series: [] }).map(({ labels, text, whole }) => {
    const [value = "", ...buckets] = whole.split("\n");
    return { labels: formatLabels(labels), value, readable: text, buckets };
  });
  const all = [...rows, ...counted];
  const width = Math.min(
    100,
    all.reduce((widest, row) => Math.max(widest, row.labels.length), 0),
  );
  const body = all.flatMap((row) => [
    `${row.labels.padEnd(width)}  ${row.value}${row.readable === row.value ? "" : `  (${row.readable})`}`,
    ...row.buckets.map((bucket) => `  ${bucket}`),
  ]);
  const samples = listed.flatMap(({ labels, lines }) =>
    Object.keys(labels).length === 0 ? lines : [formatLabels(labels), ...lines.map((line) => `  ${line}`)],
  );
  const advice = counted.length === 0 ? [] : ["", histogramAdvice(counted.length, query)];
  return [...head, ...body, ...samples, ...advice, ""].join("\n");
}
