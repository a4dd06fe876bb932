import { withoutClassicPart } from "../../model/metric.ts";

/** What an editor knows of the stored series; answered by the shards, by a data source, or by a test's memory. */
export interface MetricFacts {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** Every answer may be a while old. An empty metric means all of them. */
export interface PromqlMetadata {
  metricNames(): Promise<readonly string[]>;
  facts(): Promise<Readonly<Record<string, readonly MetricFacts[]>>>;
  labelNames(metric: string): Promise<readonly string[]>;
  labelValues(label: string, metric: string): Promise<readonly string[]>;
}

/** Of a metric; the parts of a classic histogram or summary are described under its name, and each of them is a counter. */
export function factsOf(facts: Readonly<Record<string, readonly MetricFacts[]>>, metric: string): MetricFacts | undefined {
  const own = Object.hasOwn(facts, metric) ? facts[metric]?.[0] : undefined;
  if (own !== undefined) return own;
  const family = withoutClassicPart(metric);
  const whole = family !== metric && Object.hasOwn(facts, family) ? facts[family]?.[0] : undefined;
  return whole === undefined ? undefined : { ...whole, type: "counter" };
}
