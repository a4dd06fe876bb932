import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import { prometheusLabels, prometheusMetricName } from "../prometheus-name.ts";
import { BadLine, type Line, LineScanner } from "@sightline/shared/line-protocol/line-scanner";
import { type Precision, timeInMs } from "@sightline/shared/line-protocol/precision";

/** Values of numeric fields in one request. */
const MAX_SAMPLES = 500_000;
const METADATA: MetricMetadata = { type: "unknown", unit: "", help: "" };

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
  /** Fields that hold text, of which a store of numbers keeps nothing. */
  readonly textFields: number;
}

interface GrowingSeries {
  readonly labels: Labels;
  readonly line: number;
  readonly timestamps: number[];
  readonly values: number[];
}

/**
 * Influx line protocol. A field becomes the series `measurement_field{tags}`, a field named `value` the measurement alone;
 * booleans are 1 and 0. `nowMs` is the time of lines without one. A database becomes the label `db` of lines that have no
 * such tag, as in VictoriaMetrics. Failure: `too_many_samples`.
 */
export function decodeLineProtocol(text: string, precision: Precision, nowMs: number, database = ""): Result<DecodedLines> {
  const scanner = new LineScanner(text);
  const found = new Map<string, GrowingSeries>();
  const refused: RefusedLine[] = [];
  let refusedLines = 0;
  let samples = 0;
  let textFields = 0;

  const keep = (line: Line): void => {
    const t = line.time === null ? nowMs : timeInMs(line.time, precision);
    if (t === null) throw new BadLine(`the time ${line.time ?? ""} is no date in the precision ${precision}; say another with precision=`);
    const points: { readonly series: GrowingSeries; readonly key: string; readonly value: number }[] = [];
    for (const [field, value] of line.fields) {
      if (value === "text") continue;
      const key = `${line.head}\n${field}`;
      points.push({ series: found.get(key) ?? begin(line, field, scanner.line, database), key, value });
    }
    for (const { series, key, value } of points) {
      found.set(key, series);
      series.timestamps.push(t);
      series.values.push(value);
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
      if (refusedLines++ < 100) refused.push({ line: scanner.line, message: error.message });
      if (line === null) scanner.recover();
    }
    if (samples > MAX_SAMPLES)
      return fail("too_many_samples", `The request holds more than ${MAX_SAMPLES} values. Nothing was kept; send it in parts.`);
  }
  const series = [...found.values()].map(({ labels, timestamps, values }) => ({
    labels,
    metadata: METADATA,
    temporality: "cumulative" as const,
    timestamps: Float64Array.from(timestamps),
    values: Float64Array.from(values),
  }));
  return ok({ batch: { series }, lineOf: [...found.values()].map(({ line }) => line), samples, refused, refusedLines, textFields });
}

/** A series as its first line names it. Throws BadLine when no series may be called so. */
function begin(line: Line, field: string, at: number, database: string): GrowingSeries {
  const name = field === "value" ? line.measurement : `${line.measurement}_${field}`;
  const db = database === "" ? {} : { db: database };
  const labels = { ...db, ...prometheusLabels(line.tags), [METRIC_NAME]: prometheusMetricName(name) };
  const refusal = judgeLabels(labels);
  if (refusal !== null) throw new BadLine(refusal.message);
  return { labels, line: at, timestamps: [], values: [] };
}
