/** What a rule test expected and what came, in promtool's words (Prometheus `cmd/promtool/unittest.go`). */
import type { Labels } from "../model/labels.ts";
import { sortTexts } from "../model/text-order.ts";
import { labelsText } from "../promql/format/labels-text.ts";
import { quote } from "../promql/format/quote.ts";
import { formatFloat } from "../promql/json/float-format.ts";
import type { Point } from "../promql/notation/points.ts";
import { writeHistogram } from "../promql/notation/write-histogram.ts";
import type { ExpectedAlert } from "./test-file.ts";

/** Every line but the first. */
const indented = (text: string, by: string): string => text.replaceAll("\n", `\n${by}`);

export function alertsText(alerts: readonly ExpectedAlert[]): string {
  if (alerts.length === 0) return "[]";
  const each = alerts.map(
    ({ labels, annotations }, i) => `${i}:${indented(`\nLabels:${labelsText(labels)}\nAnnotations:${labelsText(annotations)}`, "  ")}`,
  );
  return indented(`[\n${each.join(",\n")}\n]`, " ".repeat(12));
}

export const samplesText = (samples: readonly { readonly labels: Labels; readonly point: Point }[]): string =>
  samples.length === 0 ? "nil" : samples.map(({ labels, point }) => `${labelsText(labels)} ${pointText(point)}`).join(", ");

const pointText = (point: Point): string =>
  typeof point === "object" ? writeHistogram(point) : typeof point === "number" ? scientific(point) : String(point);

/** Go's `%E` with as many digits as it takes: `1.5E+01`. */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  const [mantissa = "", exponent = ""] = (Object.is(value, -0) ? "-0e+0" : value.toExponential()).split("e");
  return `${mantissa}E${exponent[0] ?? "+"}${exponent.slice(1).padStart(2, "0")}`;
}

/** Go's way with a length of time: `1h0m30s`, `1.5s`. */
export function elapsedText(ms: number): string {
  if (ms < 1000) return ms === 0 ? "0s" : `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000);
  return `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes % 60}m` : ""}${(ms % 60_000) / 1000}s`;
}

const COLORS = { red: "\u001b[0;31m", green: "\u001b[0;32m", yellow: "\u001b[0;33m", none: "\u001b[0m" };

/** Alerts beside one another, for terminals: what is missing red, what came green, what is another yellow with both. */
export function alertsDifference(expected: readonly ExpectedAlert[], got: readonly ExpectedAlert[]): string {
  const lines: string[] = ["["];
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    lines.push("    {");
    for (const part of ["annotations", "labels"] as const) {
      lines.push(`        "${part}": {`, ...textsDifference(expected[i]?.[part] ?? {}, got[i]?.[part] ?? {}), "        },");
    }
    lines.push("    },");
  }
  lines.push("]");
  return indented(lines.join("\n"), " ".repeat(12));
}

function textsDifference(expected: Labels, got: Labels): string[] {
  return sortTexts([...new Set([...Object.keys(expected), ...Object.keys(got)])]).map((name) => {
    const [wanted, came] = [expected[name], got[name]];
    const text = (value: string): string => `${" ".repeat(12)}${quote(name)}: ${value},`;
    if (wanted === came) return text(quote(wanted ?? ""));
    if (wanted === undefined) return `${COLORS.green}${text(quote(came ?? ""))}${COLORS.none}`;
    if (came === undefined) return `${COLORS.red}${text(quote(wanted))}${COLORS.none}`;
    return `${COLORS.yellow}${text(`${quote(wanted)} => ${quote(came)}`)}${COLORS.none}`;
  });
}
