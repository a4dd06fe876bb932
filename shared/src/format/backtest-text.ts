/** A backtest as people read it, in the editor and on the command line. */
import type { BacktestResponse, RuleBacktest } from "../api/backtest.ts";
import { spokenDuration } from "../model/duration.ts";
import { formatLabels } from "../model/labels.ts";

const SHOWN = 10;

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** One line: "would have fired 4 times in 7 d, overlapping 2 alerts". */
export function backtestLine({ count, overlapping, noise }: RuleBacktest, rangeMs: number): string {
  const over = spokenDuration(rangeMs);
  if (count === 0) return `would not have fired in ${over}`;
  const beside = overlapping === 0 ? "" : `, overlapping ${plural(overlapping, "alert")}`;
  const noisy = noise.share >= 0.5 ? `, ${Math.round(noise.share * 100)}% noise` : "";
  return `would have fired ${plural(count, "time")} in ${over}${beside}${noisy}`;
}

function described(result: RuleBacktest): string {
  const { rule, group, count, totalDurationMs, fired, overlapping, noise, suggestion } = result;
  const head = `${group} / ${rule}: would have fired ${plural(count, "time")}`;
  if (count === 0) return `${head}.\n`;
  const lines = [
    `${head}, ${spokenDuration(totalDurationMs)} in all, overlapping ${plural(overlapping, "alert")} that happened.`,
    ...fired.slice(0, SHOWN).map(({ labels, start, end, peak, overlaps }) => {
      const lasted = end === null ? "still firing" : spokenDuration(end - start);
      const beside = overlaps.length === 0 ? "" : `, beside ${plural(overlaps.length, "alert")}`;
      return `  ${new Date(start).toISOString()}  ${lasted}, peak ${Number(peak.toPrecision(6))}  ${formatLabels(labels)}${beside}`;
    }),
    ...(count > SHOWN ? [`  … and ${count - SHOWN} more`] : []),
    `  Noise: ${Math.round(noise.share * 100)}% (${noise.short} shorter than ${spokenDuration(noise.shortMs)}, ${plural(noise.flapping, "flapping alert")}).`,
    ...(suggestion === null ? [] : [`  Quieter: ${suggestion.text}`]),
  ];
  return `${lines.join("\n")}\n`;
}

export function backtestText({ start, end, rules, compare, warnings }: BacktestResponse): string {
  const head = `${new Date(start).toISOString()} to ${new Date(end).toISOString()}\n`;
  const other = compare === undefined ? "" : `\nWith the other settings:\n${compare.map(described).join("")}`;
  return `${head}${rules.map(described).join("")}${other}${warnings.map((warning) => `Warning: ${warning}.\n`).join("")}`;
}
