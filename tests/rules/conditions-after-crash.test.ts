/** What a rule remembers beyond its expression is there again after kill -9: a shard that crashes tells what one tells that does not. */
import fc from "fast-check";
import type { AlertTransition } from "@sightline/shared/model/alert";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { expect, test } from "vitest";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { CONTEXT, batchOf, gauge, openShard } from "../storage/shard-fixture.ts";
import { NOON } from "../storage/open-store.ts";
import { NodeDatabase } from "../support/node-database.ts";

const STEP = 15_000;

const RULES = `
groups:
  - name: g
    interval: 15s
    rules:
      - { alert: Recovers, expr: "m > 10", recovery_threshold: 5, cooldown: 1m }
      - { alert: Often, expr: "m > 10", m_of_n: 3 of 5, cooldown: 0s }
      - { alert: Held, expr: "m > 10", on_gap: hold, gap_limit: 10m, for: 30s, cooldown: 0s }
      - { alert: Windowed, expr: "avg_over_time(m[1m]) > 10", recovery_threshold: 8, on_gap: hold, cooldown: 0s }
      - { alert: Summed, expr: "sum by (host) (m) > 10", recovery_threshold: 5, on_gap: hold, gap_limit: 10m, cooldown: 0s }
      - { alert: SummedOften, expr: "sum by (host) (m) > 10", m_of_n: 2 of 4, cooldown: 0s }
`;

const groups = (): readonly RuleGroup[] => {
  const parsed = parseRuleFile(RULES);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};

/** Null: nothing comes in this step. */
type Step = { readonly value: number | null; readonly crash: boolean };

async function told(steps: readonly Step[], crashes: boolean): Promise<string[]> {
  const database = new NodeDatabase();
  const delivered: AlertTransition[] = [];
  const open = (now: number) => openShard(database, { now, evaluation: createEvaluation });
  let shard = open(NOON);
  await shard.core.configure({ version: 1, groups: groups(), slos: [] });
  for (const [i, { value, crash }] of steps.entries()) {
    const now = NOON + (i + 1) * STEP;
    shard.now = now;
    if (value !== null) await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "m", host: "a" }, [[now, value]])));
    // Another sender goes on, so that the shard does not rest.
    await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "other" }, [[now, 1]])));
    await shard.core.tick(now);
    await shard.core.deliverOutbox();
    if (!crash || !crashes) continue;
    // Nothing is said to the old one: what is not in the database is gone.
    delivered.push(...shard.delivered);
    shard = open(now);
  }
  delivered.push(...shard.delivered);
  const seen = new Map(delivered.map((step) => [step.id, step]));
  return [...seen.values()]
    .map(
      ({ rule, from, to, at, gapSince, flapping }) =>
        `${(at - NOON) / STEP} ${rule} ${from}→${to} ${gapSince ?? ""} ${flapping?.reason ?? ""}`,
    )
    .toSorted();
}

const stretch = fc
  .record({
    value: fc.constantFrom(0, 4, 7, 12, 20, null),
    length: fc.integer({ min: 1, max: 24 }),
    crashAt: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ value, length, crashAt }): Step[] => Array.from({ length }, (_, i) => ({ value, crash: i === crashAt })));

test("a shard that is killed again and again tells what one tells that is not", async () => {
  let transitions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(stretch, { minLength: 3, maxLength: 8 }), async (stretches) => {
      const steps = stretches.flat();
      const straight = await told(steps, false);
      transitions += straight.length;
      expect(await told(steps, true)).toEqual(straight);
    }),
    { numRuns: 25, seed: 20_261_121 },
  );
  expect(transitions).toBeGreaterThan(100);
});
