/**
 * `timeseries_gen(template, metric_name)`: series that a template lists instead of storage (Prometheus's experiment of that
 * name). The template is Go's; what it prints is of no meaning, what it emits by `series` and `rangeSeries` is the result.
 */
import type { Labels } from "../../model/labels.ts";
import { METRIC_NAME, seriesKey } from "../../model/labels.ts";
import type { Node } from "../../template/ast.ts";
import { executeTemplate } from "../../template/execute.ts";
import { type GoFunctions, type GoValue, numeric, textOf, variadic } from "../../template/go-value.ts";
import { parseTemplate } from "../../template/parse.ts";
import { type Column, FLOAT, newColumn } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { hasInvalidUtf8 } from "../parse/string-literal.ts";

const MOST_SERIES = 10_000;

const refused = (what: string): QueryError => new QueryError("execution", `timeseries_gen: ${what}`);

/** What is emitted, by the key of its labels. */
class Emitted {
  readonly series = new Map<string, { readonly labels: Labels; readonly value: number }>();
  readonly #metric: string;

  constructor(metric: string) {
    this.#metric = metric;
  }

  /** `pairs`: names and values of labels in turn. */
  add(value: GoValue, pairs: readonly GoValue[], fanOut?: { readonly label: string; readonly value: string }): void {
    if (pairs.length % 2 !== 0) throw refused(`expected even number of label names and values, got ${pairs.length}`);
    const labels: Record<string, string> = this.#metric === "" ? {} : { [METRIC_NAME]: this.#metric };
    if (fanOut !== undefined) labels[fanOut.label] = fanOut.value;
    for (let i = 0; i < pairs.length; i += 2) {
      const name = textOf(pairs[i], "a label's name");
      if (name === METRIC_NAME && this.#metric !== "") throw refused(`${METRIC_NAME} must not be set where a metric name is given`);
      if (name === "" || hasInvalidUtf8(name)) throw refused(`invalid label name ${JSON.stringify(name)}`);
      const text = textOf(pairs[i + 1], `the label ${name}`);
      if (text !== "") labels[name] = text;
    }
    const key = seriesKey(labels);
    if (this.series.has(key)) throw refused(`duplicate label set ${key}`);
    if (this.series.size >= MOST_SERIES) throw refused(`the number of emitted series exceeds limit ${MOST_SERIES}`);
    this.series.set(key, { labels, value: numeric(value) });
  }

  addEach(label: GoValue | undefined, list: GoValue | undefined, value: GoValue, pairs: readonly GoValue[]): void {
    const name = textOf(label, "the label to fan out");
    if (name === METRIC_NAME && this.#metric !== "")
      throw refused(`${METRIC_NAME} must not be the fanout label where a metric name is given`);
    for (const entry of textOf(list, "the list of values").split(",")) {
      const text = entry.trim();
      if (text !== "") this.add(value, pairs, { label: name, value: text });
    }
  }
}

function sequence(from: GoValue | undefined, to: GoValue | undefined): GoValue[] {
  const first = Math.trunc(numeric(from ?? null));
  const last = Math.trunc(numeric(to ?? null));
  // One more than could be emitted: the refusal is that of the series.
  const count = Math.max(0, Math.min(last - first + 1, MOST_SERIES + 1));
  return Array.from({ length: count }, (_, i) => BigInt(first + i));
}

const of =
  (compute: (a: number, b: number) => number) =>
  (a: GoValue = null, b: GoValue = null): number =>
    compute(numeric(a), numeric(b));

const ofOne =
  (compute: (a: number) => number) =>
  (a: GoValue = null): number =>
    compute(numeric(a));

/** Half away from zero, as Go's math.Round. */
const rounded = (x: number): number => Math.sign(x) * Math.round(Math.abs(x));

function divided(a: number, b: number): number {
  if (b === 0) throw refused("division by zero");
  return a / b;
}

function functionsOf(emitted: Emitted): GoFunctions {
  return variadic({
    series: (value = null, ...pairs) => {
      emitted.add(value, pairs);
      return "";
    },
    rangeSeries: (label, list, value = null, ...pairs) => {
      emitted.addEach(label, list, value, pairs);
      return "";
    },
    seq: sequence,
    int: (value = null) => BigInt(Math.trunc(numeric(value))),
    float: ofOne((x) => x),
    add: of((a, b) => a + b),
    sub: of((a, b) => a - b),
    mul: of((a, b) => a * b),
    div: of(divided),
    min: of(Math.min),
    max: of(Math.max),
    abs: ofOne(Math.abs),
    ceil: ofOne(Math.ceil),
    floor: ofOne(Math.floor),
    round: ofOne(rounded),
  });
}

/** Templates of templates are not taken. */
function forbiddenIn(nodes: readonly Node[]): boolean {
  return nodes.some((node) => node.kind === "template" || ("body" in node && (forbiddenIn(node.body) || forbiddenIn(node.otherwise))));
}

/** The same value at every step, a column for each series in the order of emission. */
export function generatedSeries(template: string, metric: string, count: number): Column[] {
  const parsed = parseTemplate(template);
  if (!parsed.ok) throw refused(parsed.error.message);
  if (parsed.value.definitions.size > 0) throw refused("forbidden template action: define");
  if (forbiddenIn(parsed.value.root)) throw refused("forbidden template action: template");
  const emitted = new Emitted(metric);
  const executed = executeTemplate(parsed.value, null, functionsOf(emitted));
  if (!executed.ok) throw refused(executed.error.message.replace("timeseries_gen: ", ""));
  return [...emitted.series.values()].map(({ labels, value }) => {
    const column = newColumn(labels, count, false);
    column.values.fill(value);
    column.kinds.fill(FLOAT);
    return column;
  });
}
