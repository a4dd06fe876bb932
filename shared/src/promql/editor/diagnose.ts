/** What an editor underlines in a query: faults of the language, and what does not fit the stored series. */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Span, VectorSelector } from "../ast.ts";
import { quote } from "../format/quote.ts";
import { matchesLabels } from "../matchers.ts";
import { type ParseOptions, type QueryFault, readQuery } from "../parse/parse.ts";
import { tokensOf } from "../parse/tokens.ts";
import { type Diagnostic, type Edit, replacements, suggestion } from "./diagnostic.ts";
import { WORD_DOCS } from "./function-docs.ts";
import { groupingHints } from "./grouping-hints.ts";
import { labelsLeft } from "./labels-left.ts";
import type { PromqlMetadata } from "./metadata.ts";
import { nearestNames } from "./nearest.ts";
import { placeAt } from "./place.ts";
import { metricOf, metricSpan, selectorsIn, writtenMatchers } from "./selectors.ts";
import { typeHints } from "./type-hints.ts";
import { markAround, metricEdit, writtenLabel, writtenMetric, writtenString } from "./written.ts";

export interface DiagnoseOptions extends ParseOptions {
  /** Metrics that are to come, such as what the same file records. */
  readonly alsoKnown?: ReadonlySet<string>;
}

/** Made where they are evaluated, and so in no list of what is stored. */
const MADE = /^(ALERTS|ALERTS_FOR_STATE|sightline_sender_.*)$/;
/** More values than this are not searched for a similar one. */
const MOST_VALUES = 20_000;

/** In the order of the text. Without metadata (null, or where asking it fails) only what the language says. */
export async function diagnoseQuery(
  text: string,
  metadata: PromqlMetadata | null,
  options: DiagnoseOptions = {},
): Promise<readonly Diagnostic[]> {
  const read = readQuery(text, options);
  if ("fault" in read) return [faultDiagnostic(text, read.fault)];
  const { expr } = read;
  const untold = (): readonly Diagnostic[] =>
    sorted(
      typeHints(
        text,
        expr,
        {},
        labelsLeft(expr, () => null),
      ),
    );
  if (metadata === null) return untold();
  try {
    const found: Diagnostic[] = [];
    const labelsOf = new Map<VectorSelector, ReadonlySet<string>>();
    for (const selector of selectorsIn(expr)) {
      const metric = metricOf(selector);
      if (!isStored(metric, options)) continue;
      const names = await metadata.metricNames();
      if (names.includes(metric)) {
        const labels = await metadata.labelNames(metric);
        labelsOf.set(selector, new Set(labels));
        found.push(...(await selectorHints(text, selector, labels, metadata)));
      } else found.push(unknownMetric(text, selector, names));
    }
    const labels = labelsLeft(expr, (selector) => labelsOf.get(selector) ?? null);
    found.push(...typeHints(text, expr, await metadata.facts(), labels), ...groupingHints(text, expr, labels));
    return sorted(found);
  } catch {
    return untold();
  }
}

const sorted = (found: readonly Diagnostic[]): readonly Diagnostic[] => found.toSorted((a, b) => a.from - b.from || a.to - b.to);

const UNKNOWN_FUNCTION = /^unknown function with name "(.*)"$/;

function faultDiagnostic(text: string, { message, span }: QueryFault): Diagnostic {
  const dotted = message.endsWith(": '.'") ? dottedName(text, span.from) : null;
  if (dotted !== null) return dotted;
  const name = UNKNOWN_FUNCTION.exec(message)?.[1];
  const similar = name === undefined ? [] : nearestNames(name, WORD_DOCS.keys());
  // What is missing at the end is underlined at the last character.
  const from = Math.min(span.from, Math.max(0, text.trimEnd().length - 1));
  const to = Math.max(span.to, from + 1);
  const place = name === undefined ? { from, to } : { from: span.from, to: span.from + name.length };
  return {
    ...place,
    severity: "error",
    code: "parse_error",
    message: `${message}${suggestion(similar)}`,
    fixes: replacements(similar, (known) => edit(place, known)),
  };
}

/** What is said of the name about a dot that the grammar does not know. */
function dottedName(text: string, dot: number): Diagnostic | null {
  const token = tokensOf(text).find(({ from, text: word }) => from < dot && dot < from + word.length);
  if (token === undefined || !/^[a-zA-Z_:]/.test(token.text)) return null;
  const { kind } = placeAt(text, dot);
  if (kind !== "operand" && kind !== "label" && kind !== "grouping") return null;
  const name = token.text;
  const span = { from: token.from, to: token.from + name.length };
  const written = (kind === "operand" ? writtenMetric : writtenLabel)(name, "");
  const fix = kind === "operand" ? metricEdit(text, span, name) : edit(span, written);
  return {
    ...span,
    severity: "error",
    code: "parse_error",
    message: `A name with dots stands in quotes: ${written ?? ""}`,
    fixes: fix === null ? [] : [{ title: `Change to ${written ?? ""}`, edit: fix }],
  };
}

const isStored = (metric: string, { alsoKnown }: DiagnoseOptions): boolean =>
  metric !== "" && !MADE.test(metric) && alsoKnown?.has(metric) !== true;

function unknownMetric(text: string, selector: VectorSelector, names: readonly string[]): Diagnostic {
  const metric = metricOf(selector);
  const span = metricSpan(text, selector);
  const similar = nearestNames(metric, names);
  const message = `No series is named ${metric} here${suggestion(similar)}`;
  const fixes = replacements(similar, (name) => metricEdit(text, span, name));
  return { ...span, severity: "warning", code: "unknown_metric", message, fixes };
}

async function selectorHints(
  text: string,
  selector: VectorSelector,
  labels: readonly string[],
  metadata: PromqlMetadata,
): Promise<readonly Diagnostic[]> {
  const metric = metricOf(selector);
  const found: Diagnostic[] = [];
  for (const matcher of writtenMatchers(text, selector)) {
    if (matcher.name === METRIC_NAME) continue;
    if (!labels.includes(matcher.name)) {
      // A matcher that an absent label fulfils says nothing wrong.
      const parsed = selector.matchers.filter(({ name }) => name === matcher.name);
      if (matchesLabels(parsed, {})) continue;
      const similar = nearestNames(matcher.name, labels);
      const message = `${metric} has no label ${matcher.name}, so this matches nothing${suggestion(similar)}`;
      found.push({
        ...matcher.nameSpan,
        severity: "warning",
        code: "unknown_label",
        message,
        fixes: replacements(similar, (name) => edit(matcher.nameSpan, writtenLabel(name, markAround(text, matcher.nameSpan)))),
      });
    } else if (matcher.op === "=" && matcher.value !== "") {
      const values = await metadata.labelValues(matcher.name, metric);
      if (values.length > MOST_VALUES || values.includes(matcher.value)) continue;
      const similar = nearestNames(matcher.value, values);
      const message = `No series of ${metric} has ${matcher.name}=${quote(matcher.value)}${suggestion(similar)}`;
      found.push({
        ...matcher.valueSpan,
        severity: "info",
        code: "unknown_value",
        message,
        fixes: replacements(similar, (value) => edit(matcher.valueSpan, writtenString(value, markAround(text, matcher.valueSpan)))),
      });
    }
  }
  return found;
}

const edit = ({ from, to }: Span, text: string | null): Edit | null => (text === null ? null : { from, to, text });
