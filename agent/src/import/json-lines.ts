import { basename } from "node:path";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, putLabel } from "@sightline/shared/model/labels";
import { METRIC_TYPES, type MetricMetadata } from "@sightline/shared/model/metric";
import { type BatchSeries, STALE_NAN, putStale } from "@sightline/shared/model/sample";
import { judgeHistogram } from "@sightline/shared/protocol/judge-histogram";
import type { ImportSource, Refuse } from "./import-source.ts";
import { contentHash, textLines } from "./text-lines.ts";

/** As an export of Sightline has it; nothing is known where it is missing. */
function metadataOf(value: unknown): MetricMetadata {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  return { type: METRIC_TYPES.find((type) => type === fields["type"]) ?? "unknown", unit: text("unit"), help: text("help").slice(0, 1024) };
}

/** Numbers, and what JSON has no number for. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : null;
}

function labelsOf(metric: unknown): Labels | null {
  if (typeof metric !== "object" || metric === null || Array.isArray(metric)) return null;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(metric)) {
    if (typeof value !== "string") return null;
    putLabel(labels, name, value);
  }
  return labels;
}

const SHAPE = ["schema", "count", "sum", "zeroThreshold", "zeroCount"] as const;
const LISTS = ["positiveSpans", "positiveBuckets", "negativeSpans", "negativeBuckets"] as const;

function histogramOf(value: unknown): NativeHistogram | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  const numbers: Record<string, number> = {};
  for (const name of SHAPE) {
    // The sum of a stale histogram is null.
    const number = fields[name] === null ? STALE_NAN : numberOf(fields[name]);
    if (number === null) return null;
    numbers[name] = number;
  }
  if (LISTS.some((name) => !Array.isArray(fields[name]))) return null;
  const spans = [fields["positiveSpans"], fields["negativeSpans"]].flat() as readonly unknown[];
  if (spans.some((span) => typeof span !== "object" || span === null)) return null;
  const buckets = [fields["positiveBuckets"], fields["negativeBuckets"], fields["customValues"] ?? []].flat() as readonly unknown[];
  if (buckets.some((count) => typeof count !== "number")) return null;
  return { ...(fields as unknown as NativeHistogram), ...numbers };
}

/** One line as a column, or a sentence why it is none. */
export function readJsonLine(text: string): BatchSeries | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  const line = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const labels = labelsOf(line["metric"]);
  if (labels === null) return "metric is no object of texts";
  const times: unknown = line["timestamps"];
  const items: unknown = line["values"] ?? line["histograms"];
  if (!Array.isArray(times) || !Array.isArray(items)) return "timestamps, and values or histograms, must be lists";
  if (times.length !== items.length) return `it has ${times.length} timestamps for ${items.length} values`;
  const timestamps = new Float64Array(times.length);
  const values = new Float64Array(times.length);
  const histograms: NativeHistogram[] = [];
  for (let i = 0; i < times.length; i++) {
    const t: unknown = times[i];
    if (typeof t !== "number" || !Number.isInteger(t)) return `timestamps[${i}] is ${JSON.stringify(t)}, not a whole number of ms`;
    timestamps[i] = t;
    // The stale marker is null.
    if (line["values"] !== undefined && items[i] === null) putStale(values, i);
    else if (line["values"] !== undefined) {
      const value = numberOf(items[i]);
      if (value === null) return `values[${i}] is ${JSON.stringify(items[i])}`;
      values[i] = value;
    } else {
      const histogram = histogramOf(items[i]);
      if (histogram === null) return `histograms[${i}] is not whole`;
      const fault = judgeHistogram(histogram);
      if (fault !== null) return `histograms[${i}]: ${fault.message}`;
      histograms.push(histogram);
    }
  }
  const columns = { labels, metadata: metadataOf(line["metadata"]), temporality: "cumulative" as const, timestamps, values };
  return line["values"] === undefined ? { ...columns, histograms } : columns;
}

/** JSON lines of `/v1/export?format=json`, or of VictoriaMetrics' `/api/v1/export`. */
export function jsonLinesSource(path: string): ImportSource {
  return {
    name: basename(path),
    identity: () => contentHash([path]),
    async *series(refuse: Refuse) {
      let number = 0;
      for await (const text of textLines(path)) {
        number++;
        if (text === "" || text === "\r") continue;
        const column = readJsonLine(text);
        if (typeof column === "string") refuse("malformed_line", 1, `line ${number}: ${column}`);
        else yield column;
      }
    },
  };
}
