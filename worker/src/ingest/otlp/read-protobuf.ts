import { ProtobufReader } from "../protobuf-reader.ts";
import type { Attributes, MetricData, NumberPoint, OtlpMetric, ResourceMetrics, ScopeMetrics } from "./model.ts";
import { PointBudget } from "./model.ts";
import { readExponentialPoint, readHistogramPoint, readNumberPoint, readSummaryPoint } from "./read-protobuf-point.ts";
import { readAttribute } from "./read-protobuf-value.ts";

/** `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest`. Throws MalformedProtobuf, TooManyPoints. */
export function readProtobufRequest(bytes: Uint8Array): ResourceMetrics[] {
  const resources: ResourceMetrics[] = [];
  const budget = new PointBudget();
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field === 1) resources.push(readResource(reader.message(), budget));
    else reader.skip();
  }
  return resources;
}

function readResource(reader: ProtobufReader, budget: PointBudget): ResourceMetrics {
  let attributes: Attributes = [];
  const scopes: ScopeMetrics[] = [];
  while (reader.next()) {
    if (reader.field === 1) attributes = readAttributesOf(reader.message(), 1);
    else if (reader.field === 2) scopes.push(readScope(reader.message(), budget));
    else reader.skip();
  }
  return { attributes, scopes };
}

function readAttributesOf(reader: ProtobufReader, field: number): Attributes {
  const attributes: (readonly [string, string])[] = [];
  while (reader.next()) {
    if (reader.field === field) attributes.push(readAttribute(reader.message()));
    else reader.skip();
  }
  return attributes;
}

function readScope(reader: ProtobufReader, budget: PointBudget): ScopeMetrics {
  let name = "";
  let version = "";
  const attributes: (readonly [string, string])[] = [];
  const metrics: OtlpMetric[] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      const scope = reader.message();
      while (scope.next()) {
        if (scope.field === 1) name = scope.string();
        else if (scope.field === 2) version = scope.string();
        else if (scope.field === 3) attributes.push(readAttribute(scope.message()));
        else scope.skip();
      }
    } else if (reader.field === 2) metrics.push(readMetric(reader.message(), budget));
    else reader.skip();
  }
  return { name, version, attributes, metrics };
}

function readMetric(reader: ProtobufReader, budget: PointBudget): OtlpMetric {
  let name = "";
  let description = "";
  let unit = "";
  let data: MetricData = { kind: "none" };
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) description = reader.string();
    else if (reader.field === 3) unit = reader.string();
    else if (reader.field === 5) data = { kind: "gauge", points: readPoints(reader.message(), budget, readNumberPoint).points };
    else if (reader.field === 7) data = { kind: "sum", ...readPoints<NumberPoint>(reader.message(), budget, readNumberPoint) };
    else if (reader.field === 9) data = { kind: "histogram", ...readPoints(reader.message(), budget, readHistogramPoint) };
    else if (reader.field === 10) data = { kind: "exponential", ...readPoints(reader.message(), budget, readExponentialPoint) };
    else if (reader.field === 11) data = { kind: "summary", points: readPoints(reader.message(), budget, readSummaryPoint).points };
    else reader.skip();
  }
  return { name, description, unit, data };
}

/** Gauge, Sum, Histogram, ExponentialHistogram and Summary number their fields alike: points, temporality, is_monotonic. */
function readPoints<P>(
  reader: ProtobufReader,
  budget: PointBudget,
  readPoint: (reader: ProtobufReader) => P,
): { readonly points: readonly P[]; readonly temporality: number; readonly monotonic: boolean } {
  const points: P[] = [];
  let temporality = 0;
  let monotonic = false;
  while (reader.next()) {
    if (reader.field === 1) {
      budget.take();
      points.push(readPoint(reader.message()));
    } else if (reader.wireType !== 0) reader.skip();
    else if (reader.field === 2) temporality = reader.uint();
    else if (reader.field === 3) monotonic = reader.uint() !== 0;
    else reader.skip();
  }
  return { points, temporality, monotonic };
}
