/** What page and editor say beside an insight's sentence. */
import type { Insight } from "../model/insight.ts";
import { formatAge } from "./age.ts";
import type { Unit } from "./units.ts";

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
  /** PromQL; of a counter its rate. */
  readonly query: string;
  /** Where it is one series: whose expected range is drawn beside it. */
  readonly selector: string | null;
  readonly unit: Unit;
}

/** What draws it; null where nothing does. */
export function insightChart({ evidence }: Pick<Insight, "evidence">): InsightChart | null {
  const query = evidence.find((one) => one.query !== undefined)?.query;
  return query === undefined ? null : chartOf(query);
}

export function chartOf(query: string): InsightChart {
  const selected = /^([\w:]+)(?:\{[^]*\})?$/.exec(query);
  if (selected === null) return { query, selector: null, unit: unitIn(query, false) };
  const rate = selected[1]?.endsWith("_total") === true;
  return { query: rate ? `rate(${query}[1m])` : query, selector: query, unit: unitIn(query, rate) };
}

/** By the unit that the first metric's name ends with. */
function unitIn(query: string, rate: boolean): Unit {
  const [, name] = /_(seconds|bytes|ratio)(?:_total)?\b/.exec(query) ?? [];
  if (rate) return name === "bytes" ? "bytes/s" : "per_second";
  return name === "seconds" || name === "bytes" || name === "ratio" ? name : "count";
}
