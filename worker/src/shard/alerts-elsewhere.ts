import type { Labels } from "@sightline/shared/model/labels";
import type { Evaluation, EvaluationPlan } from "../rules/api.ts";
import type { HandedSeries } from "../rules/handed-alerts.ts";
import type { RefIndex } from "./learned-elsewhere.ts";

/** Series asked for in one go: as many as have windows of some thousand samples in one answer. */
const AT_ONCE = 256;
/** After the first series that waits: others come with the same request. */
const WAIT_MS = 1000;

interface AlertsPorts {
  readonly index: RefIndex;
  readonly evaluation: Pick<Evaluation, "awaited" | "handAlerts" | "takeAlerts" | "finish">;
  /** Shards that may have had them, the likeliest first. */
  readonly shards: () => readonly string[];
  readonly ask: (shard: string, series: readonly Labels[]) => Promise<readonly HandedSeries[]>;
  /** Resolves when it is on the disk. */
  readonly apply: (plan: EvaluationPlan) => Promise<void>;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/**
 * Windows and alerts of streaming rules, where senders were before they came to this shard. Asked for by the alarm; until the answer, some
 * seconds at most, samples of those series wait, so that no rule is judged by half a window and no alert begins a second time.
 */
export class AlertsElsewhere {
  readonly #ports: AlertsPorts;
  #wantedAt: number | null = null;

  constructor(ports: AlertsPorts) {
    this.#ports = ports;
  }

  /** Ms; null while nothing waits. */
  dueAt(nowMs: number): number | null {
    if (this.#ports.shards().length === 0 || this.#ports.evaluation.awaited(nowMs).length === 0) return null;
    return (this.#wantedAt ??= nowMs + WAIT_MS);
  }

  async step(): Promise<void> {
    const { index, evaluation, shards, now, apply } = this.#ports;
    this.#wantedAt = null;
    const refs = evaluation.awaited(now()).slice(0, AT_ONCE);
    const series = refs.flatMap((ref) => {
      const labels = index.labels(ref);
      return labels === undefined ? [] : [{ ref, labels }];
    });
    const handed = new Map<number, HandedSeries>();
    for (const shard of shards()) {
      try {
        await this.#askOne(
          shard,
          series.filter(({ ref }) => !handed.has(ref)),
          handed,
        );
      } catch {
        // It cannot be reached, or is of a version that does not know the question.
      }
    }
    const taken = [...handed.keys()];
    const rest = refs.filter((ref) => !handed.has(ref));
    await apply(evaluation.takeAlerts([...taken, ...rest], [...handed.values()], now()));
  }

  async #askOne(shard: string, series: readonly { readonly ref: number; readonly labels: Labels }[], handed: Map<number, HandedSeries>) {
    for (let first = 0; first < series.length;) {
      const asked = series.slice(first);
      const answer = await this.#ports.ask(
        shard,
        asked.map(({ labels }) => labels),
      );
      for (const [i, one] of answer.entries()) {
        const ref = asked[i]?.ref;
        if (ref !== undefined && (one.times.length > 0 || one.alerts.length > 0)) handed.set(ref, one);
      }
      if (answer.length === 0) return;
      first += answer.length;
    }
  }

  /** For another shard; resolves when what is let go here is on the disk. Empty where none of the series is known, which wakes nothing. */
  async hand(series: readonly Labels[]): Promise<readonly HandedSeries[]> {
    const { index, evaluation, now, apply } = this.#ports;
    const refs = series.map((labels) => index.find(labels));
    if (refs.every((ref) => ref === undefined)) return [];
    const handed = evaluation.handAlerts(refs, now());
    await apply(evaluation.finish(now()));
    return handed;
  }
}
