import { basename } from "node:path";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { GatheredColumns } from "./gathered-columns.ts";
import type { ImportSource, Refuse } from "./import-source.ts";
import { contentHash, textLines } from "./text-lines.ts";

/** The first line of a CSV export. */
export const CSV_HEADER = "name,labels,timestamp,value";
/** A quoted cell may hold line breaks; one that is longer was never closed. */
const MOST_LINES = 64;
const COLUMNS = 4;

/** The format has no place for it. */
const UNKNOWN: MetricMetadata = { type: "unknown", unit: "", help: "" };
const unknown = (): MetricMetadata => UNKNOWN;

export interface CsvSample {
  /** The same for rows of the same series. */
  readonly key: string;
  readonly labels: () => Labels;
  /** Ms. */
  readonly time: number;
  readonly value: number;
}

/** Cells of a row (RFC 4180); null when a quote in it is not closed. */
function cellsOf(row: string): string[] | null {
  const cells: string[] = [];
  for (let at = 0; ;) {
    if (row[at] === '"') {
      let end = at;
      do {
        end = row.indexOf('"', end + 1);
        if (end < 0) return null;
        if (row[end + 1] === '"') end++;
        else break;
      } while (end < row.length);
      cells.push(row.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < row.length && row[at] !== ",") return [];
    } else {
      const comma = row.indexOf(",", at);
      const end = comma < 0 ? row.length : comma;
      cells.push(row.slice(at, end));
      at = end;
    }
    if (at >= row.length) return cells;
    at++;
  }
}

function labelsOf(name: string, json: string): Labels | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return "its labels are no JSON";
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return "its labels are no JSON object";
  for (const value of Object.values(parsed)) if (typeof value !== "string") return "a label is no text";
  return { ...(parsed as Record<string, string>), [METRIC_NAME]: name };
}

/** One row of a CSV export; a sentence why it is none; null when it goes on in the next line. */
export function readCsvRow(row: string, known: (key: string) => boolean): CsvSample | string | null {
  // RFC 4180 ends rows in CR LF. One inside a quoted cell stays: the row goes on, and is not this one.
  const cells = cellsOf(row.endsWith("\r") ? row.slice(0, -1) : row);
  if (cells === null) return null;
  if (cells.length !== COLUMNS) return `it has not the ${COLUMNS} columns ${CSV_HEADER}`;
  const [name = "", json = "", timeText = "", valueText = ""] = cells;
  if (name === "") return "it has no metric name";
  if (!/^-?\d{1,16}$/.test(timeText)) return `${JSON.stringify(timeText.slice(0, 40))} is no time in ms`;
  const value = valueText === "" ? Number.NaN : Number(valueText);
  if (Number.isNaN(value) && valueText !== "NaN") return `${JSON.stringify(valueText.slice(0, 40))} is no value`;
  const key = `${name}\n${json}`;
  const sample = { key, time: Number(timeText), value };
  // Rows of a series stand together: its labels are read once.
  if (known(key)) return { ...sample, labels: () => ({}) };
  const labels = labelsOf(name, json);
  return typeof labels === "string" ? labels : { ...sample, labels: () => labels };
}

/** What `/v1/export?format=csv` wrote: every row a sample, types unknown. */
export function csvSource(path: string): ImportSource {
  return {
    name: basename(path),
    identity: () => contentHash([path]),
    async *series(refuse: Refuse) {
      const gathered = new GatheredColumns();
      let number = 0;
      let row = "";
      let lines = 0;
      for await (const line of textLines(path)) {
        number++;
        if (lines === 0 && (line.trimEnd() === "" || (number === 1 && line.trimEnd() === CSV_HEADER))) continue;
        row = lines === 0 ? line : `${row}\n${line}`;
        lines++;
        const sample = readCsvRow(row, (key) => gathered.has(key));
        if (sample === null && lines < MOST_LINES) continue;
        lines = 0;
        if (sample === null) refuse("malformed_line", 1, `line ${number}: a quote is not closed`);
        else if (typeof sample === "string") refuse("malformed_line", 1, `line ${number}: ${sample}`);
        else gathered.add(sample.key, sample.labels, sample.time, sample.value);
        if (gathered.full) yield* gathered.take(unknown);
      }
      if (lines > 0) refuse("malformed_line", 1, `line ${number}: a quote is not closed`);
      yield* gathered.take(unknown);
    },
  };
}
