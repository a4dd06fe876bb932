/** Functions of Prometheus's alert templates (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/). */
import { parseDuration } from "../model/duration.ts";
import type { Labels } from "../model/labels.ts";
import { queryEscape } from "./builtins.ts";
import { goLower, goUpper, TITLES } from "./go-case.ts";
import { goDuration } from "./go-duration.ts";
import { formatValue } from "./go-format.ts";
import { goTime } from "./go-time.ts";
import type { GoFunctions, GoMap, GoStruct, GoValue } from "./go-value.ts";
import { isList, isMap, isStruct, numeric, textOf, variadic } from "./go-value.ts";
import { splitHostPort } from "./host-port.ts";
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp, wholeMs } from "./humanize.ts";
import { Patterns } from "./patterns.ts";

export interface TemplateSample {
  readonly labels: Labels;
  readonly value: number;
}

export interface PrometheusTemplatePorts {
  /** An instant query at the time of evaluation; throws Error when it fails. The same list again is not taken apart again. */
  readonly query: (expression: string) => readonly TemplateSample[];
  /** When the rule is evaluated. */
  readonly nowMs: number;
  readonly externalUrl: string;
  /** `$externalLabels`; none when absent. */
  readonly externalLabels?: Labels;
}

export const labelMap = (labels: Labels): GoMap => new Map(Object.entries(labels).filter(([, value]) => value !== undefined));

const sampleOf = ({ labels, value }: TemplateSample): GoStruct => ({ Labels: labelMap(labels), Value: value });

const vectors = new WeakMap<readonly TemplateSample[], readonly GoValue[]>();

function vectorOf(found: readonly TemplateSample[]): readonly GoValue[] {
  const vector = vectors.get(found) ?? found.map(sampleOf);
  vectors.set(found, vector);
  return vector;
}

function labelsOf(value: GoValue | undefined): GoMap {
  const labels = value !== undefined && isStruct(value) ? value["Labels"] : undefined;
  if (labels === undefined || !isMap(labels)) throw new Error("not a sample");
  return labels;
}

function samples(value: GoValue | undefined): readonly GoValue[] {
  if (value === undefined || !isList(value)) throw new Error("not a list of samples");
  return value;
}

const text = (value: GoValue | undefined): string => textOf(value, "text");
const number = (value: GoValue | undefined): number => numeric(value ?? null);

/** Go's strings.Title: letters behind white space, and behind what is neither letter, digit nor underscore in ASCII. */
const title = (words: string): string =>
  words.replace(/(^|[\p{White_Space}\p{ASCII}])(?<![A-Za-z0-9_])(\p{L})/gu, (_whole, before: string, letter: string) => {
    const upper = TITLES[letter] ?? letter.toUpperCase();
    return before + (Array.from(upper).length === 1 ? upper : letter);
  });

const isAddress = (name: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":");

function stripDomain(hostPort: string): string {
  const { host, port } = splitHostPort(hostPort) ?? { host: hostPort, port: "" };
  if (isAddress(host)) return hostPort;
  const [first = ""] = host.split(".");
  return port === "" ? first : `${first}:${port}`;
}

const VARIADIC = variadic({
  args: (...values) => new Map(values.map((value, i) => [`arg${i}`, value])),
  tmpl: () => {
    throw new Error('tmpl is not supported; use {{ template "name" . }}');
  },
});

/** For one execution. */
export function prometheusFunctions(ports: PrometheusTemplatePorts): GoFunctions {
  const patterns = new Patterns();
  const link = (expression: string, tab: number): string => `/graph?g0.expr=${queryEscape(expression)}&g0.tab=${tab}`;
  return {
    ...VARIADIC,
    query: (expression) => vectorOf(ports.query(text(expression))),
    first: (vector) => {
      const [first] = samples(vector);
      if (first === undefined) throw new Error("first() called on vector with no elements");
      return first;
    },
    label: (name, sample) => labelsOf(sample).get(text(name)) ?? "",
    value: (sample) => {
      const value = sample !== undefined && sample !== null && isStruct(sample) ? sample["Value"] : undefined;
      if (value === undefined) throw new Error("not a sample");
      return value;
    },
    strvalue: (sample) => labelsOf(sample).get("__value__") ?? "",
    sortByLabel: (name, vector) =>
      [...samples(vector)].sort((a, b) => {
        const [x, y] = [formatValue(labelsOf(a).get(text(name)) ?? ""), formatValue(labelsOf(b).get(text(name)) ?? "")];
        return x < y ? -1 : x === y ? 0 : 1;
      }),
    match: (pattern, subject) => patterns.isFound(text(pattern), text(subject)),
    reReplaceAll: (pattern, replacement, subject) => patterns.replaceAll(text(pattern), text(replacement), text(subject)),
    title: (words) => title(text(words)),
    toUpper: (words) => goUpper(text(words)),
    toLower: (words) => goLower(text(words)),
    safeHtml: (html) => text(html),
    stripPort: (hostPort) => splitHostPort(text(hostPort))?.host ?? text(hostPort),
    stripDomain: (hostPort) => stripDomain(text(hostPort)),
    humanize: (value) => humanize(number(value)),
    humanize1024: (value) => humanize1024(number(value)),
    humanizeDuration: (value) => humanizeDuration(number(value)),
    humanizePercentage: (value) => humanizePercentage(number(value)),
    humanizeTimestamp: (value) => humanizeTimestamp(number(value)),
    toTime: (value) => {
      const seconds = number(value);
      if (!Number.isFinite(seconds)) throw new Error("value is NaN or Inf");
      return goTime(wholeMs(seconds));
    },
    toDuration: (value) => goDuration(number(value)),
    now: () => ports.nowMs / 1000,
    parseDuration: (duration) => {
      const parsed = parseDuration(text(duration));
      if (!parsed.ok) throw new Error(`not a valid duration string: ${JSON.stringify(duration)}`);
      return parsed.value / 1000;
    },
    urlQueryEscape: (words) => queryEscape(text(words)),
    graphLink: (expression) => link(text(expression), 0),
    tableLink: (expression) => link(text(expression), 1),
    pathPrefix: () => {
      const path = /^[a-z]+:\/\/[^/]*(\/.*)?$/i.exec(ports.externalUrl)?.[1] ?? "";
      return path.replace(/\/$/, "");
    },
    externalURL: () => ports.externalUrl,
  };
}
