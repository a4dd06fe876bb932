import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { BatchSeries } from "@sightline/shared/model/sample";
import type { ExportFormat, ExportWriter } from "./export-format.ts";
import { plainSeries } from "./split-histograms.ts";

/** Line protocol knows no line break inside a name or tag; a space takes its place. */
const escapeKey = (text: string): string => text.replaceAll(/[\r\n]/g, " ").replaceAll(/[,= ]/g, String.raw`\$&`);
const escapeMeasurement = (text: string): string => text.replaceAll(/[\r\n]/g, " ").replaceAll(/[, ]/g, String.raw`\$&`);
/** A backslash before the comma or space that follows a tag would escape it. */
const tagValue = (text: string): string => escapeKey(text).replace(/\\$/, "\\ ");

/**
 * Influx line protocol, `name,label=value value=1.5 1700000000000`: ms, so that whoever reads it says `precision=ms`. It
 * has no word for NaN, infinities and stale markers: they are left out and counted in a comment at the end.
 */
class LineProtocolWriter implements ExportWriter {
  #leftOut = 0;

  begin(): string {
    return "";
  }

  series(one: BatchSeries): string {
    let tags = "";
    for (const label of Object.keys(one.labels).sort()) {
      const value = one.labels[label] ?? "";
      if (label !== METRIC_NAME && value !== "") tags += `,${escapeKey(label)}=${tagValue(value)}`;
    }
    let text = "";
    for (const { suffix, timestamps, values } of plainSeries(one)) {
      const head = `${escapeMeasurement(`${one.labels[METRIC_NAME] ?? "unnamed"}${suffix}`)}${tags} value=`;
      for (let i = 0; i < timestamps.length; i++) {
        const value = values[i] as number;
        if (value - value === 0) text += `${head}${Object.is(value, -0) ? "-0" : value} ${timestamps[i] as number}\n`;
        else this.#leftOut++;
      }
    }
    return text;
  }

  end(): string {
    return this.#leftOut === 0 ? "" : `# ${this.#leftOut} samples were NaN, infinite or stale markers, which line protocol cannot say\n`;
  }
}

export const LINE_PROTOCOL: ExportFormat = {
  mediaType: "text/plain; charset=utf-8",
  extension: "lp",
  writer: () => new LineProtocolWriter(),
};
