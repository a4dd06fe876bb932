/**
 * The part of Prometheus's template language that annotations and labels use in practice: `{{ $value }}`,
 * `{{ $labels.name }}`, piped through humanize, humanizePercentage, humanizeDuration or `printf "%.2f"`.
 * What is not understood stays as written, so that its author sees it.
 */
import type { Labels } from "@sightline/shared/model/labels";

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/gs;

export function renderTemplate(text: string, labels: Labels, value: number): string {
  if (!text.includes("{{")) return text;
  return text.replace(ACTION, (whole: string, action: string) => evaluate(action, labels, value) ?? whole);
}

function evaluate(action: string, labels: Labels, value: number): string | null {
  // `humanize $value` and `$value | humanize` are the same pipeline.
  const stages = action.split("|").map((stage) => stage.trim());
  const call = /^(\w+)\s+(\$.+|"[^"]*"\s+\$.+)$/.exec(stages[0] ?? "");
  if (call !== null) {
    const printf = /^("[^"]*")\s+(\$.+)$/.exec(call[2] ?? "");
    if (printf === null) stages.splice(0, 1, call[2] ?? "", call[1] ?? "");
    else stages.splice(0, 1, printf[2] ?? "", `${call[1]} ${printf[1]}`);
  }
  const label = /^\$labels\.([\p{L}_][\p{L}\p{N}_]*)$/u.exec(stages[0] ?? "") ?? /^index \$labels "([^"]+)"$/.exec(stages[0] ?? "");
  let current: number | string;
  if (stages[0] === "$value") current = value;
  else if (label?.[1] !== undefined) current = labels[label[1]] ?? "";
  else return null;
  for (const stage of stages.slice(1)) {
    const next = applyStage(stage, current);
    if (next === null) return null;
    current = next;
  }
  return typeof current === "number" ? goNumber(current) : current;
}

function applyStage(stage: string, input: number | string): string | null {
  const x = Number(input);
  if (stage === "humanize") return humanize(x);
  if (stage === "humanizePercentage") return `${significant(x * 100)}%`;
  if (stage === "humanizeDuration") return humanizeDuration(x);
  const printf = /^printf "([^%]*)%(?:\.(\d+))?([fgdvs])([^%]*|%%.*)"$/.exec(stage);
  if (printf === null) return null;
  const [, before = "", digits, verb, after = ""] = printf;
  const number = verb === "f" ? x.toFixed(Number(digits ?? 6)) : verb === "d" ? String(Math.trunc(x)) : String(input);
  return before + number + after.replaceAll("%%", "%");
}

const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["", "m", "u", "n", "p", "f", "a", "z", "y"];

/** Four significant digits with an SI prefix, as Prometheus's `humanize`. */
function humanize(x: number): string {
  if (!Number.isFinite(x) || x === 0) return goNumber(x);
  let scaled = x;
  let power = 0;
  if (Math.abs(x) >= 1) {
    while (Math.abs(scaled) >= 1000 && power < PREFIXES.length - 1) {
      scaled /= 1000;
      power++;
    }
    return significant(scaled) + (PREFIXES[power] ?? "");
  }
  while (Math.abs(scaled) < 1 && power < SMALL.length - 1) {
    scaled *= 1000;
    power++;
  }
  return significant(scaled) + (SMALL[power] ?? "");
}

/** Seconds in words: `1h 30m 0s`, `250ms`. */
function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return goNumber(seconds);
  if (Math.abs(seconds) < 1) return seconds === 0 ? "0s" : `${humanize(seconds)}s`;
  const sign = seconds < 0 ? "-" : "";
  const whole = Math.floor(Math.abs(seconds));
  const [d, h, m, s] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  if (d > 0) return `${sign}${d}d ${h}h ${m}m ${s}s`;
  if (h > 0) return `${sign}${h}h ${m}m ${s}s`;
  if (m > 0) return `${sign}${m}m ${s}s`;
  return `${sign}${significant(Math.abs(seconds))}s`;
}

const significant = (x: number): string => String(Number(x.toPrecision(4)));

function goNumber(x: number): string {
  if (x === Number.POSITIVE_INFINITY) return "+Inf";
  if (x === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(x);
}
