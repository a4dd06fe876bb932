/**
 * Alerts of a streaming rule that the rule's labels make alike, which Prometheus takes for an error of the rule: none of them begins
 * while more than one breaches. Rules on their interval are looked over as a whole, see interval-rules.ts.
 */
import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import { type RuleFault, ownLabels } from "@sightline/shared/model/rule";
import { ALIKE } from "@sightline/shared/rules/alert-labels";
import type { CompiledRule } from "./compiled-rule.ts";

interface Contest {
  readonly rule: CompiledRule;
  /** Those that breach, by fingerprint, and when they last did, ms. */
  readonly claims: Map<string, number>;
  at: number;
}

/** Whether the rule takes a label away from its series that could have told them apart. */
export function mayBeAlike({ rule, program }: CompiledRule, source: Labels): boolean {
  if (program === null) return false;
  if (source["alertname"] !== undefined) return true;
  for (const name of Object.keys(ownLabels(rule))) if (source[name] !== undefined) return true;
  return false;
}

export const alikeKey = (rule: CompiledRule, labels: Labels): string => `${rule.id}\u00FE${seriesKey(labels)}`;

export class AlikeAlerts {
  readonly #contests = new Map<string, Contest>();

  /** Whether inactive series are worth a word to `release`. */
  get any(): boolean {
    return this.#contests.size > 0;
  }

  /** Whether the alert may begin. `holder`: the one with these labels that is open, if any. */
  admits(rule: CompiledRule, key: string, fingerprint: string, holder: string | undefined, at: number): boolean {
    const known = this.#contests.get(key);
    if (known === undefined && (holder === undefined || holder === fingerprint)) return true;
    const contest: Contest = known ?? { rule, claims: new Map(), at };
    if (holder !== undefined) contest.claims.set(holder, at);
    contest.claims.set(fingerprint, at);
    contest.at = at;
    this.#contests.set(key, contest);
    this.#prune(key, contest, at);
    return !this.#contests.has(key);
  }

  /** It breaches no more. */
  release(fingerprint: string): void {
    for (const [key, { claims }] of this.#contests) if (claims.delete(fingerprint) && claims.size < 2) this.#contests.delete(key);
  }

  /** Forgets those that have fallen silent. */
  expire(nowMs: number): void {
    for (const [key, contest] of this.#contests) this.#prune(key, contest, nowMs);
  }

  #prune(key: string, { claims }: Contest, nowMs: number): void {
    for (const [fingerprint, at] of claims) if (at <= nowMs - LOOKBACK_MS) claims.delete(fingerprint);
    if (claims.size < 2) this.#contests.delete(key);
  }

  clear(): void {
    this.#contests.clear();
  }

  faults(): readonly RuleFault[] {
    const byRule = new Map([...this.#contests.values()].map((contest) => [contest.rule, contest]));
    return [...byRule.values()].map(({ rule: { rule, group }, at }) => ({ group, name: rule.name, expr: rule.expr, message: ALIKE, at }));
  }
}
