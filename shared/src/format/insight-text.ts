/** What page and editor say beside an insight's sentence. */
import type { Insight } from "../model/insight.ts";
import { formatAge } from "./age.ts";
import { type Unit, unitNamed } from "./units.ts";

/** `99% sure`; empty of what was taken back. */
export const sureText = ({ confidence, state }: Insight): string => (state === "retracted" ? "" : `${Math.round(100 * confidence)}% sure`);

/** Why it stands where it stands. */
export const whyText = (insight: Insight): string => [sureText(insight), ...insight.why].filter((part) => part !== "").join(" · ");

/** `over: it is back in its usual range`, `taken back 3 min ago: ada said that it is a false alarm`; empty while it holds. */
export function endedText({ state, ended }: Insight, nowMs: number): string {
  if (ended === undefined) return "";
  return state === "over" ? `Over: ${ended.reason}.` : `Taken back ${formatAge(ended.at, nowMs)}: ${ended.reason}.`;
}

export interface InsightChart {
  /** PromQL. */
  readonly query: string;
  /** Where it is one series: whose expected range is drawn beside it. */
  readonly selector: string | null;
  readonly unit: Unit;
}

/** What draws it; null where nothing does. */
export function insightChart({ evidence }: Pick<Insight, "evidence">): InsightChart | null {
  const drawn = evidence.find((one) => one.query !== undefined);
  if (drawn?.query === undefined) return null;
  const { query, selector = null, unit = "" } = drawn;
  return { query, selector, unit: chartUnit(query, unit) };
}

/** By the declared unit, or the one that the first metric's name ends with. */
export function chartUnit(query: string, declared: string): Unit {
  const [, named] = /_(seconds|bytes|ratio)(?:_total)?\b/.exec(query) ?? [];
  const unit = declared === "" ? named : declared;
  if (query.startsWith("rate(")) return unit === "bytes" ? "bytes/s" : "per_second";
  return unitNamed(unit ?? "");
}
