import type { Labels } from "@sightline/shared/model/labels";
import type { AlertRule } from "@sightline/shared/model/rule";
import type { Select } from "@sightline/shared/promql/api";
import { describeSuggestion, suggestSetting } from "@sightline/shared/rules/suggest-setting";

/** One takes some 10 ms to find. When everything flaps at once, ingest goes on; a backtest tells the setting to whoever asks. */
const MOST = 20;
const WITHIN_MS = 600_000;

/** Settings that would have kept alerts quiet which began to flap. */
export class QuietSettings {
  readonly #select: Select;
  #asked: number[] = [];

  constructor(select: Select) {
    this.#select = select;
  }

  suggest(rule: AlertRule, source: Labels, atMs: number): string | undefined {
    this.#asked = this.#asked.filter((at) => atMs - at < WITHIN_MS);
    if (this.#asked.length >= MOST) return undefined;
    this.#asked.push(atMs);
    const suggestion = suggestSetting(rule, source, this.#select, atMs);
    return suggestion === null ? undefined : describeSuggestion(suggestion);
  }
}
