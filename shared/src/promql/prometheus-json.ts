/** Prometheus's HTTP API success body, `{"status":"success","data":{"resultType":…,"result":…}}`. */
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import type { QueryResult, QueryValue } from "./api.ts";
import { ascendingBuckets, isCustom } from "./histogram/buckets.ts";
import { formatFloat } from "./json/float-format.ts";

/** A sample's value as the API writes it, `strconv.FormatFloat(v, 'f', -1, 64)`. */
export const formatValue = formatFloat;

/** Ms as seconds with at most three decimals. */
export function formatTime(ms: number): string {
  return String(ms / 1000);
}

function metricJson(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`).join(",")}}`;
}

/** Boundary rule of a bucket: 0 open left, 1 open right, 2 open both, 3 closed both. */
export function histogramJson(h: NativeHistogram): string {
  const buckets = ascendingBuckets(h)
    .filter((bucket) => bucket.count !== 0)
    .map((bucket) => {
      const rule = bucket.zero ? 3 : isCustom(h) ? (bucket.lower === -Infinity ? 3 : 0) : bucket.upper <= 0 && bucket.lower < 0 ? 1 : 0;
      return `[${rule},"${formatFloat(bucket.lower)}","${formatFloat(bucket.upper)}","${formatFloat(bucket.count)}"]`;
    });
  const body = buckets.length === 0 ? "" : `,"buckets":[${buckets.join(",")}]`;
  return `{"count":"${formatFloat(h.count)}","sum":"${formatFloat(h.sum)}"${body}}`;
}

function resultJson(value: QueryValue, out: string[]): void {
  if (value.type === "scalar") out.push(`[${formatTime(value.t)},"${formatFloat(value.value)}"]`);
  else if (value.type === "string") out.push(`[${formatTime(value.t)},${JSON.stringify(value.value)}]`);
  else if (value.type === "vector") {
    out.push("[");
    value.samples.forEach((sample, i) => {
      const point =
        sample.histogram === undefined
          ? `"value":[${formatTime(sample.t)},"${formatFloat(sample.value)}"]`
          : `"histogram":[${formatTime(sample.t)},${histogramJson(sample.histogram)}]`;
      out.push(`${i === 0 ? "" : ","}{"metric":${metricJson(sample.labels)},${point}}`);
    });
    out.push("]");
  } else {
    out.push("[");
    value.series.forEach((series, i) => {
      const floats: string[] = [];
      const histograms: string[] = [];
      for (let at = 0; at < series.timestamps.length; at++) {
        const time = formatTime(series.timestamps[at] ?? 0);
        const histogram = series.histograms?.[at];
        if (histogram === undefined) floats.push(`[${time},"${formatFloat(series.values[at] ?? 0)}"]`);
        else histograms.push(`[${time},${histogramJson(histogram)}]`);
      }
      const parts = [`"metric":${metricJson(series.labels)}`];
      if (floats.length > 0 || histograms.length === 0) parts.push(`"values":[${floats.join(",")}]`);
      if (histograms.length > 0) parts.push(`"histograms":[${histograms.join(",")}]`);
      out.push(`${i === 0 ? "" : ","}{${parts.join(",")}}`);
    });
    out.push("]");
  }
}

/** The whole body, UTF-8. Warnings and infos are left out when there are none, as Prometheus does. */
export function writeQueryResult(result: QueryResult): Uint8Array {
  const out = [`{"status":"success","data":{"resultType":"${result.value.type}","result":`];
  resultJson(result.value, out);
  out.push("}");
  if (result.warnings.length > 0) out.push(`,"warnings":${JSON.stringify(result.warnings)}`);
  if (result.infos.length > 0) out.push(`,"infos":${JSON.stringify(result.infos)}`);
  out.push("}");
  return encodeUtf8(out.join(""));
}
