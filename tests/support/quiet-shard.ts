import { createIngestKernel } from "../../worker/src/kernel/create-ingest-kernel.ts";
import { nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { ShardCore, type ShardPorts } from "../../worker/src/shard/shard-core.ts";
import type { ShardNeighbours } from "../../worker/src/shard/shard-neighbours.ts";

/** A shard in this process with the local profile: it evaluates nothing, waits for nothing and tells nobody, but for the ports that are given. */
export const quietShard = (ports: Pick<ShardPorts, "database" | "now"> & Partial<ShardPorts>): ShardCore =>
  new ShardCore({
    profile: shardProfile("local"),
    wait: () => Promise.resolve(),
    kernel: createIngestKernel(undefined, { seed: 1 }),
    createEvaluation: nullEvaluation,
    deliver: () => Promise.resolve(),
    publish: () => undefined,
    abandon: (error) => {
      throw error;
    },
    reschedule: () => undefined,
    ...ports,
  });

/** Other shards that have nothing to hand over and take nothing. */
export const idleNeighbours = (neighbours: Pick<ShardNeighbours, "self" | "askConfig"> & Partial<ShardNeighbours>): ShardNeighbours => ({
  askHandOver: () => Promise.resolve({ ok: true, value: { mark: null, owner: "", answers: [] } }),
  askAnswer: () => Promise.resolve({ ok: true, value: null }),
  askLevels: (_shard, series) => Promise.resolve({ ok: true, value: series.map(() => null) }),
  askDetectors: () => Promise.resolve(new ArrayBuffer(0)),
  askAlerts: () => Promise.resolve([]),
  confirmAlerts: () => Promise.resolve(),
  appendShare: () => Promise.resolve({ ok: false, error: { code: "unavailable", message: "nobody" } }),
  askSplit: () => Promise.resolve(),
  peers: () => undefined,
  askSlos: async () => [],
  ...neighbours,
});
