/** Reads a promqltest script into commands (README of the datasets; Prometheus `promql/promqltest`). */
import { parseQuery } from "@sightline/shared/promql/engine";
import { parseDuration } from "@sightline/shared/promql/parse/literals";
import { parsePoints, type Point } from "@sightline/shared/promql/notation/points";
import { parseStarts, type StartsLine } from "./starts-line.ts";
import { parseSeries, type SeriesLine } from "@sightline/shared/promql/notation/series-line";

export interface Expectation {
  readonly kind: "fail" | "warn" | "info" | "no_warn" | "no_info";
  readonly msg?: string;
  readonly regex?: string;
}

export interface Evaluation {
  readonly line: number;
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly expectations: Expectation[];
  ordered: boolean;
  readonly series: SeriesLine[];
  /** Of them, those whose histograms say how their counters went on: that is compared, too. */
  readonly hinted: Set<SeriesLine>;
  /** For scalars: an unlabelled line. */
  scalar?: Point;
  text?: string;
  /** `expect range vector from … to … step …`, ms. */
  range?: { readonly startMs: number; readonly endMs: number; readonly stepMs: number };
}

export type Command =
  | { readonly kind: "clear" }
  | {
      readonly kind: "load";
      readonly intervalMs: number;
      readonly series: SeriesLine[];
      readonly starts: StartsLine[];
      readonly customBuckets: boolean;
    }
  | { readonly kind: "eval"; readonly evaluation: Evaluation };

function time(text: string): number {
  const negative = text.startsWith("-");
  const body = text.replace(/^[-+]/, "");
  const ms = parseDuration(body) ?? Number(body) * 1000;
  if (Number.isNaN(ms)) throw new Error(`not a time: ${text}`);
  return negative ? -ms : ms;
}

/** A string as PromQL writes it, or undefined. */
function unquoted(text: string): string | undefined {
  const parsed = parseQuery(text);
  return parsed.ok && parsed.value.kind === "string" ? parsed.value.value : undefined;
}

function expectation(line: string, evaluation: Evaluation): void {
  const range = /^expect\s+range vector from (\S+) to (\S+) step (\S+)$/.exec(line);
  if (range !== null) {
    evaluation.range = { startMs: time(range[1] ?? ""), endMs: time(range[2] ?? ""), stepMs: time(range[3] ?? "") };
    return;
  }
  const text = /^expect\s+string\s+(.*)$/.exec(line);
  if (text !== null) {
    const quoted = unquoted(text[1] ?? "");
    if (quoted === undefined) throw new Error(`not a quoted string: ${text[1]}`);
    evaluation.text = quoted;
    return;
  }
  if (/^expect\s+ordered$/.test(line)) {
    evaluation.ordered = true;
    return;
  }
  const match = /^expect\s+(fail|warn|info|no_warn|no_info)(?:\s+(msg|regex):\s*(.+))?$/.exec(line);
  if (match === null) throw new Error(`not an expectation: ${line}`);
  const kind = match[1] as Expectation["kind"];
  const { expectations } = evaluation;
  const opposite = kind.startsWith("no_") ? kind.slice(3) : `no_${kind}`;
  if (expectations.some((other) => other.kind === opposite)) throw new Error(`${kind} and ${opposite} do not go together`);
  if (kind === "fail" && expectations.some((other) => other.kind === "fail")) throw new Error("a query fails in one way");
  evaluation.expectations.push({
    kind,
    ...(match[2] === "msg" ? { msg: match[3] ?? "" } : match[2] === "regex" ? { regex: match[3] ?? "" } : {}),
  });
}

const EVAL =
  /^eval(_fail|_warn|_info|_ordered)?\s+(?:instant\s+(?:at\s+(\S+)\s+)?|range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+)(.*)$/;

export function parseScript(source: string): Command[] {
  const commands: Command[] = [];
  let current: Command | undefined;
  source.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "") {
      current = undefined;
      return;
    }
    if (line.startsWith("#")) return;
    if (/^clear(\s|$)/i.test(line)) {
      commands.push({ kind: "clear" });
      current = undefined;
      return;
    }
    const load = /^load(_with_nhcb)?\s+(\S+)$/.exec(line);
    if (load !== null) {
      current = { kind: "load", intervalMs: time(load[2] ?? ""), series: [], starts: [], customBuckets: load[1] !== undefined };
      commands.push(current);
      return;
    }
    const start = EVAL.exec(line);
    if (start !== null) {
      const [, mode, at, from, to, step, query = ""] = start;
      const evaluation: Evaluation = {
        line: index + 1,
        query,
        startMs: time(at ?? from ?? "0"),
        endMs: time(at ?? to ?? "0"),
        stepMs: step === undefined ? 0 : time(step),
        expectations: mode === "_fail" || mode === "_warn" || mode === "_info" ? [{ kind: mode.slice(1) as "fail" }] : [],
        ordered: mode === "_ordered",
        series: [],
        hinted: new Set(),
      };
      current = { kind: "eval", evaluation };
      commands.push(current);
      return;
    }
    if (current?.kind === "load") {
      const starts = parseStarts(line);
      if (starts === undefined) current.series.push(parseSeries(line));
      else current.starts.push(starts);
    } else if (current?.kind === "eval") {
      const { evaluation } = current;
      const failure = /^expected_fail_(message|regexp)\s+(.*)$/.exec(line);
      if (failure !== null) {
        evaluation.expectations.splice(0, 1, {
          kind: "fail",
          ...(failure[1] === "message" ? { msg: failure[2] ?? "" } : { regex: failure[2] ?? "" }),
        });
      } else if (/^expect\s/.test(line)) expectation(line, evaluation);
      else if (/^([+-]?(\d|\.\d|inf$|nan$)|\{\{)/i.test(line) && !/^[a-zA-Z_:]+\{/.test(line)) {
        const [point] = parsePoints(line);
        evaluation.scalar = point;
      } else {
        const series = parseSeries(line);
        evaluation.series.push(series);
        // "unknown" is what no word about it reads as; where it is written it is meant.
        const histograms = line.match(/\{\{[^}]*\}\}/g) ?? [];
        if (histograms.length > 0 && histograms.every((one) => one.includes("counter_reset_hint"))) evaluation.hinted.add(series);
      }
    } else throw new Error(`line ${index + 1}: not a command: ${line}`);
  });
  return commands;
}
