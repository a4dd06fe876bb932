import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import { type BatchSeries, isStaleAt } from "@sightline/shared/model/sample";
import { sortTexts } from "@sightline/shared/model/text-order";
import type { ExportFormat, ExportWriter } from "./export-format.ts";
import { formatFloatShort } from "@sightline/shared/promql/json/float-format";
import { plainSeries } from "./split-histograms.ts";

const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const CLASSIC_SUFFIX = /_(?:bucket|sum|count)$/;

const escapeValue = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const quoted = (text: string): string => `"${escapeValue(text)}"`;

/** A metric's name in HELP and TYPE. */
export const familyText = (name: string): string => (PLAIN_METRIC.test(name) ? name : quoted(name));

/** `name{a="b"}`; names that the old grammar lacks are quoted inside the braces, as Prometheus 3 writes and reads them. */
export function seriesText(labels: Labels, suffix: string): string {
  const name = `${labels[METRIC_NAME] ?? ""}${suffix}`;
  const plain = PLAIN_METRIC.test(name);
  const pairs = plain || name === "" ? [] : [quoted(name)];
  for (const label of sortTexts(Object.keys(labels))) {
    if (label === METRIC_NAME) continue;
    pairs.push(`${PLAIN_LABEL.test(label) ? label : quoted(label)}=${quoted(labels[label] ?? "")}`);
  }
  return `${plain ? name : ""}${pairs.length === 0 && plain ? "" : `{${pairs.join(",")}}`}`;
}

/** What the text format 0.0.4 has no word for is said as the nearest one that it has. */
const TEXT_TYPES: Partial<Record<MetricType, string>> = {
  unknown: "untyped",
  gaugehistogram: "histogram",
  info: "gauge",
  stateset: "gauge",
};

/** Text format 0.0.4 with timestamps in ms. Stale markers are left out: read as text they would be NaN. */
class PrometheusTextWriter implements ExportWriter {
  readonly #described = new Set<string>();

  begin(): string {
    return "";
  }

  series(one: BatchSeries): string {
    let text = "";
    for (const { suffix, timestamps, values } of plainSeries(one)) {
      const head = seriesText(one.labels, suffix);
      let lines = "";
      for (let i = 0; i < timestamps.length; i++) {
        if (!isStaleAt(values, i)) lines += `${head} ${formatFloatShort(values[i] as number)} ${timestamps[i] as number}\n`;
      }
      if (lines !== "") text += this.#family(one.labels[METRIC_NAME] ?? "", one.metadata) + lines;
    }
    return text;
  }

  end(): string {
    return "";
  }

  /** HELP and TYPE, once a family. */
  #family(metric: string, { type, help }: MetricMetadata): string {
    const classic = type === "histogram" || type === "summary" || type === "gaugehistogram";
    const family = classic ? metric.replace(CLASSIC_SUFFIX, "") : metric;
    if (this.#described.has(family) || family === "") return "";
    this.#described.add(family);
    const name = familyText(family);
    const helpLine = help === "" ? "" : `# HELP ${name} ${escapeHelp(help)}\n`;
    return `${helpLine}# TYPE ${name} ${TEXT_TYPES[type] ?? type}\n`;
  }
}

export const PROMETHEUS_TEXT: ExportFormat = {
  mediaType: "text/plain; version=0.0.4; charset=utf-8",
  extension: "prom",
  writer: () => new PrometheusTextWriter(),
};
