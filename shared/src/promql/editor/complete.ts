/** What fits at a position of a query: metrics, labels, values, functions, keywords. */
import type { Span } from "../ast.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import type { ParseOptions } from "../parse/parse.ts";
import { WORD_DOCS } from "./function-docs.ts";
import { factsOf, type PromqlMetadata } from "./metadata.ts";
import { placeAt } from "./place.ts";
import { type Mark, writtenLabel, writtenMetric, writtenString } from "./written.ts";

export type CompletionKind = "metric" | "function" | "aggregation" | "label" | "value" | "keyword" | "duration" | "operator";

export interface CompletionItem {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A metric's type and unit, or a function's signature. */
  readonly detail: string;
  /** A sentence: a metric's help, what a function does. */
  readonly info: string;
  /** Text to insert where it is not the label. */
  readonly insert?: string;
}

export interface Completions extends Span {
  readonly items: readonly CompletionItem[];
  /** True when there are more than are listed: ask again when more is typed. */
  readonly incomplete: boolean;
}

const MOST_ITEMS = 200;
const DURATIONS = ["30s", "1m", "5m", "10m", "15m", "30m", "1h", "6h", "1d", "1w"];
const UNITS = ["s", "m", "h", "d", "w"];
const OPERATORS = ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<="];
const MATCHER_OPS: readonly (readonly [string, string])[] = [
  ["=", "equals"],
  ["!=", "differs"],
  ["=~", "matches the regular expression"],
  ["!~", "does not match the regular expression"],
];

const keywords = (words: readonly string[], kind: CompletionKind = "keyword"): CompletionItem[] =>
  words.map((label) => ({ label, kind, detail: "", info: "" }));

/** Answers without metadata (null, or where asking it fails) name the language's words alone. */
export async function completeQuery(
  text: string,
  offset: number,
  metadata: PromqlMetadata | null,
  options: ParseOptions = {},
): Promise<Completions> {
  const place = placeAt(text, offset);
  const stored = async (ask: (known: PromqlMetadata) => Promise<readonly CompletionItem[]>): Promise<readonly CompletionItem[]> => {
    if (metadata === null) return [];
    try {
      return await ask(metadata);
    } catch {
      return [];
    }
  };
  const all = async (): Promise<readonly CompletionItem[]> => {
    switch (place.kind) {
      case "operand":
        return [
          ...(await stored((known) => metrics(known, ""))),
          ...words(options.experimentalFunctions === true),
          ...keywords(place.keywords),
        ];
      case "operator":
        return [...keywords(OPERATORS, "operator"), ...keywords(["and", "or", "unless"]), ...keywords(place.keywords)];
      case "label":
        return [
          ...(await stored(async (known) => [
            ...labels(await known.labelNames(place.metric), place),
            // In quotes it may become the metric's name.
            ...(place.mark !== "" && place.metric === "" ? await metrics(known, place.mark) : []),
          ])),
          ...(place.metric === "" ? nameLabel(place) : []),
        ];
      case "grouping":
        return [...(await stored(async (known) => labels(await groupingLabels(known, place.metrics), place))), ...nameLabel(place)];
      case "matcher":
        return MATCHER_OPS.map(([label, info]) => ({ label, kind: "operator", detail: info, info: "", insert: `${label}"` }));
      case "value":
        return stored(async (known) => {
          const values = place.label === METRIC_NAME ? await known.metricNames() : await known.labelValues(place.label, place.metric);
          return values.flatMap((label) => written({ label, kind: "value", detail: "", info: "" }, writtenString(label, place.mark)));
        });
      case "duration":
        return keywords(/^\d+$/.test(place.typed) ? UNITS.map((unit) => place.typed + unit) : DURATIONS, "duration");
      case "at":
        return keywords(["start()", "end()"]);
      case "nothing":
        return [];
    }
  };
  const fitting = ranked(await all(), place.typed);
  return { ...place.span, items: fitting.slice(0, MOST_ITEMS), incomplete: fitting.length > MOST_ITEMS };
}

async function metrics(known: PromqlMetadata, mark: Mark): Promise<readonly CompletionItem[]> {
  const [names, facts] = await Promise.all([known.metricNames(), known.facts()]);
  return names.flatMap((label) => {
    const { type = "", unit = "", help = "" } = factsOf(facts, label) ?? {};
    const detail = [type, unit].filter((word) => word !== "" && word !== "unknown").join(", ");
    return written({ label, kind: "metric", detail, info: help }, writtenMetric(label, mark));
  });
}

/** Aggregations first: the functions of their names are the rarer ones. */
const words = (experimental: boolean): CompletionItem[] => {
  const known = [...WORD_DOCS].filter(([, docs]) => experimental || !docs.experimental);
  const of = (kind: "aggregation" | "function"): CompletionItem[] =>
    known.flatMap(([label, docs]) => (docs.kind === kind ? [{ label, kind, detail: docs.signature, info: docs.sentence }] : []));
  return [...of("aggregation"), ...of("function")];
};

interface LabelPlace {
  readonly used: readonly string[];
  readonly mark: Mark;
}

/** Behind the others: it is asked for by name, if at all. */
const nameLabel = ({ used, mark }: LabelPlace): readonly CompletionItem[] =>
  used.includes(METRIC_NAME)
    ? []
    : written({ label: METRIC_NAME, kind: "label", detail: "", info: "The metric's name." }, writtenLabel(METRIC_NAME, mark));

function labels(names: readonly string[], { used, mark }: LabelPlace): readonly CompletionItem[] {
  const free = names.filter((name) => name !== METRIC_NAME && !used.includes(name));
  return free.flatMap((label) => written({ label, kind: "label", detail: "", info: "" }, writtenLabel(label, mark)));
}

async function groupingLabels(known: PromqlMetadata, names: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all((names.length === 0 ? [""] : names).map((metric) => known.labelNames(metric)));
  return [...new Set(lists.flat())].sort();
}

/** What the quotes that are there cannot hold is none of what fits. */
const written = (item: CompletionItem, text: string | null): readonly CompletionItem[] =>
  text === null ? [] : [text === item.label ? item : { ...item, insert: text }];

/** Those that begin with what is typed, then those that contain it, then those that have its letters in order. */
function ranked(items: readonly CompletionItem[], typed: string): readonly CompletionItem[] {
  if (typed === "") return items;
  const wanted = typed.toLowerCase();
  const grades: CompletionItem[][] = [[], [], []];
  for (const item of items) {
    const label = item.label.toLowerCase();
    const grade = label.startsWith(wanted) ? 0 : label.includes(wanted) ? 1 : hasInOrder(label, wanted) ? 2 : -1;
    grades[grade]?.push(item);
  }
  return grades.flat();
}

function hasInOrder(label: string, letters: string): boolean {
  let at = 0;
  for (const letter of label) if (letter === letters[at]) at++;
  return at >= letters.length;
}
