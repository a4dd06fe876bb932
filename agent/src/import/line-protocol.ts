import { basename } from "node:path";
import { BadLine, type Line, LineScanner } from "@sightline/shared/line-protocol/line-scanner";
import { type Precision, timeInMs } from "@sightline/shared/line-protocol/precision";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { GatheredColumns } from "./gathered-columns.ts";
import type { ImportSource, Refuse } from "./import-source.ts";
import { contentHash, textLines } from "./text-lines.ts";

/** The format has no place for it. */
const UNKNOWN: MetricMetadata = { type: "unknown", unit: "", help: "" };
const unknown = (): MetricMetadata => UNKNOWN;

/** A line as the scanner reads it, or a sentence why it is none; null for a comment or an empty one. */
export function readLine(text: string): Line | string | null {
  try {
    return new LineScanner(text).next();
  } catch (error) {
    if (error instanceof BadLine) return error.message;
    throw error;
  }
}

/** Fields tell it from text of Prometheus, where a value stands alone. */
export function isLineProtocol(line: string): boolean {
  const read = readLine(line);
  return read !== null && typeof read !== "string";
}

/** Units that leave a time between 1973 and 5138, by its digits: a file does not say what it counts in. */
function precisionOf(digits: string): Precision {
  const count = digits.replace("-", "").length;
  return count <= 11 ? "s" : count <= 14 ? "ms" : count <= 17 ? "us" : "ns";
}

function labelsOf({ measurement, tags }: Line, field: string): Labels {
  return { ...Object.fromEntries(tags), [METRIC_NAME]: field === "value" ? measurement : `${measurement}_${field}` };
}

/**
 * Line protocol, as `/v1/export?format=influx` writes it (ms) or another server (mostly ns); the first time in the file
 * tells which. A field becomes the series `measurement_field{tags}`, a field named `value` the measurement alone, names as
 * they are written. Types are unknown.
 */
export function lineProtocolSource(path: string): ImportSource {
  return {
    name: basename(path),
    identity: () => contentHash([path]),
    async *series(refuse: Refuse) {
      const gathered = new GatheredColumns();
      let precision: Precision | null = null;
      let number = 0;
      for await (const text of textLines(path)) {
        number++;
        const line = readLine(text);
        if (line === null) continue;
        if (typeof line === "string") {
          refuse("malformed_line", 1, `line ${number}: ${line}`);
          continue;
        }
        if (line.time === null) {
          refuse("no_time", line.fields.length, `line ${number}: the point has no time; export with timestamps`);
          continue;
        }
        precision ??= precisionOf(line.time);
        const time = timeInMs(line.time, precision);
        for (const [field, value] of line.fields) {
          if (value === "text") refuse("no_number", 1, `line ${number}: the field ${field} is text, of which nothing can be kept`);
          else if (time === null) refuse("bad_time", 1, `line ${number}: ${line.time} is thousands of years away, counted in ${precision}`);
          else gathered.add(`${line.head}\n${field}`, () => labelsOf(line, field), time, value);
        }
        if (gathered.full) yield* gathered.take(unknown);
      }
      yield* gathered.take(unknown);
    },
  };
}
