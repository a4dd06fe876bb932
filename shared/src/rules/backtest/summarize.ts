import { judgeFlapping, rememberChange } from "../../alerting/flapping.ts";
import type { BacktestFiring, BacktestNoise, PastAlert, RuleBacktest } from "../../api/backtest.ts";
import { seriesKey } from "../../model/labels.ts";
import type { Flapping } from "../../model/alert.ts";
import { type SettingSuggestion, describeSuggestion } from "../suggest-setting.ts";
import type { Episode } from "./episodes.ts";

/** Nobody has done anything about an alert that is over after this, ms. */
const SHORT_MS = 120_000;
const MOST_FIRINGS = 1000;

export interface BacktestFindings {
  readonly rule: string;
  readonly group: string;
  readonly episodes: readonly Episode[];
  readonly suggestion: SettingSuggestion | null;
}

/** `alerts`: those that happened, of any rule; `endMs`: of the history. */
export function summarizeBacktest(
  { rule, group, episodes, suggestion }: BacktestFindings,
  alerts: readonly PastAlert[],
  endMs: number,
): RuleBacktest {
  const touched = new Set<string>();
  const byStart = alerts.toSorted((a, b) => a.start - b.start);
  const fired = episodes.map(({ labels, firedAt, resolvedAt, peak }): BacktestFiring => {
    const overlaps = overlapping(byStart, firedAt, resolvedAt ?? endMs);
    for (const id of overlaps) touched.add(id);
    return { labels, start: firedAt, end: resolvedAt, peak, overlaps };
  });
  return {
    rule,
    group,
    count: episodes.length,
    totalDurationMs: episodes.reduce((sum, { firedAt, resolvedAt }) => sum + (resolvedAt ?? endMs) - firedAt, 0),
    fired: fired.slice(0, MOST_FIRINGS),
    overlapping: touched.size,
    noise: noiseOf(episodes),
    suggestion: suggestion === null ? null : { ...suggestion, text: describeSuggestion(suggestion) },
  };
}

function overlapping(byStart: readonly PastAlert[], start: number, end: number): string[] {
  const ids: string[] = [];
  for (const alert of byStart) {
    if (alert.start > end) break;
    if ((alert.end ?? Infinity) >= start) ids.push(alert.id);
  }
  return ids;
}

/** Episodes of each label set, in order of time. */
export const byAlert = (episodes: readonly Episode[]): ReadonlyMap<string, readonly Episode[]> =>
  Map.groupBy(episodes, ({ labels }) => seriesKey(labels));

function noiseOf(episodes: readonly Episode[]): BacktestNoise {
  const isShort = ({ firedAt, resolvedAt }: Episode): boolean => resolvedAt !== null && resolvedAt - firedAt < SHORT_MS;
  let [flapping, noisy] = [0, 0];
  for (const own of byAlert(episodes).values()) {
    const flaps = wouldFlap(own);
    if (flaps) flapping++;
    noisy += flaps ? own.length : own.filter(isShort).length;
  }
  const share = episodes.length === 0 ? 0 : noisy / episodes.length;
  return { short: episodes.filter(isShort).length, shortMs: SHORT_MS, flapping, share };
}

function wouldFlap(episodes: readonly Episode[]): boolean {
  let changes: readonly number[] = [];
  let flapping: Flapping | null = null;
  const change = (at: number, firing: boolean): boolean => {
    changes = rememberChange(changes, at);
    flapping = judgeFlapping(changes, firing, flapping ?? undefined);
    return flapping !== null;
  };
  return episodes.some(({ firedAt, resolvedAt }) => change(firedAt, true) || (resolvedAt !== null && change(resolvedAt, false)));
}
