import { BURN_WINDOWS } from "@sightline/shared/slo/burn-rate";
import type { ShardSlo } from "../objects/rpc.ts";
import type { Evaluation } from "../rules/api.ts";

const HOUR = 3_600_000;
const BY_THE_MINUTE_MS = 72 * HOUR;

/** What this shard has counted of every SLO, with the events of each window, so that shards can be added up. */
export function sloCounts(evaluation: Evaluation, nowMs: number): readonly ShardSlo[] {
  return evaluation.slos(nowMs).map((status) => {
    const buckets = evaluation.sliBuckets(status.slo.id);
    const windows = BURN_WINDOWS.flatMap(({ longMs, shortMs }) => [longMs, shortMs]);
    const counts = windows.map((ms) => {
      const width = ms <= BY_THE_MINUTE_MS ? 60_000 : HOUR;
      const from = Math.ceil((nowMs - ms) / width) * width;
      let good = 0;
      let total = 0;
      for (const bucket of buckets) {
        if (bucket.t < from || bucket.t > nowMs) continue;
        good += bucket.good;
        total += bucket.total;
      }
      return { ms, good, total };
    });
    return { status, counts };
  });
}
