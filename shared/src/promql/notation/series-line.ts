/** A series with its points in Prometheus's test notation: `name{a="b"} 0+1x10 _ stale`. */
import type { Labels } from "../../model/labels.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import { parseQuery } from "../engine.ts";
import { parsePoints, type Point } from "./points.ts";

export interface SeriesLine {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** Splits `name{a="b"} 1 2 3` and reads the label set with the engine's own parser. */
export function parseSeries(line: string): SeriesLine {
  let end = 0;
  for (let depth = 0, quote = ""; end < line.length; end++) {
    const char = line[end] ?? "";
    if (quote !== "") {
      if (char === "\\" && quote !== "`") end++;
      else if (char === quote) quote = "";
    } else if (depth > 0 && /["'`]/.test(char)) quote = char;
    else if (char === "{") depth++;
    else if (char === "}") depth--;
    else if (depth === 0 && /\s/.test(char)) break;
  }
  // A name and its braces may be apart by blanks.
  const gap = /^\s*\{(?!\{)/.exec(line.slice(end));
  if (gap !== null && !line.slice(0, end).includes("{")) return parseSeries(line.slice(0, end) + line.slice(end).trimStart());
  return { labels: parseLabels(line.slice(0, end)), points: parsePoints(line.slice(end).trim()) };
}

/** The label set of `name{a="b"}`; throws Error for what is none. */
export function parseLabels(text: string): Labels {
  if (/^\{\s*\}$/.test(text)) return {};
  const source = text.startsWith("{") ? text.replace("{", '{__probe__="1",') : text.includes("{") ? text : `${text}{}`;
  const parsed = parseQuery(source);
  if (!parsed.ok || parsed.value.kind !== "vector_selector")
    throw new Error(`not a series: ${text}: ${parsed.ok ? "" : parsed.error.message}`);
  const other = parsed.value.matchers.find(({ op }) => op !== "=");
  if (other !== undefined) throw new Error(`not a series: ${text}: ${other.name}${other.op} is a question, not a label`);
  const labels: Record<string, string> = {};
  const names = new Set<string>();
  for (const { name, value } of parsed.value.matchers) {
    if (names.has(name)) throw new Error(`not a series: ${text}: label name "${name}" is not unique`);
    names.add(name);
    if (name !== "__probe__" && value !== "") labels[name] = value;
  }
  const { [METRIC_NAME]: name, ...rest } = labels;
  return name === undefined ? rest : { [METRIC_NAME]: name, ...rest };
}
