import type { Labels } from "@sightline/shared/model/labels";
import type { Evaluation } from "../rules/api.ts";
import type { ShardStatus } from "../objects/rpc.ts";

/** Series asked for in one go: with what a large shard has in the rich tier 3 MB, of a small one up to 11 MB, for which either shard works some 10 to 30 ms. */
const AT_ONCE = 256;
/** Shards that are asked for one series. */
const MOST_ASKED = 4;
/** After the first new series: others come with the same request. */
const WAIT_MS = 1000;
/** So long after a sender came new series may be known where it was. */
const FRESH_MS = 600_000;

/** Series by their ref, and their ref by them. */
export interface RefIndex {
  readonly labels: (ref: number) => Labels | undefined;
  readonly find: (labels: Labels) => number | undefined;
}

interface LearnedPorts {
  readonly index: RefIndex & { readonly end: number };
  readonly evaluation: Pick<Evaluation, "awaitSeries" | "handDetectors" | "takeDetectors">;
  /** What another shard's detectors have learned of these series. */
  readonly ask: (shard: string, series: readonly Labels[]) => Promise<ArrayBuffer>;
  /** All that was asked for has been answered, and some of it was known. */
  readonly learned: () => void;
}

/**
 * What detectors learned, where senders were before they came to this shard, of the series that are new here. Asked for once, a few hundred
 * series at a time, by the alarm: what has no answer learns anew, and so does what came just before the object ended.
 */
export class LearnedElsewhere {
  readonly #ports: LearnedPorts;
  #shards: readonly string[] = [];
  #untilMs = -Infinity;
  /** The first series that was not asked for. */
  #next = 0;
  #wantedAt: number | null = null;
  #learned = false;
  #asked = 0;
  #taken = 0;

  constructor(ports: LearnedPorts) {
    this.#ports = ports;
  }

  /** Series asked for, and those of them that went on with what was learned elsewhere. */
  get counts(): NonNullable<ShardStatus["learned"]> {
    return { asked: this.#asked, taken: this.#taken };
  }

  /** At `sinceMs` a sender came from one of these shards; before its first series. */
  came(shards: readonly string[], sinceMs: number, nowMs: number): void {
    if (shards.length === 0 || nowMs >= sinceMs + FRESH_MS) return;
    if (nowMs >= this.#untilMs) {
      this.#next = this.#ports.index.end;
      this.#shards = [];
    }
    this.#shards = [...new Set([...shards, ...this.#shards])].slice(0, MOST_ASKED);
    this.#untilMs = Math.max(this.#untilMs, sinceMs + FRESH_MS);
    this.#ports.evaluation.awaitSeries(this.#untilMs);
  }

  /** Where senders came from lately, the newest first. */
  get shards(): readonly string[] {
    return this.#shards;
  }

  /** For another shard: empty where none of the series is known, which wakes no detector. */
  hand(series: readonly Labels[]): ArrayBuffer {
    const { index, evaluation } = this.#ports;
    const refs = series.map((labels) => index.find(labels));
    return refs.every((ref) => ref === undefined) ? new ArrayBuffer(0) : evaluation.handDetectors(refs).slice().buffer;
  }

  /** Ms; null while nothing new has come. */
  dueAt(nowMs: number): number | null {
    if (this.#next >= this.#ports.index.end || nowMs >= this.#untilMs) return null;
    return (this.#wantedAt ??= nowMs + WAIT_MS);
  }

  async step(): Promise<void> {
    const { index, evaluation, ask } = this.#ports;
    const series: { readonly ref: number; readonly labels: Labels }[] = [];
    for (; this.#next < index.end && series.length < AT_ONCE; this.#next++) {
      const labels = index.labels(this.#next);
      if (labels !== undefined) series.push({ ref: this.#next, labels });
    }
    this.#wantedAt = null;
    this.#asked += series.length;
    let left = series;
    for (const shard of this.#shards) {
      if (left.length === 0) break;
      try {
        const asked = left;
        const bytes = await ask(
          shard,
          asked.map(({ labels }) => labels),
        );
        const taken = evaluation.takeDetectors(
          asked.map(({ ref }) => ref),
          new Uint8Array(bytes),
        );
        left = asked.filter((_, i) => taken[i] !== true);
      } catch {
        // It cannot be reached, or is of a version that does not know the question.
      }
    }
    this.#taken += series.length - left.length;
    if (left.length < series.length) this.#learned = true;
    if (!this.#learned || this.#next < index.end) return;
    this.#learned = false;
    this.#ports.learned();
  }
}
