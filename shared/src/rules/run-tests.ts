import { formatLabels, seriesKey } from "../model/labels.ts";
import { formatDuration } from "../model/duration.ts";
import type { RuleGroup } from "../model/rule.ts";
import { type ParseOptions, parseQuery } from "../promql/engine.ts";
import { formatHistogram } from "../promql/json/histogram-text.ts";
import type { Point } from "../promql/notation/points.ts";
import type { RuleSample } from "./evaluate-group.ts";
import { RunningGroup, evaluateRule } from "./evaluate-group.ts";
import { MemorySeries } from "./memory-series.ts";
import type { ExpectedAlert, RuleTest, RuleTestFile } from "./test-file.ts";

/** Runs every test; returns what failed, in words. Errors of rules are failures too. */
export function runRuleTests(file: RuleTestFile, groups: readonly RuleGroup[], options: ParseOptions = {}): string[] {
  const place = (group: RuleGroup): number => file.groupOrder.indexOf(group.name);
  const ordered = groups.toSorted((a, b) => place(a) - place(b));
  return file.tests.flatMap((test) => runTest(test, file, ordered, options).map((failure) => `${test.name}: ${failure}`));
}

function runTest(test: RuleTest, file: RuleTestFile, groups: readonly RuleGroup[], options: ParseOptions): string[] {
  const failures: string[] = [];
  const storage = new MemorySeries();
  const running = groups.map((group) => new RunningGroup(group));
  const end = Math.max(0, ...test.alerts.map(({ atMs }) => atMs), ...test.queries.map(({ atMs }) => atMs));
  const errors = new Set<string>();
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
    for (const group of running) for (const error of group.run(test.startMs + t, ports)) errors.add(error);
    for (const expectation of test.alerts) {
      if (expectation.atMs < t || expectation.atMs >= t + file.evaluationIntervalMs) continue;
      const firing = running.flatMap((group) => group.alerts(expectation.name)).filter(({ state }) => state === "firing");
      const got = expectation.ignoreAnnotations ? firing.map((alert) => ({ ...alert, annotations: {} })) : firing;
      const failure = compareAlerts(expectation.name, expectation.expected, got);
      if (failure !== null) failures.push(`alertname: ${expectation.name}, time: ${formatDuration(expectation.atMs)}\n${failure}`);
    }
  }
  loadUntil(end);
  for (const { atMs, expr, expected } of test.queries) {
    const parsed = parseQuery(expr, options);
    const result = parsed.ok ? evaluateRule(parsed.value, test.startMs + atMs, storage.select, file.evaluationIntervalMs) : parsed;
    const failure = result.ok ? compareSamples(expected, result.value, file.fuzzy) : `    ${result.error.message}`;
    if (failure !== null) failures.push(`expr: ${JSON.stringify(expr)}, time: ${formatDuration(atMs)}\n${failure}`);
  }
  return [...failures, ...[...errors].map((error) => `rule ${error}`)];
}

const difference = (expected: readonly string[], got: readonly string[]): string | null => {
  const [wanted, found] = [expected.toSorted(), got.toSorted()];
  if (wanted.length === found.length && wanted.every((line, i) => line === found[i])) return null;
  const show = (lines: readonly string[]): string => (lines.length === 0 ? " nothing" : `\n        ${lines.join("\n        ")}`);
  return `    exp:${show(wanted)}\n    got:${show(found)}`;
};

function compareAlerts(name: string, expected: readonly ExpectedAlert[], firing: readonly ExpectedAlert[]): string | null {
  const line = ({ labels, annotations }: ExpectedAlert): string =>
    `${formatLabels({ ...labels, alertname: name })} ${formatLabels(annotations)}`;
  return difference(expected.map(line), firing.map(line));
}

const pointText = (point: Point): string => (typeof point === "object" ? formatHistogram(point) : String(point));

function compareSamples(
  expected: readonly { readonly labels: RuleSample["labels"]; readonly point: Point }[],
  got: readonly RuleSample[],
  fuzzy: boolean,
): string | null {
  const actual = new Map(got.map((sample) => [seriesKey(sample.labels), sample]));
  const line = (labels: RuleSample["labels"], point: Point): string => `${formatLabels(labels)} ${pointText(point)}`;
  return difference(
    expected.map(({ labels, point }) => {
      const found = actual.get(seriesKey(labels));
      const close =
        fuzzy && typeof point === "number" && found?.histogram === undefined && found !== undefined && almostEqual(point, found.value);
      return line(labels, close ? found.value : point);
    }),
    got.map(({ labels, value, histogram }) => line(labels, histogram ?? value)),
  );
}

/** Equal but for the last bit, as promtool compares. */
function almostEqual(a: number, b: number): boolean {
  const [x = 0n, y = 0n] = new BigInt64Array(Float64Array.of(a, b).buffer);
  return a === b || (Math.sign(a) === Math.sign(b) && x - y <= 1n && y - x <= 1n);
}
