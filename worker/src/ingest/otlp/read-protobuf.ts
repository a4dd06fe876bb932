import type { BodyBudget } from "../body-budget.ts";
import { ProtobufReader } from "../protobuf-reader.ts";
import type { Attributes, MetricData, NumberPoint, OtlpMetric, ResourceMetrics, ScopeMetrics } from "./model.ts";
import { readExponentialPoint, readHistogramPoint, readNumberPoint, readSummaryPoint } from "./read-protobuf-point.ts";
import { readAttribute } from "./read-protobuf-value.ts";

/** `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest`. Throws MalformedProtobuf, TooMany. */
export function readProtobufRequest(bytes: Uint8Array, budget: BodyBudget): ResourceMetrics[] {
  const resources: ResourceMetrics[] = [];
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field === 1) resources.push(readResource(reader.message(), budget));
    else reader.skip();
  }
  return resources;
}

function readResource(reader: ProtobufReader, budget: BodyBudget): ResourceMetrics {
  let attributes: Attributes = [];
  const scopes: ScopeMetrics[] = [];
  budget.take("resources");
  while (reader.next()) {
    if (reader.field === 1) attributes = readAttributesOf(reader.message(), budget);
    else if (reader.field === 2) scopes.push(readScope(reader.message(), budget));
    else reader.skip();
  }
  return { attributes, scopes };
}

function readAttributesOf(reader: ProtobufReader, budget: BodyBudget): Attributes {
  const attributes: (readonly [string, string])[] = [];
  while (reader.next()) {
    if (reader.field === 1) attributes.push(readAttribute(reader.message(), budget));
    else reader.skip();
  }
  return attributes;
}

function readScope(reader: ProtobufReader, budget: BodyBudget): ScopeMetrics {
  let name = "";
  let version = "";
  let schemaUrl = "";
  const attributes: (readonly [string, string])[] = [];
  const metrics: OtlpMetric[] = [];
  budget.take("scopes");
  while (reader.next()) {
    if (reader.field === 1) {
      const scope = reader.message();
      while (scope.next()) {
        if (scope.field === 1) name = scope.string();
        else if (scope.field === 2) version = scope.string();
        else if (scope.field === 3) attributes.push(readAttribute(scope.message(), budget));
        else scope.skip();
      }
    } else if (reader.field === 2) metrics.push(readMetric(reader.message(), budget));
    else if (reader.field === 3) schemaUrl = reader.string();
    else reader.skip();
  }
  return { name, version, schemaUrl, attributes, metrics };
}

function readMetric(reader: ProtobufReader, budget: BodyBudget): OtlpMetric {
  let name = "";
  let description = "";
  let unit = "";
  let data: MetricData = { kind: "none" };
  budget.take("metrics");
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
  budget: BodyBudget,
  readPoint: (reader: ProtobufReader, budget: BodyBudget) => P,
): { readonly points: readonly P[]; readonly temporality: number; readonly monotonic: boolean } {
  const points: P[] = [];
  let temporality = 0;
  let monotonic = false;
  while (reader.next()) {
    if (reader.field === 1) {
      budget.take("data points");
      points.push(readPoint(reader.message(), budget));
    } else if (reader.wireType !== 0) reader.skip();
    else if (reader.field === 2) temporality = reader.uint();
    else if (reader.field === 3) monotonic = reader.uint() !== 0;
    else reader.skip();
  }
  return { points, temporality, monotonic };
}
