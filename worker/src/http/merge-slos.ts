import type { SloStatus } from "@sightline/shared/model/slo";
import { BURN_WINDOWS, judgeBurn } from "@sightline/shared/slo/burn-rate";
import { budgetRemaining, serviceLevel } from "@sightline/shared/slo/error-budget";
import { summarize } from "@sightline/shared/slo/summary";
import type { ShardSlo } from "../objects/rpc.ts";

/** Events of one SLO counted by several shards, judged together: a budget is spent by all of them. */
function together(parts: readonly ShardSlo[], { slo }: SloStatus): SloStatus {
  let good = 0;
  let total = 0;
  const windows = new Map<number, { good: number; total: number }>();
  for (const { status, counts } of parts) {
    good += status.good;
    total += status.total;
    for (const { ms, ...events } of counts) {
      const sum = windows.get(ms) ?? { good: 0, total: 0 };
      windows.set(ms, sum);
      sum.good += events.good;
      sum.total += events.total;
    }
  }
  const burnRates = BURN_WINDOWS.map((window) => judgeBurn(window, slo.objective, (ms) => windows.get(ms) ?? { good: 0, total: 0 }));
  const remaining = budgetRemaining(good, total, slo.objective);
  return {
    slo,
    sli: serviceLevel(good, total),
    good,
    total,
    budgetRemaining: remaining,
    burnRates,
    summary: summarize(remaining, burnRates[0]?.long ?? 0, slo.windowMs),
  };
}

/** `shards`: what each shard has counted. */
export function mergeSlos(shards: readonly (readonly ShardSlo[])[]): readonly SloStatus[] {
  // A window named twice among the burn windows (30 min of 6 h, say) would be added twice.
  const once = shards.map((slos) =>
    slos.map((one) => ({ ...one, counts: [...new Map(one.counts.map((count) => [count.ms, count])).values()] })),
  );
  return [...Map.groupBy(once.flat(), ({ status }) => status.slo.id).values()].flatMap((parts) => {
    const [first] = parts;
    if (first === undefined) return [];
    return parts.length === 1 ? [first.status] : [together(parts, first.status)];
  });
}
