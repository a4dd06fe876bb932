import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriesKey } from "@sightline/shared/model/labels";
import { METRIC_TYPES, type MetricType } from "@sightline/shared/model/metric";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { openSources } from "../../agent/src/import/open-source.ts";
import { CSV } from "../../worker/src/export/csv.ts";
import type { ExportFormat } from "../../worker/src/export/export-format.ts";
import { JSON_LINES } from "../../worker/src/export/json-lines.ts";
import { LINE_PROTOCOL } from "../../worker/src/export/line-protocol.ts";
import { PROMETHEUS_TEXT } from "../../worker/src/export/prometheus-text.ts";

const NOON = Date.UTC(2026, 8, 1, 12);
/** The last three are beyond line protocol. */
const VALUES = [0.1 + 0.2, -0, 5e-324, 1.7976931348623157e308, -123_456_789.125, 1e-7, 2 ** 53, NaN, Infinity, -Infinity] as const;
const FINITE = VALUES.slice(0, -3);

const series = (labels: Readonly<Record<string, string>>, type: MetricType, values: readonly number[]): BatchSeries => ({
  labels,
  metadata: { type, unit: "", help: type === "counter" ? 'How "many"\nthere were' : "" },
  temporality: "cumulative",
  timestamps: Float64Array.from(values, (_, i) => NOON + i * 1001),
  values: Float64Array.from(values),
});

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "sightline-exports-"))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What an export in a format writes, read back by the import that its first line asks for. */
async function back(format: ExportFormat, all: readonly BatchSeries[], edit = (text: string): string => text) {
  const writer = format.writer();
  const path = join(directory, `export.${format.extension}`);
  writeFileSync(path, edit(writer.begin() + all.map((one) => writer.series(one)).join("") + writer.end()));
  const refused: string[] = [];
  const found = new Map<string, { readonly type: MetricType; readonly help: string; readonly samples: (readonly [number, number])[] }>();
  for (const source of await openSources(path, null)) {
    for await (const { labels, metadata, timestamps, values } of source.series((_code, _samples, message) => refused.push(message))) {
      const key = seriesKey(labels);
      const known = found.get(key) ?? { type: metadata.type, help: metadata.help, samples: [] };
      found.set(key, known);
      for (const [i, t] of timestamps.entries()) known.samples.push([t, values[i] as number]);
    }
  }
  return { refused, found };
}

const NAMES: readonly Readonly<Record<string, string>>[] = [
  { __name__: "jobs_total", queue: "a,b c=d", path: 'c:\\x "y"', emoji: "ü😀" },
  { __name__: "jobs_total", queue: "plain" },
  { __name__: "temperature_celsius", room: "hall" },
  { __name__: "my.metric", "a.b": "dotted" },
];
const typeOf = (labels: Readonly<Record<string, string>>): MetricType => (labels["__name__"] === "jobs_total" ? "counter" : "gauge");

