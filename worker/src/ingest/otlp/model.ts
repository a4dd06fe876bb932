/** An ExportMetricsServiceRequest after reading, whichever encoding it came in; what has no place in the store is left out. */
export type Attributes = readonly (readonly [key: string, value: string])[];

/** 0 unspecified, 1 delta, 2 cumulative. */
type AggregationTemporality = number;

/** `trace_id`, `span_id` and what the sender filtered out of the point's attributes are its labels. */
export interface OtlpExemplar {
  readonly attributes: Attributes;
  /** Hexadecimal; empty without one. */
  readonly traceId: string;
  readonly spanId: string;
  /** Ms since the epoch. */
  readonly t: number;
  readonly value: number;
}

interface Point {
  readonly attributes: Attributes;
  /** Ms since the epoch; 0 when the point has no time. */
  readonly t: number;
  /** The NoRecordedValue flag: the series has ended. */
  readonly ended: boolean;
}

export interface NumberPoint extends Point {
  readonly exemplars: readonly OtlpExemplar[];
  readonly value: number | null;
}

export interface HistogramPoint extends Point {
  readonly exemplars: readonly OtlpExemplar[];
  readonly count: number;
  readonly sum: number | null;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
}

/** Bucket i counts values in (base^(offset+i), base^(offset+i+1)], base = 2^(2^-scale). */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface ExponentialPoint extends Point {
  readonly exemplars: readonly OtlpExemplar[];
  readonly count: number;
  readonly sum: number | null;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

export interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

export type MetricData =
  | { readonly kind: "none" }
  | { readonly kind: "gauge"; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: "sum";
      readonly points: readonly NumberPoint[];
      readonly temporality: AggregationTemporality;
      readonly monotonic: boolean;
    }
  | { readonly kind: "histogram"; readonly points: readonly HistogramPoint[]; readonly temporality: AggregationTemporality }
  | { readonly kind: "exponential"; readonly points: readonly ExponentialPoint[]; readonly temporality: AggregationTemporality }
  | { readonly kind: "summary"; readonly points: readonly SummaryPoint[] };

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: MetricData;
}

export interface ScopeMetrics {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
  readonly metrics: readonly OtlpMetric[];
}

export interface ResourceMetrics {
  readonly attributes: Attributes;
  readonly scopes: readonly ScopeMetrics[];
}

/** Thrown where a JSON request has not the shape of the message; names the place. */
export class MalformedMessage extends Error {}

/** The bit of `DataPointFlags` that says no value was recorded. */
export const NO_RECORDED_VALUE = 1;
