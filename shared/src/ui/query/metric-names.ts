/** What the completion of the query box asks for, answered by the data source. */
import type { MetricMetadata, PrometheusClient } from "@prometheus-io/codemirror-promql/dist/esm/client/prometheus";
import type { DataSource } from "../../api/data-source.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import type { PromqlMetadata } from "../../promql/editor/metadata.ts";

const HOUR = 3_600_000;

/** Names, labels and values for completion; what cannot be had is an empty list. */
export function completionClient(dataSource: DataSource, metadata: PromqlMetadata, now: () => number): PrometheusClient {
  const list = async (answer: Promise<readonly string[]>): Promise<string[]> => [...(await answer.catch(() => []))];
  return {
    // Other matchers of the selector being written are half finished more often than not: the metric alone narrows enough.
    labelNames: (metric = "") => list(metadata.labelNames(metric)),
    labelValues: (label, metric = "") => list(metadata.labelValues(label, metric)),
    metricNames: () => list(metadata.metricNames()),
    metricMetadata: async () => {
      const families = await metadata.facts().catch(() => ({}));
      return Object.fromEntries(
        Object.entries(families).map(([name, all]): [string, MetricMetadata[]] => [name, all.map(({ type, help }) => ({ type, help }))]),
      );
    },
    series: async (metric) => {
      const found = await dataSource.series([`{${METRIC_NAME}=${JSON.stringify(metric)}}`], now() - HOUR, now()).catch(() => []);
      return found.map((labels) => new Map(Object.entries(labels)));
    },
    flags: async () => Promise.resolve({}),
  };
}
