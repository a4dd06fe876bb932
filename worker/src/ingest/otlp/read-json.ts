import type { BodyBudget } from "../body-budget.ts";
import { type AttributeValue, MAX_VALUE_DEPTH, attributeText } from "./attribute-text.ts";
import type { Attributes, ExponentialBuckets, MetricData, OtlpMetric, ResourceMetrics, ScopeMetrics } from "./model.ts";
import { MalformedMessage, NO_RECORDED_VALUE } from "./model.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * ExportMetricsServiceRequest in OTLP's JSON (lowerCamelCase, 64-bit integers as text or numbers, NaN and Infinity as
 * text), parsed already; unknown fields are passed over. Throws MalformedMessage, TooMany.
 */
export function readJsonRequest(body: unknown, budget: BodyBudget): ResourceMetrics[] {
  return list(object(body, "the body"), "resourceMetrics", (resource) => {
    budget.take("resources");
    return {
      attributes: attributesOf(object(resource["resource"] ?? {}, "resource"), budget),
      scopes: list(resource, "scopeMetrics", (scope) => readScope(scope, budget)),
    };
  });
}

function readScope(fields: Fields, budget: BodyBudget): ScopeMetrics {
  budget.take("scopes");
  const scope = object(fields["scope"] ?? {}, "scope");
  return {
    name: text(scope, "name"),
    version: text(scope, "version"),
    schemaUrl: text(fields, "schemaUrl"),
    attributes: attributesOf(scope, budget),
    metrics: list(fields, "metrics", (metric) => readMetric(metric, budget)),
  };
}

function readMetric(metric: Fields, budget: BodyBudget): OtlpMetric {
  budget.take("metrics");
  return {
    name: text(metric, "name"),
    description: text(metric, "description"),
    unit: text(metric, "unit"),
    data: readData(metric, budget),
  };
}

function readData(metric: Fields, budget: BodyBudget): MetricData {
  const points = <P>(data: Fields, read: (point: Fields, budget: BodyBudget) => P): P[] =>
    list(data, "dataPoints", (point) => {
      budget.take("data points");
      return read(point, budget);
    });
  const dataOf = (name: string): Fields | null => (given(metric[name]) ? object(metric[name], name) : null);
  const gauge = dataOf("gauge");
  if (gauge !== null) return { kind: "gauge", points: points(gauge, readNumber) };
  const sum = dataOf("sum");
  if (sum !== null)
    return { kind: "sum", points: points(sum, readNumber), temporality: temporalityOf(sum), monotonic: sum["isMonotonic"] === true };
  const histogram = dataOf("histogram");
  if (histogram !== null) return { kind: "histogram", points: points(histogram, readHistogram), temporality: temporalityOf(histogram) };
  const exponential = dataOf("exponentialHistogram");
  if (exponential !== null)
    return { kind: "exponential", points: points(exponential, readExponential), temporality: temporalityOf(exponential) };
  const summary = dataOf("summary");
  if (summary !== null) return { kind: "summary", points: points(summary, readSummary) };
  return { kind: "none" };
}

/** OTLP writes enums as numbers; the names of protobuf's own JSON are understood as well. */
function temporalityOf(data: Fields): number {
  const temporality = data["aggregationTemporality"] ?? 0;
  if (temporality === "AGGREGATION_TEMPORALITY_DELTA") return 1;
  if (temporality === "AGGREGATION_TEMPORALITY_CUMULATIVE") return 2;
  return typeof temporality === "number" ? temporality : 0;
}

const pointOf = (fields: Fields, budget: BodyBudget) => ({
  attributes: attributesOf(fields, budget),
  t: timeOf(fields),
  ended: number(fields, "flags", 0) % 2 === NO_RECORDED_VALUE,
});

/** Those that are too many for one body are left out. */
const withExemplars = (fields: Fields, budget: BodyBudget) => ({
  ...pointOf(fields, budget),
  exemplars: list(fields, "exemplars", (one) => (budget.spare("exemplars") ? readExemplar(one, budget) : null)).filter(
    (one) => one !== null,
  ),
});

const readExemplar = (fields: Fields, budget: BodyBudget) => ({
  attributes: attributesOf(fields, budget, "filteredAttributes"),
  traceId: text(fields, "traceId"),
  spanId: text(fields, "spanId"),
  t: timeOf(fields),
  value: given(fields["asDouble"]) ? number(fields, "asDouble", 0) : number(fields, "asInt", 0),
});

const readNumber = (fields: Fields, budget: BodyBudget) => ({
  ...withExemplars(fields, budget),
  value: given(fields["asDouble"]) ? number(fields, "asDouble", 0) : given(fields["asInt"]) ? number(fields, "asInt", 0) : null,
});

const readHistogram = (fields: Fields, budget: BodyBudget) => ({
  ...withExemplars(fields, budget),
  count: counted(fields, "count"),
  sum: given(fields["sum"]) ? number(fields, "sum", 0) : null,
  bucketCounts: numbers(fields, "bucketCounts", budget),
  explicitBounds: numbers(fields, "explicitBounds", budget),
});

