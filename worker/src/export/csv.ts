import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import { type BatchSeries, isStaleAt } from "@sightline/shared/model/sample";
import type { ExportFormat, ExportWriter } from "./export-format.ts";
import { plainSeries } from "./split-histograms.ts";

/** RFC 4180: quoted where it must be. */
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** What JSON or a cell writes otherwise than it is. */
const ODD = /["\\\p{Cc}\p{Cs}]/u;

const quoted = (text: string): string => (ODD.test(text) ? JSON.stringify(text).replaceAll('"', '""') : `""${text}""`);

/** The cell of a JSON object of all labels but the name. */
function labelsCell(labels: Labels): string {
  let members = "";
  for (const name in labels)
    if (name !== METRIC_NAME) members += `${members === "" ? "" : ","}${quoted(name)}:${quoted(labels[name] ?? "")}`;
  return members === "" ? "{}" : `"{${members}}"`;
}

/** A row a sample: name, the other labels as a JSON object, ms, value. Stale markers are left out. */
class CsvWriter implements ExportWriter {
  begin(): string {
    return "name,labels,timestamp,value\n";
  }

  series(one: BatchSeries): string {
    let text = "";
    const labels = labelsCell(one.labels);
    for (const { suffix, timestamps, values } of plainSeries(one)) {
      const head = `${cell(`${one.labels[METRIC_NAME] ?? ""}${suffix}`)},${labels}`;
      for (let i = 0; i < timestamps.length; i++) {
        const value = values[i] as number;
        if (isStaleAt(values, i)) continue;
        text += `${head},${timestamps[i] as number},${Object.is(value, -0) ? "-0" : value}\n`;
      }
    }
    return text;
  }

  end(): string {
    return "";
  }
}

export const CSV: ExportFormat = { mediaType: "text/csv; charset=utf-8; header=present", extension: "csv", writer: () => new CsvWriter() };
