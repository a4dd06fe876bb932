import type { Labels } from "@sightline/shared/model/labels";
import type { Evaluation, EvaluationPlan } from "../rules/api.ts";
import { isAlertRow } from "../rules/alert-rows.ts";
import type { HandedSeries, TakenSeries } from "../rules/handed-alerts.ts";
import type { RefIndex } from "./learned-elsewhere.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Series asked for in one go: as many as have windows of some thousand samples in one answer. */
const AT_ONCE = 256;
/** After the first series that waits: others come with the same request. */
const WAIT_MS = 1000;
/** Other work of the alarm waits no longer, ms, but for the answer that is under way. */
const LONGEST_MS = 2000;

interface AlertsPorts {
  readonly index: RefIndex;
  readonly evaluation: Pick<Evaluation, "awaited" | "awaitLonger" | "handAlerts" | "letGoAlerts" | "takeAlerts" | "finish">;
  /** Shards that may have had them, the likeliest first. */
  readonly shards: () => readonly string[];
  readonly neighbours?: Pick<ShardNeighbours, "askAlerts" | "confirmAlerts">;
  /** Resolves when it is on the disk. */
  readonly apply: (plan: EvaluationPlan) => Promise<void>;
  /** Alerts end with the next commit: their samples must not raise them anew when they are read back. */
  readonly lets: () => void;
  /** Ms since the epoch. */
  readonly now: () => number;
}

interface KnownSeries {
  readonly ref: number;
  readonly labels: Labels;
}

/** What a shard had of a series. */
interface Found {
  readonly shard: string;
  readonly labels: Labels;
  readonly handed: HandedSeries;
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

  /** So many series in turn as the time of one alarm allows; while shards answer, the others go on waiting. */
  async step(): Promise<void> {
    const { evaluation, now } = this.#ports;
    this.#wantedAt = null;
    const endMs = now() + LONGEST_MS;
    do {
      const refs = evaluation.awaited(now()).slice(0, AT_ONCE);
      if (refs.length === 0 || !(await this.#fetch(refs))) return;
      evaluation.awaitLonger(now());
    } while (now() < endMs);
  }

  /** Whether every shard answered. */
  async #fetch(refs: readonly number[]): Promise<boolean> {
    const { index, evaluation, shards, now, apply, neighbours } = this.#ports;
    const series = refs.flatMap((ref) => {
      const labels = index.labels(ref);
      return labels === undefined ? [] : [{ ref, labels }];
    });
    const found = new Map<number, Found>();
    let answered = true;
    for (const shard of shards()) {
      try {
        await this.#askOne(
          shard,
          series.filter(({ ref }) => !found.has(ref)),
          found,
        );
      } catch {
        // It cannot be reached, or is of a version that does not know the question.
        answered = false;
      }
    }
    const handed = [...found.values()].map((one) => one.handed);
    const rest = refs.filter((ref) => !found.has(ref));
    await apply(evaluation.takeAlerts([...found.keys(), ...rest], handed, now()));
    for (const [shard, taken] of Map.groupBy(found.values(), (one) => one.shard)) {
      const understood = taken.filter((one) => one.handed.alerts.every(({ state }) => isAlertRow(state)));
      try {
        await neighbours?.confirmAlerts(
          shard,
          understood.map((one) => ({ series: one.labels, newestAt: one.handed.times.at(-1) ?? 0 })),
        );
      } catch {
        // There they end when nothing comes of them.
      }
    }
    return answered;
  }

  async #askOne(shard: string, series: readonly KnownSeries[], found: Map<number, Found>): Promise<void> {
    for (let first = 0; first < series.length;) {
      const asked = series.slice(first);
      const labelsOf = asked.map(({ labels }) => labels);
      const answer = (await this.#ports.neighbours?.askAlerts(shard, labelsOf)) ?? [];
      for (const [i, handed] of answer.entries()) {
        const one = asked[i];
        if (one !== undefined && (handed.times.length > 0 || handed.alerts.length > 0))
          found.set(one.ref, { shard, labels: one.labels, handed });
      }
      if (answer.length === 0) return;
      first += answer.length;
    }
  }

  /** For another shard. Empty where none of the series is known, which wakes nothing. */
  async hand(series: readonly Labels[]): Promise<readonly HandedSeries[]> {
    const { index, evaluation, now } = this.#ports;
    const refs = series.map((labels) => index.find(labels));
    return refs.every((ref) => ref === undefined) ? [] : evaluation.handAlerts(refs, now());
  }

  /** The other shard has written these; resolves when that they are let go here is on the disk. */
  async letGo(taken: readonly TakenSeries<Labels>[]): Promise<void> {
    const { index, evaluation, now, apply, lets } = this.#ports;
    lets();
    evaluation.letGoAlerts(
      taken.flatMap(({ series, newestAt }) => {
        const ref = index.find(series);
        return ref === undefined ? [] : [{ series: ref, newestAt }];
      }),
    );
    await apply(evaluation.finish(now()));
  }
}
