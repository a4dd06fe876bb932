import { formatDuration } from "../model/duration.ts";
import { seriesKey } from "../model/labels.ts";
import type { RuleGroup } from "../model/rule.ts";
import { isStale } from "../model/sample.ts";
import { type ParseOptions, parseQuery } from "../promql/engine.ts";
import { compareLabels } from "../promql/evaluation/label-order.ts";
import { labelsText } from "../promql/format/labels-text.ts";
import { quote } from "../promql/format/quote.ts";
import { formatFloat } from "../promql/json/float-format.ts";
import type { Point } from "../promql/notation/points.ts";
import { writeHistogram } from "../promql/notation/write-histogram.ts";
import { RunningGroup } from "./evaluate-group.ts";
import { evaluateRule, type RuleSample } from "./evaluate-rule.ts";
import { MemorySeries } from "./memory-series.ts";
import type { ExpectedAlert, ExpectedSample, RuleTest, RuleTestFile } from "./test-file.ts";
import { alertsDifference, alertsText, elapsedText, samplesText } from "./test-messages.ts";

export interface RuleTestOptions extends ParseOptions {
  /** Show alerts that differ side by side, in colours. */
  readonly difference?: boolean;
}

export interface RuleTestResult {
  /** What failed, in promtool's words; errors of rules are failures too, and end the test. */
  readonly failures: readonly string[];
  /** All samples of the test's series and rules, `{…} =>` and a sample a line. */
  readonly data: () => string;
}

export function runRuleTest(
  test: RuleTest,
  file: RuleTestFile,
  groups: readonly RuleGroup[],
  options: RuleTestOptions = {},
): RuleTestResult {
  const storage = new MemorySeries();
  const place = (group: RuleGroup): number => file.groupOrder.indexOf(group.name);
  const running = groups.toSorted((a, b) => place(a) - place(b)).map((group) => new RunningGroup(group));
  return { failures: failuresOf(test, file, running, storage, options), data: () => dataOf(storage) };
}

function failuresOf(
  test: RuleTest,
  file: RuleTestFile,
  running: readonly RunningGroup[],
  storage: MemorySeries,
  options: RuleTestOptions,
): string[] {
  const failures: string[] = [];
  const end = Math.max(0, ...test.alerts.map(({ atMs }) => atMs), ...test.queries.map(({ atMs }) => atMs));
  const alerts = test.alerts.toSorted((a, b) => a.atMs - b.atMs);
  let loaded = -1;
  const loadUntil = (t: number): void => {
    const to = Math.floor(t / test.intervalMs);
    for (let i = loaded + 1; i <= to; i++)
      for (const { labels, points } of test.series) {
        const point = points[i];
        if (point !== undefined) storage.append(labels, test.startMs + i * test.intervalMs, point);
      }
    loaded = Math.max(loaded, to);
  };
  const ports = {
    select: storage.select,
    append: storage.append.bind(storage),
    externalUrl: test.externalUrl,
    externalLabels: test.externalLabels,
    subqueryStepMs: file.evaluationIntervalMs,
  };
  for (let t = 0; t <= end; t += file.evaluationIntervalMs) {
    loadUntil(t);
    const problems = running.flatMap((group) => group.run(test.startMs + t, ports));
    // promtool counts from 1970 here, whenever the test begins.
    failures.push(...problems.map(({ rule, message }) => `    rule: ${rule}, time: ${elapsedText(test.startMs + t)}, err: ${message}`));
    if (problems.length > 0) return failures;
    for (const { atMs, name, expected, ignoreAnnotations } of alerts) {
      if (atMs < t || atMs >= t + file.evaluationIntervalMs) continue;
      const firing = running.flatMap((group) => group.alerts(name)).filter(({ state }) => state === "firing");
      const wanted = inOrder(expected.map(({ labels, annotations }) => ({ labels: { ...labels, alertname: name }, annotations })));
      const got = inOrder(firing.map(({ labels, annotations }) => ({ labels, annotations: ignoreAnnotations ? {} : annotations })));
      if (alertsText(wanted) === alertsText(got)) continue;
      const named = test.name === "" ? "" : `    name: ${test.name},\n`;
      const told = options.difference
        ? `\n        diff: ${alertsDifference(wanted, got)}`
        : ` \n        exp:${alertsText(wanted)}, \n        got:${alertsText(got)}`;
      failures.push(`${named}    alertname: ${name}, time: ${formatDuration(atMs)},${told}`);
    }
  }
  // As in promtool what comes after the last evaluation is not there for queries either.
  for (const { atMs, expr, expected } of test.queries) {
    const parsed = parseQuery(expr, options);
    const result = parsed.ok ? evaluateRule(parsed.value, test.startMs + atMs, storage.select, file.evaluationIntervalMs) : parsed;
    const failure = result.ok ? compareSamples(expected, result.value, file.fuzzy) : ` err: ${result.error.message}`;
    if (failure !== null) failures.push(`    expr: ${quote(expr)}, time: ${formatDuration(atMs)},${failure}`);
  }
  return failures;
}

const inOrder = (alerts: readonly ExpectedAlert[]): ExpectedAlert[] =>
  alerts.toSorted((a, b) => compareLabels(a.labels, b.labels) || compareLabels(a.annotations, b.annotations));

/** Null when they are the same. Values are compared to the last bit, or, `fuzzy`, to the one before. */
function compareSamples(expected: readonly ExpectedSample[], found: readonly RuleSample[], fuzzy: boolean): string | null {
  const byLabels = <T extends ExpectedSample>(samples: readonly T[]): T[] => samples.toSorted((a, b) => compareLabels(a.labels, b.labels));
  const wanted = byLabels(expected);
  const got = byLabels(found.map(({ labels, value, histogram }) => ({ labels, point: histogram ?? value })));
  const same =
    wanted.length === got.length &&
    wanted.every(({ labels, point }, i) => {
      const other = got[i];
      return other !== undefined && seriesKey(labels) === seriesKey(other.labels) && samePoint(point, other.point, fuzzy);
    });
  return same ? null : `\n        exp: ${samplesText(wanted)}\n        got: ${samplesText(got)}`;
}

function samePoint(expected: Point, got: Point, fuzzy: boolean): boolean {
  if (typeof expected === "number" && typeof got === "number")
    return expected === got || (expected !== expected && got !== got) || (fuzzy && almostEqual(expected, got));
  if (typeof expected !== "object" || typeof got !== "object") return false;
  // How a counter went on is compared where it is said.
  const comparable = expected.counterResetHint === "unknown" ? { ...got, counterResetHint: "unknown" as const } : got;
  return writeHistogram(expected) === writeHistogram(comparable);
}

/** Equal but for the last bit, as promtool compares. */
function almostEqual(a: number, b: number): boolean {
  const [x = 0n, y = 0n] = new BigInt64Array(Float64Array.of(a, b).buffer);
  return Math.sign(a) === Math.sign(b) && x - y <= 1n && y - x <= 1n;
}

function dataOf(storage: MemorySeries): string {
  const all = storage.select({ matchers: [], startMs: -Infinity, endMs: Infinity });
  return all
    .toSorted((a, b) => compareLabels(a.labels, b.labels))
    .map(({ labels, timestamps, values, histograms }) => {
      const lines = Array.from(timestamps, (t, i) => {
        const histogram = histograms?.[i];
        const value = values[i] ?? NaN;
        return `${histogram !== undefined ? writeHistogram(histogram) : isStale(value) ? "stale" : formatFloat(value)} @[${t}]`;
      });
      return `${labelsText(labels)} =>\n${lines.join("\n")}`;
    })
    .join("\n");
}
