import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { BatchSeries } from "@sightline/shared/model/sample";
import type { ExportFormat, ExportWriter } from "./export-format.ts";
import { plainSeries } from "./split-histograms.ts";

/** Series that are named where they are left out. */
const MOST_NAMED = 20;

const escapeKey = (text: string): string => text.replaceAll(/[,= ]/g, String.raw`\$&`);
const escapeMeasurement = (text: string): string => text.replaceAll(/[, ]/g, String.raw`\$&`);

/** A line break ends the point wherever it stands, and a backslash would escape the comma, `=` or blank behind it: neither can be escaped itself. */
const isSayable = (text: string): boolean => !/[\r\n]|\\$/.test(text);

function areSayable(labels: Labels): boolean {
  const name = labels[METRIC_NAME] ?? "";
  // What begins with # is a comment.
  if (name === "" || name.startsWith("#")) return false;
  for (const label in labels) if (!isSayable(label) || !isSayable(labels[label] ?? "")) return false;
  return true;
}

/**
 * Influx line protocol, `name,label=value value=1.5 1700000000000`: ms, so that whoever reads it says `precision=ms`. It
 * has no word for NaN, infinities and stale markers: they are left out and counted in a comment at the end. So are
 * series that it cannot name, for under another name they would be other series.
 */
class LineProtocolWriter implements ExportWriter {
  #leftOut = 0;
  #unsayable = 0;
  readonly #named = new Set<string>();

  begin(): string {
    return "";
  }

  series(one: BatchSeries): string {
    if (!areSayable(one.labels)) {
      for (const { timestamps } of plainSeries(one)) this.#unsayable += timestamps.length;
      if (this.#named.size <= MOST_NAMED) this.#named.add(JSON.stringify(one.labels));
      return "";
    }
    let tags = "";
    for (const label of Object.keys(one.labels).sort()) {
      const value = one.labels[label] ?? "";
      if (label !== METRIC_NAME && value !== "") tags += `,${escapeKey(label)}=${escapeKey(value)}`;
    }
    let text = "";
    for (const { suffix, timestamps, values } of plainSeries(one)) {
      const head = `${escapeMeasurement(`${one.labels[METRIC_NAME] ?? ""}${suffix}`)}${tags} value=`;
      for (let i = 0; i < timestamps.length; i++) {
        const value = values[i] as number;
        if (value - value === 0) text += `${head}${Object.is(value, -0) ? "-0" : value} ${timestamps[i] as number}\n`;
        else this.#leftOut++;
      }
    }
    return text;
  }

  end(): string {
    const odd =
      this.#leftOut === 0 ? "" : `# ${this.#leftOut} samples were NaN, infinite or stale markers, which line protocol cannot say\n`;
    if (this.#unsayable === 0) return odd;
    const named = [...this.#named];
    const more = named.length > MOST_NAMED ? " and others" : "";
    const why = "whose names or labels hold a line break, end in a backslash or begin with #";
    return `${odd}# ${this.#unsayable} samples were left out of series ${why}; other formats have them: ${named.slice(0, MOST_NAMED).join(" ")}${more}\n`;
  }
}

export const LINE_PROTOCOL: ExportFormat = {
  mediaType: "text/plain; charset=utf-8",
  extension: "lp",
  writer: () => new LineProtocolWriter(),
};
