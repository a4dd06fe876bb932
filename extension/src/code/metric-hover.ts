/** Over a metric's name in a string or a rule file: type, unit, meaning, current value, a small chart. */
import type { DataSource } from "@sightline/shared/api/data-source";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import * as vscode from "vscode";
import { distinguishingLabels } from "../alerts/alert-text.ts";
import type { Session } from "../live/session.ts";
import { escapeMarkdown } from "../trees/tree-node.ts";
import { chartImage } from "./chart-image.ts";
import { metricNameAt, queryOfMetric, storedNames } from "./metric-name.ts";

type Metadata = Awaited<ReturnType<DataSource["metadata"]>>;

const METADATA_MS = 15_000;
const DAY_MS = 86_400_000;
const SHOWN_SERIES = 4;

export function metricHover(session: Session): vscode.Disposable {
  let known: { readonly source: DataSource; readonly at: number; readonly metadata: Promise<Metadata> } | null = null;
  const metadataOf = (source: DataSource, nowMs: number): Promise<Metadata> => {
    if (known === null || known.source !== source || nowMs - known.at > METADATA_MS)
      known = { source, at: nowMs, metadata: source.metadata() };
    return known.metadata;
  };
  return vscode.languages.registerHoverProvider(
    { pattern: "**" },
    {
      async provideHover(document, position) {
        const { source } = session;
        const found = metricNameAt(document.lineAt(position.line).text, position.character, document.languageId);
        if (source === null || source.connection !== "live" || found === null) return null;
        try {
          const metadata = await metadataOf(source, Date.now());
          const name = storedNames(found.name).find((candidate) => Object.hasOwn(metadata, candidate));
          if (name === undefined) return null;
          const range = new vscode.Range(position.line, found.start, position.line, found.end);
          return new vscode.Hover(await describe(source, name, metadata[name]?.[0]), range);
        } catch {
          known = null;
          return null;
        }
      },
    },
  );
}

async function describe(source: DataSource, name: string, metadata: Metadata[string][number] | undefined): Promise<vscode.MarkdownString> {
  const type = metadata?.type ?? "unknown";
  const unit = metadata?.unit ?? "";
  const format = (value: number): string => formatMetricValue(name, type === "counter" ? "" : unit, value);
  const { query, meaning } = queryOfMetric(name, type);
  const [now, chart, going] = await Promise.all([
    source.query(query),
    chartImage(source, query, format, Date.now(), query === name ? name : undefined).catch(() => null),
    trendText(source, query).catch(() => ""),
  ]);
  const lines = [`$(pulse) \`${name}\` ${type}${unit === "" ? "" : `, ${escapeMarkdown(unit)}`}`];
  if (metadata !== undefined && metadata.help !== "") lines.push(escapeMarkdown(metadata.help));
  if (now.length === 0) lines.push("No sample in the last 5 minutes.");
  const values = now.slice(0, SHOWN_SERIES).map((series) => {
    const which = distinguishingLabels(series.labels, 3);
    return `**${escapeMarkdown(format(series.v))}** ${meaning}${which === "" ? "" : ` · ${escapeMarkdown(which)}`}`;
  });
  if (now.length > SHOWN_SERIES) values.push(`and ${now.length - SHOWN_SERIES} more series`);
  if (values.length > 0) lines.push(values.join("  \n"));
  if (chart !== null && chart.markdown !== "") lines.push(chart.markdown);
  if (chart !== null && chart.forecast !== "") lines.push(escapeMarkdown(chart.forecast));
  if (going !== "") lines.push(`$(graph-line) ${escapeMarkdown(going)}`);
  return new vscode.MarkdownString(lines.join("\n\n"), true);
}

/** Where the only series, or the one that changes most surely, has been going for a day; empty when that cannot be told. */
async function trendText(source: DataSource, query: string): Promise<string> {
  const { series } = await source.trend(query, DAY_MS);
  const told = series.flatMap((one) => ("refused" in one ? [] : [one])).toSorted((a, b) => a.pValue - b.pValue);
  const [first] = told;
  if (first === undefined) return "";
  const which = told.length === 1 ? "" : distinguishingLabels(first.labels, 2);
  return `${which === "" ? "" : `${which}: `}${first.summary}`;
}
