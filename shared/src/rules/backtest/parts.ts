import { seriesKey } from "../../model/labels.ts";
import type { SettingSuggestion } from "../suggest-setting.ts";
import type { Episode } from "./episodes.ts";

/** Of one rule over one shard or several. */
export interface BacktestPart {
  readonly episodes: readonly Episode[];
  /** For the label set that fired most often. */
  readonly suggestion: SettingSuggestion | null;
}

/** What each shard found of a rule that looks at one series at a time; of a series in several shards once. */
export function joinParts(parts: readonly BacktestPart[]): BacktestPart {
  const episodes = new Map<string, Episode>();
  for (const part of parts) for (const one of part.episodes) episodes.set(`${one.firedAt} ${seriesKey(one.labels)}`, one);
  const noisiest = parts.toSorted((a, b) => b.episodes.length - a.episodes.length).find(({ suggestion }) => suggestion !== null);
  return { episodes: [...episodes.values()].sort((a, b) => a.firedAt - b.firedAt), suggestion: noisiest?.suggestion ?? null };
}
