/** Metric names in text: the word under the cursor where it may name a metric, and what it is called once stored. */

const QUERY_LANGUAGES = new Set(["yaml", "promql", "json", "jsonc", "dockercompose", "helm"]);

export interface NameInText {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** In code only inside a string; in YAML, JSON and PromQL anywhere. */
export function metricNameAt(line: string, character: number, languageId: string): NameInText | null {
  for (const match of line.matchAll(/[A-Za-z_:][\w:.]*/g)) {
    const start = match.index;
    const end = start + match[0].length;
    if (character < start || character > end) continue;
    const name = match[0].replace(/[:.]+$/, "");
    if (name.length < 2) return null;
    return QUERY_LANGUAGES.has(languageId) || insideString(line, start) ? { name, start, end: start + name.length } : null;
  }
  return null;
}

/** Names under which a metric written like this may be stored: OpenTelemetry's dots, units and `_total` included. */
export function storedNames(written: string): readonly string[] {
  const base = written.replaceAll(".", "_");
  return [...new Set([written, base, `${base}_seconds`, `${base}_total`, `${base}_bytes`, `${base}_ratio`])].filter(
    (name) => !name.includes("."),
  );
}

/** A query of the current value by type, and one of its history; a rate for counters, p95 for histograms. */
export function queryOfMetric(name: string, type: string): { readonly query: string; readonly meaning: string } {
  if (type === "histogram") return { query: `histogram_quantile(0.95, sum(rate(${name}[1m])))`, meaning: "p95 of the last minute" };
  if (type === "counter") return { query: `sum(rate(${name}[1m]))`, meaning: "per second, over the last minute" };
  return { query: name, meaning: "now" };
}

function insideString(line: string, at: number): boolean {
  let quote = "";
  for (let index = 0; index < at; index += 1) {
    const character = line.charAt(index);
    if (character === "\\") index += 1;
    else if (quote === "" && (character === '"' || character === "'" || character === "`")) quote = character;
    else if (character === quote) quote = "";
  }
  return quote !== "";
}
