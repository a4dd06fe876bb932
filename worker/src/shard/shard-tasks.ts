import type { AlarmTask } from "../objects/alarm-scheduler.ts";
import type { RunArchive } from "../storage/run-archive.ts";
import type { ShardCore } from "./shard-core.ts";

/** What a shard does without being asked. */
export const shardTasks = (core: ShardCore, archive: RunArchive | null = null): readonly AlarmTask[] => [
  { name: "outbox", dueAt: (now) => core.due(now).outbox, run: () => core.deliverOutbox() },
  { name: "evaluation", dueAt: (now) => core.due(now).evaluation, run: (now) => core.tick(now) },
  { name: "snapshot", dueAt: (now) => core.snapshot.idleDueAt(now), run: (now) => core.followUp(now) },
  { name: "learned", dueAt: (now) => core.learned.dueAt(now), run: () => core.learned.step() },
  { name: "alerts", dueAt: (now) => core.alerts.dueAt(now), run: () => core.alerts.step() },
  { name: "flush", dueAt: (now) => core.due(now).flush, run: (now) => core.flushStep(now) },
  { name: "compaction", dueAt: (now) => core.due(now).compaction, run: (now) => core.compact(now) },
  { name: "archive", dueAt: (now) => (archive === null || archive.pending === null ? null : now), run: () => archive?.storeNext() },
  { name: "retention", dueAt: (now) => core.due(now).retention, run: (now) => retain(core, archive, now) },
];

/** A folder or bucket may be another than it was when days were stored in it, so it is asked before they leave; what else leaves does not wait for it. */
async function retain(core: ShardCore, archive: RunArchive | null, nowMs: number): Promise<void> {
  const { retention } = core.store;
  let failure: unknown = null;
  if (archive !== null && retention.leavesTo(nowMs)) {
    try {
      await archive.confirm();
    } catch (error) {
      failure = error;
    }
  }
  retention.unsure = failure !== null;
  core.retain(nowMs);
  if (failure !== null) throw failure;
}
