import type { AlertBook } from "../alert-book.ts";
import type { Elsewhere, RulePlace } from "../api.ts";
import { fingerprintOf } from "../compiled-rule.ts";
import type { SloLedger } from "./slo-ledger.ts";

const INTERVAL_MS = 30_000;

/** Judges burn rates every half minute; of several shards the leader does, by the events of all. */
export class BurnJudge {
  readonly #ledger: SloLedger;
  readonly #book: AlertBook;
  #judgedAt = 0;

  constructor(ledger: SloLedger, book: AlertBook) {
    this.#ledger = ledger;
    this.#book = book;
  }

  /** Ms; null where another shard judges, or there is nothing to. */
  nextAt(place: RulePlace): number | null {
    return this.#ledger.size > 0 && place !== "follower" ? this.#judgedAt + INTERVAL_MS : null;
  }

  isDue(place: RulePlace, nowMs: number): boolean {
    const at = this.nextAt(place);
    return at !== null && nowMs >= at;
  }

  /** A leader without the others' events leaves alerts as they are, and without an answer at all it stays due. */
  judge(place: RulePlace, nowMs: number, elsewhere: Elsewhere | undefined): void {
    if (!this.isDue(place, nowMs) || (place === "leader" && elsewhere === undefined)) return;
    this.#judgedAt = nowMs;
    if (elsewhere?.slos.ok === false) return;
    for (const { rule, labels, active, value } of this.#ledger.burns(nowMs, elsewhere?.slos.value ?? []))
      this.#book.step(rule, fingerprintOf(rule, labels), labels, { active, value, at: nowMs });
  }
}