const readExponential = (fields: Fields, budget: BodyBudget) => ({
  ...withExemplars(fields, budget),
  count: counted(fields, "count"),
  sum: given(fields["sum"]) ? number(fields, "sum", 0) : null,
  scale: number(fields, "scale", 0),
  zeroCount: counted(fields, "zeroCount"),
  zeroThreshold: number(fields, "zeroThreshold", 0),
  positive: bucketsOf(fields["positive"], budget),
  negative: bucketsOf(fields["negative"], budget),
});

const readSummary = (fields: Fields, budget: BodyBudget) => ({
  ...pointOf(fields, budget),
  count: counted(fields, "count"),
  sum: number(fields, "sum", 0),
  quantiles: list(fields, "quantileValues", (one) => {
    budget.take("buckets");
    return { quantile: number(one, "quantile", 0), value: number(one, "value", 0) };
  }),
});

function bucketsOf(value: unknown, budget: BodyBudget): ExponentialBuckets {
  const fields = object(value ?? {}, "buckets");
  return { offset: number(fields, "offset", 0), counts: numbers(fields, "bucketCounts", budget) };
}

/** Nanoseconds do not fit a double: the text is cut where ms end. */
function timeOf(fields: Fields): number {
  const nanos = fields["timeUnixNano"] ?? 0;
  if (typeof nanos === "number" && nanos >= 0) return Math.round(nanos / 1e6);
  if (typeof nanos === "string" && /^\d{0,20}$/.test(nanos)) return Number(nanos.slice(0, -6));
  throw new MalformedMessage(`timeUnixNano is ${shown(nanos)}, not nanoseconds since 1970`);
}

function attributesOf(fields: Fields, budget: BodyBudget, name = "attributes"): Attributes {
  return list(fields, name, (pair) => [text(pair, "key"), attributeText(anyValue(pair["value"], 0, budget))] as const);
}

function anyValue(value: unknown, depth: number, budget: BodyBudget): AttributeValue {
  budget.take("labels");
  if (!given(value)) return null;
  if (depth > MAX_VALUE_DEPTH) throw new MalformedMessage(`an attribute's value is nested deeper than ${MAX_VALUE_DEPTH}`);
  const fields = object(value, "an attribute's value");
  if (typeof fields["stringValue"] === "string") return fields["stringValue"].toWellFormed();
  if (typeof fields["boolValue"] === "boolean") return fields["boolValue"];
  if (given(fields["intValue"])) return integer(fields["intValue"]);
  if (given(fields["doubleValue"])) return number(fields, "doubleValue", 0);
  if (typeof fields["bytesValue"] === "string") return fields["bytesValue"].toWellFormed();
  if (given(fields["arrayValue"]))
    return list(object(fields["arrayValue"], "arrayValue"), "values", (one) => anyValue(one, depth + 1, budget));
  if (given(fields["kvlistValue"])) {
    const pairs = list(
      object(fields["kvlistValue"], "kvlistValue"),
      "values",
      (pair) => [text(pair, "key"), anyValue(pair["value"], depth + 1, budget)] as const,
    );
    return new Map(pairs);
  }
  return null;
}

/** protobuf's JSON writes absent fields as null, too. */
const given = (value: unknown): boolean => value !== undefined && value !== null;

function object(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new MalformedMessage(`${what} is ${shown(value)}, not an object`);
  return value as Fields;
}

function list<T>(fields: Fields, name: string, read: (item: Fields) => T): T[] {
  const items = fields[name] ?? [];
  if (!Array.isArray(items)) throw new MalformedMessage(`${name} is ${shown(items)}, not a list`);
  return items.map((item, index) => read(object(item, `${name}[${index}]`)));
}

function text(fields: Fields, name: string): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string") throw new MalformedMessage(`${name} is ${shown(value)}, not text`);
  return value.toWellFormed();
}

function asNumber(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value === "string" && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return Number(value);
  throw new MalformedMessage(`${name} is ${shown(value)}, not a number`);
}

/** 64-bit integers come as text, whose digits a double may not hold. */
function integer(value: unknown): number | bigint {
  const near = asNumber(value, "intValue");
  return typeof value === "string" && !Number.isSafeInteger(near) && INT64.test(value) ? BigInt(value) : near;
}

const INT64 = /^-?\d{1,19}$/;

const number = (fields: Fields, name: string, otherwise: number): number =>
  given(fields[name]) ? asNumber(fields[name], name) : otherwise;

function counted(fields: Fields, name: string): number {
  const value = number(fields, name, 0);
  if (!Number.isInteger(value) || value < 0) throw new MalformedMessage(`${name} is ${shown(fields[name])}, not a count`);
  return value;
}

function numbers(fields: Fields, name: string, budget: BodyBudget): number[] {
  const items = fields[name] ?? [];
  if (!Array.isArray(items)) throw new MalformedMessage(`${name} is ${shown(items)}, not a list`);
  budget.take("buckets", items.length);
  return items.map((item) => asNumber(item, name));
}

/** What stands there, in a few words; lists and objects may be as large as the body. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value).slice(0, 60);
}
