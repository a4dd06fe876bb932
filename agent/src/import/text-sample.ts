import { type Labels, putLabel } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";

export interface TextSample {
  readonly labels: Labels;
  readonly value: number;
  /** As written: ms in Prometheus text, seconds in OpenMetrics; null without one. */
  readonly time: number | null;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const SPECIAL: Readonly<Record<string, number>> = { "+inf": Infinity, inf: Infinity, "-inf": -Infinity, nan: Number.NaN };

const isBlank = (text: string, at: number): boolean => text[at] === " " || text[at] === "\t";

function skipBlank(text: string, at: number): number {
  let next = at;
  while (isBlank(text, next)) next++;
  return next;
}

/** A quoted text whose opening quote is at `at`: what it says and where it ends; null when it does not. */
function quoted(text: string, at: number): { readonly value: string; readonly end: number } | null {
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i] as string;
    if (char === '"') return { value, end: i + 1 };
    if (char !== "\\") {
      value += char;
      continue;
    }
    const escaped = text[++i];
    if (escaped === undefined) return null;
    value += escaped === "n" ? "\n" : escaped;
  }
  return null;
}

function numberOf(text: string): number | null {
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return special;
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
}

/**
 * A line of Prometheus text or OpenMetrics that is no comment, names in quotes inside the braces included. What follows
 * the time (an exemplar) is left. A text says what is wrong with the line.
 */
export function readTextSample(line: string): TextSample | string {
  let at = skipBlank(line, 0);
  const labels: Record<string, string> = {};
  const name = NAME.exec(line.slice(at, at + 4096));
  if (name !== null) {
    labels[METRIC_NAME] = name[0];
    at += name[0].length;
  }
  at = skipBlank(line, at);
  if (line[at] === "{") {
    at = skipBlank(line, at + 1);
    while (line[at] !== "}") {
      let label: string;
      if (line[at] === '"') {
        const text = quoted(line, at);
        if (text === null) return "a quote is not closed";
        at = skipBlank(line, text.end);
        label = text.value;
      } else {
        LABEL.lastIndex = at;
        const plain = LABEL.exec(line);
        if (plain === null) return `no label name at column ${at + 1}`;
        label = plain[0];
        at = skipBlank(line, at + label.length);
      }
      if (line[at] === "=") {
        at = skipBlank(line, at + 1);
        const value = line[at] === '"' ? quoted(line, at) : null;
        if (value === null) return `the value of label ${label} is not in quotes`;
        putLabel(labels, label, value.value);
        at = skipBlank(line, value.end);
      } else if (labels[METRIC_NAME] === undefined) labels[METRIC_NAME] = label;
      else return `label ${label} has no value`;
      if (line[at] === ",") at = skipBlank(line, at + 1);
      else if (line[at] !== "}") return `no , or } at column ${at + 1}`;
    }
    at++;
  }
  if (labels[METRIC_NAME] === undefined) return "it has no metric name";
  const [valueText = "", timeText = ""] = line
    .slice(at)
    .trim()
    .split(/[ \t]+/, 2);
  const value = numberOf(valueText);
  if (value === null) return `${JSON.stringify(valueText.slice(0, 40))} is no value`;
  if (timeText === "" || timeText === "#") return { labels, value, time: null };
  const time = Number(timeText);
  return Number.isFinite(time) ? { labels, value, time } : `${JSON.stringify(timeText.slice(0, 40))} is no time`;
}
