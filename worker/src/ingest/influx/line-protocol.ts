import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import { collectdMetadata } from "./collectd-types.ts";
import { prometheusLabels, prometheusMetricName } from "../prometheus-name.ts";
import { BadLine, type Line, LineScanner } from "@sightline/shared/line-protocol/line-scanner";
import { type Precision, timeInMs } from "@sightline/shared/line-protocol/precision";

/** Values of numeric fields in one request. */
const MAX_SAMPLES = 500_000;
/** A body with more is not line protocol, and each costs as much as ten good ones. */
const MAX_REFUSED_LINES = 50_000;
/** Line protocol says neither. */
const UNTOLD: MetricMetadata = { type: "unknown", unit: "", help: "" };

interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface DecodedLines {
  readonly batch: SampleBatch;
  /** The line that first gave each series of the batch a sample. */
  readonly lineOf: readonly number[];
  readonly samples: number;
  /** Lines that can never be taken, the first hundred; nothing of such a line is in the batch. */
  readonly refused: readonly RefusedLine[];
  readonly refusedLines: number;
  readonly refusedByCode: Readonly<Record<string, number>>;
  /** Fields that hold text, of which a store of numbers keeps nothing. */
  readonly textFields: number;
}

/** What all points of the same measurement and tags have in common. */
interface Head {
  /** Of the tags, and `db`. */
  readonly labels: Labels;
  readonly measurement: string;
  readonly metadata: MetricMetadata;
  readonly byField: Map<string, GrowingSeries>;
}

interface GrowingSeries {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly line: number;
  readonly timestamps: number[];
  readonly values: number[];
}

/**
 * Influx line protocol. A field becomes the series `measurement_field{tags}`, a field named `value` the measurement alone;
 * booleans are 1 and 0. `nowMs` is the time of lines without one. A database becomes the label `db` of lines that have no
 * such tag, as in VictoriaMetrics. Types and units are told of collectd's lines alone. Failures: `too_many_samples`, `too_many_bad_lines`.
 */
export function decodeLineProtocol(text: string, precision: Precision, nowMs: number, database = ""): Result<DecodedLines> {
  const scanner = new LineScanner(text);
  const heads = new Map<string, Head>();
  const found: GrowingSeries[] = [];
  const refused: RefusedLine[] = [];
  const refusedByCode: Record<string, number> = {};
  let refusedLines = 0;
  let samples = 0;
  let textFields = 0;

  const keep = (line: Line): void => {
    const t = line.time === null ? nowMs : timeInMs(line.time, precision);
    if (t === null) throw new BadLine(`the time ${line.time ?? ""} is no date in the precision ${precision}; say another with precision=`);
    const points: { readonly field: string; readonly value: number; readonly series: GrowingSeries }[] = [];
    let head: Head | null = null;
    for (const [field, value] of line.fields) {
      if (value === "text") continue;
      head ??= heads.get(line.head) ?? beginHead(line, database);
      points.push({ field, value, series: head.byField.get(field) ?? begin(head, field, scanner.line) });
    }
    if (head !== null) {
      heads.set(line.head, head);
      for (const { field, value, series } of points) {
        const own = head.byField.get(field) ?? series;
        if (own.values.length === 0) {
          head.byField.set(field, own);
          found.push(own);
        }
        own.timestamps.push(t);
        own.values.push(value);
      }
    }
    samples += points.length;
    textFields += line.fields.length - points.length;
  };

  for (;;) {
    let line: Line | null = null;
    try {
      line = scanner.next();
      if (line === null) break;
      keep(line);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      if (refusedLines === MAX_REFUSED_LINES) {
        const first = refused[0]?.message ?? "";
        return fail("too_many_bad_lines", `More than ${MAX_REFUSED_LINES} lines cannot be read; the first: ${first}. Nothing was kept.`);
      }
      refusedByCode[error.code] = (refusedByCode[error.code] ?? 0) + 1;
      if (refusedLines++ < 100) refused.push({ line: scanner.line, message: error.message });
      if (line === null) scanner.recover();
    }
    if (samples > MAX_SAMPLES)
      return fail("too_many_samples", `The request holds more than ${MAX_SAMPLES} values. Nothing was kept; send it in parts.`);
  }
  const series = found.map(({ labels, metadata, timestamps, values }) => ({
    labels,
    metadata,
    temporality: "cumulative" as const,
    timestamps: Float64Array.from(timestamps),
    values: Float64Array.from(values),
  }));
  return ok({ batch: { series }, lineOf: found.map(({ line }) => line), samples, refused, refusedLines, refusedByCode, textFields });
}

/** Measurement and tags as a line gives them for the first time. Throws BadLine when no series may be called so. */
function beginHead({ measurement, tags }: Line, database: string): Head {
  const keys = new Set<string>();
  for (const [key] of tags) {
    if (keys.has(key)) throw new BadLine(`the tag ${key.slice(0, 80)} stands twice; send it once`, "duplicate_label");
    keys.add(key);
  }
  const labels = { ...(database === "" ? {} : { db: database }), ...prometheusLabels(tags) };
  // Once for all of its fields, which are many where tags are long or many, too.
  refuseLabels({ ...labels, [METRIC_NAME]: prometheusMetricName(measurement) });
  return { labels, measurement, metadata: collectdMetadata(tags) ?? UNTOLD, byField: new Map() };
}

function begin(head: Head, field: string, at: number): GrowingSeries {
  const name = field === "value" ? head.measurement : `${head.measurement}_${field}`;
  const labels = { ...head.labels, [METRIC_NAME]: prometheusMetricName(name) };
  refuseLabels(labels);
  return { labels, metadata: head.metadata, line: at, timestamps: [], values: [] };
}

function refuseLabels(labels: Labels): void {
  const refusal = judgeLabels(labels);
  if (refusal !== null) throw new BadLine(refusal.message, refusal.code);
}
