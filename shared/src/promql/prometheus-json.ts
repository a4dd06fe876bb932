/** Prometheus's HTTP API success body, `{"status":"success","data":{"resultType":…,"result":…}}`. */
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import { sortTexts } from "../model/text-order.ts";
import type { MatrixSeries, QueryResult, QueryValue, VectorSample } from "./api.ts";
import { ascendingBuckets, isCustom } from "./histogram/buckets.ts";
import { formatFloat, formatSample } from "./json/float-format.ts";

/** A sample's value as the API writes it. */
export const formatValue = formatSample;

/** Ms as seconds, with three decimals or none, as samples have them. */
export function formatTime(ms: number): string {
  return ms % 1000 === 0 ? String(ms / 1000) : (ms / 1000).toFixed(3);
}

/** The time of a scalar or string: as many decimals as it takes. */
const formatPlainTime = (ms: number): string => String(ms / 1000);

function metricJson(labels: Labels): string {
  let text = "{";
  for (const name of sortTexts(Object.keys(labels)))
    text += `${text.length === 1 ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(labels[name])}`;
  return `${text}}`;
}

/** Boundary rule of a bucket: 0 open left, 1 open right, 2 open both, 3 closed both. */
export function histogramJson(h: NativeHistogram): string {
  const buckets = ascendingBuckets(h)
    .filter((bucket) => bucket.count !== 0)
    .map((bucket) => {
      const rule = bucket.zero ? 3 : isCustom(h) ? (bucket.lower === -Infinity ? 3 : 0) : bucket.upper <= 0 && bucket.lower < 0 ? 1 : 0;
      return `[${rule},"${formatSample(bucket.lower)}","${formatSample(bucket.upper)}","${formatSample(bucket.count)}"]`;
    });
  const body = buckets.length === 0 ? "" : `,"buckets":[${buckets.join(",")}]`;
  return `{"count":"${formatSample(h.count)}","sum":"${formatSample(h.sum)}"${body}}`;
}

/** `[time,"` of each sample; series of one answer mostly have the same times, so the last ones are kept. */
class TimePrefixes {
  private times: ArrayLike<number> = [];
  private texts: string[] = [];

  of(timestamps: ArrayLike<number>): readonly string[] {
    const known = this.times;
    let same = known.length === timestamps.length;
    for (let at = 0; same && at < timestamps.length; at++) same = known[at] === timestamps[at];
    if (!same) {
      this.texts = Array.from(timestamps, (ms) => `[${formatTime(ms)},"`);
      this.times = timestamps;
    }
    return this.texts;
  }
}

function seriesJson(series: MatrixSeries, prefixes: TimePrefixes): string {
  const { timestamps, values, histograms } = series;
  const times = prefixes.of(timestamps);
  let floats = "";
  const others: string[] = [];
  for (let at = 0; at < timestamps.length; at++) {
    const histogram = histograms?.[at];
    if (histogram !== undefined) others.push(`[${formatTime(timestamps[at] ?? 0)},${histogramJson(histogram)}]`);
    else floats += `${floats === "" ? "" : ","}${times[at] ?? ""}${formatSample(values[at] ?? 0)}"]`;
  }
  const written = floats !== "" || others.length === 0 ? `,"values":[${floats}]` : "";
  return `{"metric":${metricJson(series.labels)}${written}${others.length > 0 ? `,"histograms":[${others.join(",")}]` : ""}}`;
}

function sampleJson({ labels, t, value, histogram }: VectorSample): string {
  const point =
    histogram === undefined
      ? `"value":[${formatTime(t)},"${formatSample(value)}"]`
      : `"histogram":[${formatTime(t)},${histogramJson(histogram)}]`;
  return `{"metric":${metricJson(labels)},${point}}`;
}

function* resultJson(value: QueryValue): Generator<string> {
  if (value.type === "scalar") yield `[${formatPlainTime(value.t)},"${formatFloat(value.value)}"]`;
  else if (value.type === "string") yield `[${formatPlainTime(value.t)},${JSON.stringify(value.value)}]`;
  else {
    yield "[";
    let before = "";
    if (value.type === "vector") {
      for (const sample of value.samples) {
        yield before + sampleJson(sample);
        before = ",";
      }
    } else {
      const prefixes = new TimePrefixes();
      for (const series of value.series) {
        yield before + seriesJson(series, prefixes);
        before = ",";
      }
    }
    yield "]";
  }
}

const CHUNK_CHARS = 65_536;

/** The body in pieces of about 64 kB, UTF-8, made as they are asked for. Warnings and infos are left out when there are none, as Prometheus does. */
export function* queryResultChunks(result: QueryResult, stats?: string): Generator<Uint8Array> {
  let text = `{"status":"success","data":{"resultType":"${result.value.type}","result":`;
  for (const piece of resultJson(result.value)) {
    text += piece;
    if (text.length < CHUNK_CHARS) continue;
    yield encodeUtf8(text);
    text = "";
  }
  text += stats === undefined ? "}" : `,"stats":${stats}}`;
  if (result.warnings.length > 0) text += `,"warnings":${JSON.stringify(result.warnings)}`;
  if (result.infos.length > 0) text += `,"infos":${JSON.stringify(result.infos)}`;
  yield encodeUtf8(`${text}}`);
}

/** The whole body. `stats`: JSON for `data.stats`. */
export function writeQueryResult(result: QueryResult, stats?: string): Uint8Array<ArrayBuffer> {
  const chunks = [...queryResultChunks(result, stats)];
  const body = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
