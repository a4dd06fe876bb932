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

/** Which of a point's samples the exemplar stands for: of classic buckets the one its value falls into, else the first. */
export function exemplarSample(samples: readonly PointSample[], value: number): PointSample | undefined {
  const bucket = samples.find(
    ({ suffix, labels }) => suffix === "_bucket" && value <= Number((labels["le"] ?? "").replace("+Inf", "Infinity")),
  );
  return bucket ?? samples[0];
}