describe("what /v1/export writes comes back through sightline import", () => {
  for (const [name, format, values, typed] of [
    ["JSON lines", JSON_LINES, VALUES, true],
    ["Prometheus text", PROMETHEUS_TEXT, VALUES, true],
    ["CSV", CSV, VALUES, false],
    ["line protocol", LINE_PROTOCOL, FINITE, false],
  ] as const) {
    it(`${name}: every series, time and value${typed ? ", and the types" : ""}`, async () => {
      const { refused, found } = await back(
        format,
        NAMES.map((labels) => series(labels, typeOf(labels), VALUES)),
      );
      expect(refused).toEqual([]);
      expect([...found.keys()].sort()).toEqual(NAMES.map(seriesKey).sort());
      for (const labels of NAMES) {
        const one = found.get(seriesKey(labels));
        expect(one?.samples).toEqual(values.map((value, i) => [NOON + i * 1001, value]));
        expect(one?.type).toBe(typed ? typeOf(labels) : "unknown");
        if (typed) expect(one?.help).toBe(typeOf(labels) === "counter" ? 'How "many"\nthere were' : "");
      }
    });
  }

  it("JSON lines: a metric of any type is of the same again", async () => {
    const { found } = await back(
      JSON_LINES,
      METRIC_TYPES.map((type) => series({ __name__: type }, type, [1])),
    );
    expect([...found].map(([, { type }]) => type)).toEqual(METRIC_TYPES);
  });

  const BROKEN = ["two\nlines", "carriage\rreturn", "both\r\n", "separators\u2028\u2029\u0085", "ends in \\"];
  for (const [name, format] of [
    ["JSON lines", JSON_LINES],
    ["Prometheus text", PROMETHEUS_TEXT],
    ["CSV", CSV],
  ] as const) {
    it(`${name}: line breaks and backslashes in labels and names survive`, async () => {
      const labels = BROKEN.flatMap((text) => [{ __name__: "odd", text }, { __name__: text }, { __name__: "odd", [text]: "x" }]);
      const { refused, found } = await back(
        format,
        labels.map((one) => series(one, "counter", [1])),
      );
      expect(refused).toEqual([]);
      expect([...found.keys()].sort()).toEqual(labels.map(seriesKey).sort());
      if (format !== CSV) expect(new Set([...found.values()].map(({ help }) => help))).toEqual(new Set(['How "many"\nthere were']));
    });
  }

  it("line protocol: a series that it cannot name is left out by name, and not written under another", async () => {
    const sayable = { __name__: "odd", text: "separators\u2028 and \\ inside, too" };
    const others = ["two\nlines", "carriage\rreturn", "ends in \\"].flatMap((text) => [
      { __name__: "odd", text },
      { __name__: text },
      { __name__: "odd", [text]: "x" },
    ]);
    const all = [sayable, ...others, { __name__: "#odd" }];
    const { refused, found } = await back(
      LINE_PROTOCOL,
      all.map((labels) => series(labels, "gauge", [1, 2])),
    );
    expect(refused).toEqual([]);
    expect([...found.keys()]).toEqual([seriesKey(sayable)]);
    const writer = LINE_PROTOCOL.writer();
    for (const labels of all) writer.series(series(labels, "gauge", [1, 2]));
    expect(writer.end()).toMatch(/^# 20 samples were left out of series whose names or labels hold a line break[^\n]*\n$/);
    expect(writer.end()).toContain('{"__name__":"odd","text":"ends in \\\\"}');
  });

  it("files whose lines end in CR LF are read, too", async () => {
    const all = [series({ __name__: "up", a: "b" }, "counter", FINITE)];
    for (const format of [JSON_LINES, PROMETHEUS_TEXT, CSV, LINE_PROTOCOL]) {
      const { refused, found } = await back(format, all, (text) => text.replaceAll("\n", "\r\n"));
      expect(refused).toEqual([]);
      expect([...found.values()].map(({ samples }) => samples.length)).toEqual([FINITE.length]);
    }
  });

  it("rows that are no samples are named by their line, and the rest is kept", async () => {
    const path = join(directory, "bad.csv");
    const good = `up,"{""a"":""b""}",${NOON},1`;
    writeFileSync(
      path,
      ["name,labels,timestamp,value", good, "up,{},soon,1", "up,{},1", 'up,"{""a"":1}",5,1', "up,{},5,x", '"up,{},5,1'].join("\n"),
    );
    const [source] = await openSources(path, null);
    const refused: string[] = [];
    const kept: number[] = [];
    for await (const one of source?.series((_code, _samples, message) => refused.push(message)) ?? []) kept.push(...one.timestamps);
    expect(kept).toEqual([NOON]);
    expect(refused).toEqual([
      'line 3: "soon" is no time in ms',
      "line 4: it has not the 4 columns name,labels,timestamp,value",
      "line 5: a label is no text",
      'line 6: "x" is no value',
      "line 7: a quote is not closed",
    ]);
  });

  it("line protocol of others counts in nanoseconds, and its fields become series", async () => {
    const path = join(directory, "telegraf.lp");
    writeFileSync(path, `# from telegraf\ncpu,host=a usage_idle=97.5,n=3i,on=true,name="x" ${NOON}000123\ncpu,host=a usage_idle=1\n`);
    const [source] = await openSources(path, null);
    const refused: string[] = [];
    const found: [string, number, number][] = [];
    for await (const { labels, timestamps, values } of source?.series((code) => refused.push(code)) ?? [])
      found.push([labels["__name__"] ?? "", timestamps[0] ?? NaN, values[0] ?? NaN]);
    expect(found).toEqual([
      ["cpu_usage_idle", NOON, 97.5],
      ["cpu_n", NOON, 3],
      ["cpu_on", NOON, 1],
    ]);
    expect(refused).toEqual(["no_number", "no_time"]);
  });
});
