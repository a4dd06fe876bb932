import type { MetricMetadata } from "@sightline/shared/model/metric";
import { type BatchSeries, isStale, isStaleAt } from "@sightline/shared/model/sample";
import type { ExportFormat, ExportWriter } from "./export-format.ts";

/** What JSON has no number for: null is the stale marker, every other NaN is "NaN". */
function jsonValueAt(values: Float64Array, at: number): string {
  const value = values[at] as number;
  if (value - value === 0) return Object.is(value, -0) ? "-0" : String(value);
  if (value === Infinity) return '"Infinity"';
  if (value === -Infinity) return '"-Infinity"';
  return isStaleAt(values, at) ? "null" : '"NaN"';
}

/** What is known of the family, where anything is; VictoriaMetrics passes over it. */
function metadataText({ type, unit, help }: MetricMetadata): string {
  return type === "unknown" && unit === "" && help === "" ? "" : `,"metadata":${JSON.stringify({ type, unit, help })}`;
}

function line(metric: string, timestamps: string, column: "values" | "histograms", items: string, metadata: string): string {
  return `{"metric":${metric},"timestamps":[${timestamps}],"${column}":[${items}]${metadata}}\n`;
}

/**
 * JSON lines as VictoriaMetrics exports and imports them: `{"metric":{…},"timestamps":[…],"values":[…]}`, times in ms,
 * with `metadata` behind where a type, unit or help is known.
 * Native histograms stand in lines of their own with `histograms` (model/histogram.ts) in place of `values`.
 */
class JsonLinesWriter implements ExportWriter {
  begin(): string {
    return "";
  }

  series({ labels, metadata, timestamps, values, histograms }: BatchSeries): string {
    const metric = JSON.stringify(labels);
    const about = metadataText(metadata);
    let times = "";
    let items = "";
    let histogramTimes = "";
    let histogramItems = "";
    for (let i = 0; i < timestamps.length; i++) {
      const histogram = histograms?.[i];
      if (histogram === undefined) {
        times += times === "" ? String(timestamps[i]) : `,${timestamps[i] as number}`;
        const value = jsonValueAt(values, i);
        items += items === "" ? value : `,${value}`;
      } else {
        histogramTimes += histogramTimes === "" ? String(timestamps[i]) : `,${timestamps[i] as number}`;
        const value = JSON.stringify(histogram, finiteOrText);
        histogramItems += histogramItems === "" ? value : `,${value}`;
      }
    }
    return (
      (times === "" ? "" : line(metric, times, "values", items, about)) +
      (histogramTimes === "" ? "" : line(metric, histogramTimes, "histograms", histogramItems, about))
    );
  }

  end(): string {
    return "";
  }
}

/** JSON.stringify would make null of them, and 0 of -0; a histogram's sum may be any of these but the last. */
function finiteOrText(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return isStale(value) ? null : value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN";
}

export const JSON_LINES: ExportFormat = {
  mediaType: "application/stream+json; charset=utf-8",
  extension: "jsonl",
  writer: () => new JsonLinesWriter(),
};
