/** What the completion of the query box asks for, answered by the data source. */
import type { MetricMetadata, PrometheusClient } from "@prometheus-io/codemirror-promql/dist/esm/client/prometheus";
import type { DataSource } from "../../api/data-source.ts";
import { METRIC_NAME } from "../../model/labels.ts";

const KEEP_MS = 30_000;

/** Names, labels and values for completion, each kept for half a minute; what cannot be had is an empty list. */
export function completionClient(dataSource: DataSource, now: () => number): PrometheusClient {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  const ask = async <T>(key: string, none: T, question: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known !== undefined && now() - known.at < KEEP_MS) return known.answer as Promise<T>;
    const answer = question().catch(() => {
      kept.delete(key);
      return none;
    });
    kept.set(key, { at: now(), answer });
    return answer;
  };
  // Other matchers of the selector being written are half finished more often than not: the metric alone narrows enough.
  const selector = (metric = ""): string[] => (metric === "" ? [] : [`{${METRIC_NAME}=${JSON.stringify(metric)}}`]);
  return {
    labelNames: async (metric) => ask(`names ${metric ?? ""}`, [], async () => [...(await dataSource.labelNames(selector(metric)))]),
    labelValues: async (label, metric) => {
      const selectors = selector(metric);
      return ask(`values ${label} ${selectors.join()}`, [], async () => [...(await dataSource.labelValues(label, selectors))]);
    },
    metricNames: async () => ask("metrics", [], async () => [...(await dataSource.labelValues(METRIC_NAME, []))]),
    metricMetadata: async () =>
      ask("metadata", {}, async () => {
        const families = await dataSource.metadata();
        return Object.fromEntries(
          Object.entries(families).map(([name, all]): [string, MetricMetadata[]] => [name, all.map(({ type, help }) => ({ type, help }))]),
        );
      }),
    series: async (metric) =>
      ask(`series ${metric}`, [], async () => {
        const found = await dataSource.series(selector(metric), now() - 3_600_000, now());
        return found.map((labels) => new Map(Object.entries(labels)));
      }),
    flags: async () => Promise.resolve({}),
  };
}
