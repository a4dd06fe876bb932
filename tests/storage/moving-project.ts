/** Two shards of a project, the second of which its map does not know at first. */
import { expect } from "vitest";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { ownerOf } from "../../worker/src/project/shard-owners.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import type { ShardNeighbours } from "../../worker/src/shard/shard-neighbours.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { idleNeighbours, quietShard } from "../support/quiet-shard.ts";
import { NOON } from "./open-store.ts";
import { batchOf, CONTEXT, type gauge } from "./shard-fixture.ts";

export const BOTH = ["p/shard-0", "p/shard-1"];
const EPOCHS = [
  { version: 1, sinceMs: 0, shards: ["p/shard-0"] },
  { version: 2, sinceMs: 0, shards: BOTH },
];
const ALONE: ShardMap = { version: 1, shards: ["p/shard-0"], epochs: EPOCHS.slice(0, 1), splits: [] };
export const GROWN: ShardMap = { version: 2, shards: BOTH, epochs: EPOCHS, splits: [] };
export const MOVES = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => ownerOf(GROWN, name) === "p/shard-1") ?? "";
export const STAYS = Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => ownerOf(GROWN, name) === "p/shard-0") ?? "";

/** A project that has one shard, and two after `configure(GROWN)`. */
export class MovingProject {
  now = NOON;
  map = ALONE;
  readonly groups: readonly RuleGroup[];
  readonly databases = [new NodeDatabase(), new NodeDatabase()];
  readonly cores: [ShardCore, ShardCore];
  /** Names of what shards asked each other. */
  readonly asked: string[] = [];
  /** Rule and state of what either told. */
  readonly told: string[] = [];
  readonly #between: Partial<ShardNeighbours>;

  /** `between`: what shards answer each other in the place of what they know. */
  constructor(between: Partial<ShardNeighbours> = {}, groups: readonly RuleGroup[] = []) {
    this.#between = between;
    this.groups = groups;
    this.cores = [this.open(0), this.open(1)];
  }

  open(index: 0 | 1): ShardCore {
    const at = (shard: string): ShardCore => this.cores[shard === BOTH[0] ? 0 : 1];
    return quietShard({
      database: this.databases[index] as NodeDatabase,
      now: () => this.now,
      createEvaluation,
      deliver: async (transitions) => void this.told.push(...transitions.map(({ rule, to }) => `${rule} ${to}`)),
      neighbours: idleNeighbours({
        self: BOTH[index] ?? "",
        askConfig: () => Promise.resolve(this.#config()),
        askHandOver: (shard, sender, version) => at(shard).claims.handOver(sender, version),
        askAnswer: (shard, sender, request) => at(shard).idempotency.recall(sender, request, this.now, true),
        askLevels: (shard, series, version) => at(shard).levels.hand(series, version),
        askDetectors: (shard, series) => {
          this.asked.push("detectors");
          return Promise.resolve(at(shard).learned.hand(series));
        },
        askAlerts: (shard, series) => {
          this.asked.push("alerts");
          return at(shard).alerts.hand(series);
        },
        confirmAlerts: (shard, taken) => at(shard).alerts.letGo(taken),
        ...this.#between,
      }),
    });
  }

  #config() {
    return { version: this.map.version, groups: this.groups, slos: [], map: this.map };
  }

  async configure(map: ShardMap): Promise<void> {
    this.map = map;
    for (const core of this.cores) await core.configure(this.#config());
  }

  async write(sender: string, ...series: ReturnType<typeof gauge>[]): Promise<void> {
    const core = this.cores[ownerOf(this.map, sender) === BOTH[0] ? 0 : 1];
    const answer = await core.appendBatch({ ...CONTEXT, sender, mapVersion: this.map.version }, batchOf(...series));
    expect(answer).toMatchObject({ ok: true, value: { rejected: [] } });
  }
}
