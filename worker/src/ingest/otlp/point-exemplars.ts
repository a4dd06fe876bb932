import type { Exemplar } from "@sightline/shared/model/exemplar";
import { exemplarFits } from "@sightline/shared/model/exemplar";
import { prometheusLabels } from "../prometheus-name.ts";
import { attributeLabelName } from "./metric-name.ts";
import type { OtlpExemplar } from "./model.ts";
import type { PointSample } from "./point-series.ts";

/**
 * An OTLP exemplar under Prometheus's names (OpenTelemetry–Prometheus compatibility, "Exemplars"): attributes that
 * would make it too long are left out, the trace stays.
 */
export function toExemplar({ attributes, traceId, spanId, t, value }: OtlpExemplar, pointMs: number): Exemplar {
  const trace = { ...(traceId === "" ? {} : { trace_id: traceId }), ...(spanId === "" ? {} : { span_id: spanId }) };
  const exemplar = { labels: { ...prometheusLabels(attributes, attributeLabelName), ...trace }, value, t: t === 0 ? pointMs : t };
  return exemplarFits(exemplar) ? exemplar : { ...exemplar, labels: trace };
}

/**
 * The place of the sample that the exemplar stands for: of classic buckets the one its value falls into, else the first.
 * Buckets come before all else, their bounds ascending.
 */
export function exemplarSample(samples: readonly PointSample[], value: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const bound = boundOf(samples[middle]);
    if (bound === null || value <= bound) high = middle;
    else low = middle + 1;
  }
  return boundOf(samples[low]) === null ? 0 : low;
}

/** Of a bucket; null of another sample. */
const boundOf = (sample: PointSample | undefined): number | null =>
  sample?.suffix === "_bucket" ? Number((sample.labels["le"] ?? "").replace("+Inf", "Infinity")) : null;
