/** The answer of an instant query as a table to read and copy. */
import type { InstantSeries } from "@sightline/shared/api/data-source";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { formatLabels, METRIC_NAME } from "@sightline/shared/model/labels";

export function queryText(query: string, result: readonly InstantSeries[], atMs: number): string {
  const head = [`# ${query}`, `# ${new Date(atMs).toISOString()}, ${result.length} series`, ""];
  if (result.length === 0) {
    return [...head, "Nothing matches. Samples count for 5 minutes; is the name right and does something still send it?", ""].join("\n");
  }
  const rows = result.map((series) => ({
    labels: formatLabels(series.labels),
    value: String(series.v),
    readable: formatMetricValue(series.labels[METRIC_NAME] ?? "", "", series.v),
  }));
  const width = Math.min(100, Math.max(...rows.map((row) => row.labels.length)));
  const body = rows.map((row) => `${row.labels.padEnd(width)}  ${row.value}${row.readable === row.value ? "" : `  (${row.readable})`}`);
  return [...head, ...body, ""].join("\n");
}
