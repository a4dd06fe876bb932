import { AlertBook } from "../../worker/src/rules/alert-book.ts";
import { compileGroups } from "../../worker/src/rules/compiled-rule.ts";
import { StreamingRules } from "../../worker/src/rules/streaming/streaming-rules.ts";
import { alertRule } from "../support/alert-rule.ts";
import { randomSource } from "./anomaly-generator.ts";
import { quantile, report, round } from "./report.ts";

const METRICS = 100;
const INSTANCES = 100;
const SCRAPES = 100;
const START = 1_700_000_000_000;
const SPACING_MS = 15_000;

/** Series that have an alert besides, which is open all the time. */
const ALERTS = 100;

const selector = (metric: number, instance: number): string => `metric_${metric}{instance="${instance}"}`;

/** Of ten rules five look at the newest sample, three at a rate and two at an average over five minutes; each has a threshold of its own. */
function expression(metric: number, instance: number): string {
  const series = selector(metric, instance);
  const kind = (metric + instance) % 10;
  const threshold = 1e9 + metric * INSTANCES + instance;
  if (kind < 5) return `${series} > ${threshold}`;
  return kind < 8 ? `rate(${series}[5m]) > ${threshold}` : `avg_over_time(${series}[5m]) > ${threshold}`;
}

/** What 10,000 rules, one on each of 10,000 series, cost a sample: windows and rules alone, without storage and detectors. */
export async function streamingRules(): Promise<void> {
  measure(0);
  measure(ALERTS);
  return Promise.resolve();
}

function measure(alerts: number): void {
  const nowhere = { query: () => [], externalUrl: "", nowMs: 0 };
  const rules = Array.from({ length: METRICS * INSTANCES }, (_, i) => {
    const [metric, instance] = [Math.floor(i / INSTANCES), i % INSTANCES];
    return alertRule(`Rule${i}`, expression(metric, instance));
  }).concat(Array.from({ length: alerts }, (_, i) => alertRule(`Open${i}`, `${selector(0, i)} >= 0`)));
  // What a rule says of native histograms sleeps until a sample of one comes.
  const compiled = compileGroups([{ name: "bench", intervalMs: SPACING_MS, rules }], START).rules.filter((rule) => !rule.ofHistograms);
  if (compiled.some(({ program }) => program === null)) throw new Error("a rule of the bench does not stream");
  const streaming = new StreamingRules(new AlertBook(() => nowhere));
  streaming.configure(compiled, () => []);
  for (let i = 0; i < METRICS * INSTANCES; i++)
    streaming.addSeries(i, { __name__: `metric_${Math.floor(i / INSTANCES)}`, instance: String(i % INSTANCES), job: "bench" });
  const random = randomSource(1);
  const took: number[] = [];
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const t = START + scrape * SPACING_MS;
    const values = Float64Array.from({ length: METRICS * INSTANCES }, () => random() * 1000);
    const started = performance.now();
    for (let ref = 0; ref < values.length; ref++) streaming.observe(ref, t, values[ref] ?? 0, t);
    took.push(((performance.now() - started) * 1e6) / values.length);
  }
  // The first scrapes fill the windows and warm the compiler.
  const steady = took.slice(30);
  report("streaming-rules", {
    rules: rules.length,
    series: METRICS * INSTANCES,
    alerts,
    nsPerSampleMedian: round(quantile(steady, 0.5)),
    nsPerSampleBest: round(Math.min(...steady)),
  });
}
