import type { BlockStore } from "./block-store.ts";
import { migrateBlock } from "./block-migration.ts";
import type { CompactionPorts } from "./compaction.ts";
import { Compaction } from "./compaction.ts";
import { planCompactions } from "./compaction-plan.ts";
import { DAY_MS } from "./run-manifest.ts";

/** Decides what is merged when, and does it in bounded steps. */
export class Compactor {
  readonly #ports: CompactionPorts;
  readonly #blocks: BlockStore;
  readonly #graceMs: number;
  #active: Compaction | null = null;
  /** Asked for after every commit; changes with the runs only. */
  #next = { generation: -1, days: -1, dueAt: Infinity };

  /** `graceMs`: how long after its end a day may still get samples. */
  constructor(ports: CompactionPorts, blocks: BlockStore, graceMs: number) {
    this.#ports = ports;
    this.#blocks = blocks;
    this.#graceMs = graceMs;
  }

  /** When the next step is due, ms; Infinity when there is none. */
  dueAt(nowMs: number): number {
    if (this.#active !== null) return nowMs;
    const { generation } = this.#ports.runs;
    const days = this.#blocks.days.length;
    if (this.#next.generation !== generation || this.#next.days !== days) {
      const oldest = this.#blocks.days[0];
      const migration = oldest === undefined ? Infinity : (oldest + 1) * DAY_MS + this.#graceMs;
      const dueAt = Math.min(migration, planCompactions(this.#ports.runs.runs, this.#graceMs)[0]?.dueAt ?? Infinity);
      this.#next = { generation, days, dueAt };
    }
    return this.#next.dueAt;
  }

  /** One bounded step, of what is due soonest; nothing when nothing is. */
  step(nowMs: number): void {
    if (this.#active === null) {
      const oldest = this.#blocks.days[0];
      if (oldest !== undefined && (oldest + 1) * DAY_MS + this.#graceMs <= nowMs) {
        migrateBlock(this.#ports, this.#blocks, oldest, nowMs);
        return;
      }
      const due = planCompactions(this.#ports.runs.runs, this.#graceMs).filter((plan) => plan.dueAt <= nowMs);
      const plan = due.sort((a, b) => a.day - b.day || a.level - b.level)[0];
      if (plan === undefined) return;
      this.#active = new Compaction(this.#ports, plan, nowMs);
    }
    if (!this.#active.possible) {
      this.#active.abandon();
      this.#active = null;
    } else if (this.#active.step(nowMs)) this.#active = null;
  }
}
