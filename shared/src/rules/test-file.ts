/** Rule tests in promtool's format (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/). */
import { lineAndColumn } from "../format/line-and-column.ts";
import { plainYaml } from "../format/plain-yaml.ts";
import { faultInWords, readYaml } from "../format/read-yaml.ts";
import { formatDuration } from "../model/duration.ts";
import type { Labels } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import { parseDuration } from "../promql/parse/literals.ts";
import type { Point } from "../promql/notation/points.ts";
import { parsePoints } from "../promql/notation/points.ts";
import { parseLabels } from "../promql/notation/series-line.ts";

export interface ExpectedAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ExpectedAlerts {
  /** From the start of the test, as all its times. */
  readonly atMs: number;
  readonly name: string;
  /** The annotations that come are taken for none. */
  readonly ignoreAnnotations: boolean;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedSample {
  readonly labels: Labels;
  readonly point: Exclude<Point, undefined | "stale">;
}

export interface RuleTest {
  /** "" if it has none. */
  readonly name: string;
  /** When its first samples are, and what `eval_time` counts from; ms. */
  readonly startMs: number;
  readonly intervalMs: number;
  readonly series: readonly { readonly labels: Labels; readonly points: readonly Point[] }[];
  readonly alerts: readonly ExpectedAlerts[];
  readonly queries: readonly { readonly atMs: number; readonly expr: string; readonly expected: readonly ExpectedSample[] }[];
  readonly externalUrl: string;
  /** For templates; they are on no alert. */
  readonly externalLabels: Labels;
}

export interface RuleTestFile {
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  readonly groupOrder: readonly string[];
  /** Compare values with a tolerance of the last bits. */
  readonly fuzzy: boolean;
  readonly tests: readonly RuleTest[];
  /** The line of a second YAML document, which is not read: promtool's way. */
  readonly unreadFromLine: number | null;
}

class Fault extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const FILE = ["rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests"];
const TEST = [
  "name",
  "interval",
  "input_series",
  "alert_rule_test",
  "promql_expr_test",
  "external_labels",
  "external_url",
  "start_timestamp",
  "ignore_annotations",
];

/** Failures `bad_yaml`, `bad_test`. Fields that nobody knows are one, unless they are to be ignored. */
export function parseRuleTests(yamlText: string, { ignoreUnknownFields = false } = {}): Result<RuleTestFile> {
  // Every value as it is written: `0x10` are eleven samples, and no number.
  const { documents, faults } = readYaml(yamlText, { schema: "failsafe" });
  const [document, unread] = documents;
  const unreadFrom = unread?.range?.[0];
  const [fault] = faults.filter(({ from }) => from < (unreadFrom ?? Infinity));
  if (fault !== undefined) return fail("bad_yaml", faultInWords(yamlText, fault));
  const plain = document === undefined ? ok(undefined) : plainYaml(document, yamlText);
  if (!plain.ok) return plain;
  try {
    const known: KnownFields = (node, place, names) => fields(node, place, names, ignoreUnknownFields);
    const file = known(plain.value, "the file", FILE);
    const evaluationIntervalMs = interval(file, "evaluation_interval", 60_000);
    const order = list(file, "group_eval_order").map(String);
    const twice = order.find((name, i) => order.indexOf(name) < i);
    if (twice !== undefined) throw new Fault(`group name repeated in evaluation order: ${twice}`);
    return ok({
      ruleFiles: list(file, "rule_files").map(String),
      evaluationIntervalMs,
      groupOrder: order,
      fuzzy: isTrue(file["fuzzy_compare"]),
      unreadFromLine: unreadFrom === undefined ? null : lineAndColumn(yamlText, unreadFrom).line,
      tests: list(file, "tests").map((test, i) => readTest(test, `test ${i + 1}`, evaluationIntervalMs, known)),
    });
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return fail("bad_test", fault.message);
  }
}

type KnownFields = (node: unknown, place: string, names: readonly string[]) => Fields;

function readTest(node: unknown, place: string, evaluationIntervalMs: number, fields: KnownFields): RuleTest {
  const test = fields(node, place, TEST);
  const given = typeof test["name"] === "string" ? test["name"] : "";
  const name = given === "" ? place : given;
  return {
    name: given,
    startMs: test["start_timestamp"] === undefined ? 0 : timestamp(text(test, "start_timestamp"), name),
    intervalMs: interval(test, "interval", evaluationIntervalMs),
    externalUrl: typeof test["external_url"] === "string" ? test["external_url"] : "",
    externalLabels: texts(test["external_labels"]),
    series: list(test, "input_series").map((item) => {
      const series = fields(item, `${name}: input_series`, ["series", "values"]);
      return { labels: labelsOf(series["series"], name), points: read(name, () => parsePoints(text(series, "values"))) };
    }),
    alerts: list(test, "alert_rule_test").map((item) => {
      const expectation = fields(item, `${name}: alert_rule_test`, ["eval_time", "alertname", "exp_alerts", "ignore_annotations"]);
      if (expectation["alertname"] === undefined) {
        const at = formatDuration(duration(expectation, "eval_time", 0));
        const group = given === "" ? "" : ` (in TestGroup ${given})`;
        throw new Fault(`an item under alert_rule_test misses required attribute alertname at eval_time ${at}${group}`);
      }
      return {
        atMs: duration(expectation, "eval_time", 0),
        name: text(expectation, "alertname"),
        ignoreAnnotations: isTrue(expectation["ignore_annotations"] ?? test["ignore_annotations"]),
        expected: list(expectation, "exp_alerts").map((alert) => {
          const { exp_labels: labels, exp_annotations: annotations } = fields(alert, `${name}: exp_alerts`, [
            "exp_labels",
            "exp_annotations",
          ]);
          return { labels: texts(labels), annotations: texts(annotations) };
        }),
      };
    }),
    queries: list(test, "promql_expr_test").map((item) => {
      const expectation = fields(item, `${name}: promql_expr_test`, ["expr", "eval_time", "exp_samples"]);
      return {
        atMs: duration(expectation, "eval_time", 0),
        expr: text(expectation, "expr"),
        expected: list(expectation, "exp_samples").map((sample) => {
          const expected = fields(sample, `${name}: exp_samples`, ["labels", "value", "histogram"]);
          const written = expected["histogram"] === undefined ? floatOf(text(expected, "value")) : text(expected, "histogram");
          const [point] = read(name, () => parsePoints(written));
          if (point === undefined || point === "stale") throw new Fault(`${name}: ${written} is no value.`);
          return { labels: expected["labels"] === undefined ? {} : labelsOf(expected["labels"], name), point };
        }),
      };
    }),
  };
}

function read<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Fault(`${place}: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

const labelsOf = (value: unknown, place: string): Labels => read(place, () => parseLabels(String(value)));

/** Nothing, in YAML's ways of writing it. */
const isNothing = (value: unknown): boolean => value === undefined || value === null || value === "" || value === "~" || value === "null";

const isTrue = (value: unknown): boolean => typeof value === "string" && /^(true|yes|on|y)$/i.test(value);

/** YAML's floats as series are written: `.inf`, `.NaN`, `0x10`. */
function floatOf(written: string): string {
  const special = /^([+-]?)\.(inf|nan)$/i.exec(written);
  if (special !== null) return `${special[1] ?? ""}${special[2] ?? ""}`;
  return /^0[xo]/i.test(written) ? String(Number(written)) : written;
}

/** What is there of a map; fields that say nothing are left out. */
function fields(node: unknown, place: string, known: readonly string[], ignoreOthers: boolean): Fields {
  if (isNothing(node)) return {};
  if (typeof node !== "object" || node === null || Array.isArray(node)) throw new Fault(`${place} is not a map of ${known.join(", ")}.`);
  for (const key of Object.keys(node))
    if (!ignoreOthers && !known.includes(key))
      throw new Fault(`${place}: ${JSON.stringify(key)} is not a field here; known are ${known.join(", ")}.`);
  return Object.fromEntries(Object.entries(node).filter(([, value]) => !isNothing(value)));
}

function list(map: Fields, key: string): readonly unknown[] {
  const value = map[key] ?? [];
  if (!Array.isArray(value)) throw new Fault(`\`${key}\` must be a list.`);
  return value;
}

