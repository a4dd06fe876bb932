import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { seriesKey } from "@sightline/shared/model/labels";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import { GatheredColumns } from "./gathered-columns.ts";
import type { ImportSource, Refuse } from "./import-source.ts";
import { contentHash, textLines } from "./text-lines.ts";
import { readTextSample } from "./text-sample.ts";

const FAMILY_SUFFIX = /_(?:total|bucket|sum|count|created|info|gcount|gsum)$/;
const TYPES: Readonly<Record<string, MetricType>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  gaugehistogram: "histogram",
  summary: "summary",
  info: "gauge",
  stateset: "gauge",
};

const unescape = (text: string): string => text.replaceAll(/\\(.)/gs, (_, char: string) => (char === "n" ? "\n" : char));

class Families {
  readonly #families = new Map<string, { type: MetricType; unit: string; help: string }>();

  /** `# TYPE name counter` and the like; other comments say nothing. */
  comment(line: string): void {
    const parts = /^#[ \t]+(TYPE|HELP|UNIT)[ \t]+("(?:[^"\\]|\\.)*"|\S+)[ \t]*(.*?)\r?$/s.exec(line);
    if (parts === null) return;
    const [, kind, quotedName = "", rest = ""] = parts;
    const name = quotedName.startsWith('"') ? unescape(quotedName.slice(1, -1)) : quotedName;
    const family = this.#families.get(name) ?? { type: "unknown" as const, unit: "", help: "" };
    this.#families.set(name, family);
    if (kind === "TYPE") family.type = TYPES[rest.trim()] ?? "unknown";
    else if (kind === "UNIT") family.unit = rest.trim();
    else family.help = unescape(rest).slice(0, 1024);
  }

  of(metric: string): MetricMetadata {
    return this.#families.get(metric) ?? this.#families.get(metric.replace(FAMILY_SUFFIX, "")) ?? { type: "unknown", unit: "", help: "" };
  }
}

/** OpenMetrics ends in `# EOF`, which nothing else does. A packed file is taken by its name: .om.gz, .openmetrics.gz. */
function isOpenMetrics(path: string): boolean {
  if (path.endsWith(".gz")) return /\.(?:om|openmetrics)\.gz$/.test(path);
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(16, size));
    readSync(file, tail, 0, tail.length, size - tail.length);
    return /(?:^|\n)# EOF\s*$/.test(tail.toString("utf8"));
  } finally {
    closeSync(file);
  }
}

/** A dump in Prometheus text (times in ms) or OpenMetrics (seconds). Samples without a time are refused: nobody knows when they were. */
export function textDumpSource(path: string, format: "prometheus" | "openmetrics" | null): ImportSource {
  return {
    name: basename(path),
    identity: () => contentHash([path]),
    async *series(refuse: Refuse) {
      const scale = (format ?? (isOpenMetrics(path) ? "openmetrics" : "prometheus")) === "openmetrics" ? 1000 : 1;
      const families = new Families();
      const gathered = new GatheredColumns();
      const describe = (metric: string): MetricMetadata => families.of(metric);
      let number = 0;
      for await (const line of textLines(path)) {
        number++;
        if (line === "" || line === "\r" || line.startsWith("#")) {
          families.comment(line);
          continue;
        }
        const sample = readTextSample(line);
        if (typeof sample === "string") {
          refuse("malformed_line", 1, `line ${number}: ${sample}`);
          continue;
        }
        if (sample.time === null) {
          refuse("no_time", 1, `line ${number}: the sample has no time; export with timestamps`);
          continue;
        }
        gathered.add(seriesKey(sample.labels), () => sample.labels, Math.round(sample.time * scale), sample.value);
        if (gathered.full) yield* gathered.take(describe);
      }
      yield* gathered.take(describe);
    },
  };
}
