/** What completion and diagnostics ask of the stored series, answered by a data source. */
import { METRIC_NAME } from "../model/labels.ts";
import type { PromqlMetadata } from "../promql/editor/metadata.ts";
import type { DataSource } from "./data-source.ts";

const KEEP_MS = 30_000;

/** Each answer is kept for half a minute; a question that fails is asked anew. */
export function promqlMetadata(dataSource: DataSource, now: () => number): PromqlMetadata {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  const ask = <T>(key: string, question: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known !== undefined && now() - known.at < KEEP_MS) return known.answer as Promise<T>;
    const answer = question();
    answer.catch(() => kept.delete(key));
    kept.set(key, { at: now(), answer });
    return answer;
  };
  const selector = (metric: string): string[] => (metric === "" ? [] : [`{${METRIC_NAME}=${JSON.stringify(metric)}}`]);
  const labelValues = (label: string, metric: string): Promise<readonly string[]> =>
    ask(`values ${label} ${metric}`, () => dataSource.labelValues(label, selector(metric)));
  return {
    metricNames: () => labelValues(METRIC_NAME, ""),
    labelNames: (metric) => ask(`names ${metric}`, () => dataSource.labelNames(selector(metric))),
    labelValues,
    facts: () => ask("facts", () => dataSource.metadata()),
  };
}