function text(map: Fields, key: string): string {
  const value = map[key];
  if (typeof value !== "string") throw new Fault(`\`${key}\` must be a text.`);
  return value;
}

function duration(map: Fields, key: string, otherwise: number): number {
  if (map[key] === undefined) return otherwise;
  const written = text(map, key);
  const ms = written === "0" ? 0 : parseDuration(written);
  if (ms === undefined || ms === null) throw new Fault(`\`${key}\`: ${JSON.stringify(written)} is not a duration.`);
  return ms;
}

/** None is as one that is left out, as in promtool. */
const interval = (map: Fields, key: string, otherwise: number): number => duration(map, key, otherwise) || otherwise;

/** Seconds since 1970, or RFC 3339. */
function timestamp(written: string, place: string): number {
  const ms =
    written.trim() !== "" && Number.isFinite(Number(written)) ? Number(written) * 1000 : RFC3339.test(written) ? Date.parse(written) : NaN;
  if (Number.isNaN(ms))
    throw new Fault(
      `${place}: \`start_timestamp\`: ${JSON.stringify(written)} is no time; write seconds since 1970 or \`2024-01-01T00:00:00Z\`.`,
    );
  return Math.round(ms);
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries((value ?? {}) as Fields).map(([name, one]) => [name, isNothing(one) ? "" : String(one)]));
