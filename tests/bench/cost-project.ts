import { createHash, createHmac } from "node:crypto";
import type { AlertTransition } from "@sightline/shared/model/alert";
import { ok } from "@sightline/shared/model/result";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import { broadcastToEditors } from "../../worker/src/alerting/receivers/editor.ts";
import { LiveCore } from "../../worker/src/live/live-core.ts";
import type { Viewer, ViewerSocket } from "../../worker/src/live/viewer.ts";
import { AlarmScheduler } from "../../worker/src/objects/alarm-scheduler.ts";
import { drive } from "../../worker/src/project/drive.ts";
import { openProject, receiveTransitions } from "../../worker/src/project/project-core.ts";
import type { ProjectPorts } from "../../worker/src/project/project-ports.ts";
import { readShardConfig } from "../../worker/src/project/shard-configuration.ts";
import { readShardMap } from "../../worker/src/project/shard-map.ts";
import { authenticate, createToken, noteTokenUse } from "../../worker/src/project/tokens.ts";
import { learnedTopology } from "../../worker/src/query/learned-topology.ts";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { quietShard } from "../support/quiet-shard.ts";
import type { SimulatedTime } from "../support/simulated-time.ts";
import { ObjectMeter } from "./cost-meter.ts";

/** Ms that a call from one object to another takes, there and back. */
const CALL_MS = 5;

/** The platform's alarm: setting it writes a row, ringing is a request. */
class SimulatedAlarm {
  readonly #time: SimulatedTime;
  readonly #meter: ObjectMeter;
  #armedAt: number | null = null;
  ring: () => Promise<void> = async () => undefined;

  constructor(time: SimulatedTime, meter: ObjectMeter) {
    this.#time = time;
    this.#meter = meter;
  }

  async set(atMs: number | null): Promise<void> {
    this.#meter.alarmWrites++;
    this.#armedAt = atMs;
    if (atMs === null) return;
    this.#time.at(atMs, () => {
      if (this.#armedAt !== atMs) return;
      this.#armedAt = null;
      this.#meter.request(this.#time.now());
      void this.ring();
    });
  }
}

export interface SimulatedShard {
  readonly name: string;
  readonly core: ShardCore;
  readonly scheduler: AlarmScheduler;
  readonly database: MeteredDatabase;
  readonly meter: ObjectMeter;
}

/** Project, its hub and its shards: the real cores under PROFILE=cloudflare, between them only what is billed. */
export class SimulatedProject {
  readonly project: ObjectMeter;
  readonly hub: ObjectMeter;
  readonly shards: readonly SimulatedShard[];
  readonly #time: SimulatedTime;
  readonly #ports: ProjectPorts;
  readonly #live: LiveCore;
  readonly #projectAlarm: SimulatedAlarm;
  readonly #couriers: Couriers;
  readonly #viewerHash: string;
  #sockets: ViewerSocket[] = [];

  constructor(time: SimulatedTime, shards: number) {
    this.#time = time;
    const database = new MeteredDatabase();
    this.project = new ObjectMeter("Project", database);
    this.hub = new ObjectMeter("LiveHub", null);
    let random = 0;
    this.#ports = openProject(
      {
        database,
        now: time.now,
        randomBytes: (length) => new Uint8Array(length).map(() => (random = (random * 31 + 7) & 255)),
        sha256: (text) => createHash("sha256").update(text).digest("hex"),
        hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
      },
      "default",
      defaultRuleGroups(),
    );
    const admin = { project: "default", tokenId: "bootstrap", tokenName: "admin", role: "admin" } as const;
    const viewer = createToken(this.#ports, admin, { name: "page", role: "viewer" });
    this.#viewerHash = this.#ports.sha256(viewer.ok ? viewer.value.token : "");
    this.#projectAlarm = new SimulatedAlarm(time, this.project);
    this.#projectAlarm.ring = () => this.#drive();
    this.#live = new LiveCore({
      now: time.now,
      sockets: () => this.#sockets,
      watch: async (_project, selectors) => {
        this.project.request(time.now(), time.now() + CALL_MS);
        for (const shard of this.shards) {
          shard.meter.request(time.now());
          shard.core.watch(selectors);
        }
      },
      history: async () => ok([]),
    });
    this.#couriers = new Couriers(
      {
        database,
        now: time.now,
        random: () => 0.5,
        receiver: () => null,
        trace: () => undefined,
        usualPerMinute: () => 60,
        toEditor: (notifications) =>
          broadcastToEditors(
            {
              broadcast: async (events: Parameters<LiveCore["broadcast"]>[0]) => {
                this.hub.request(time.now(), time.now() + CALL_MS);
                this.#live.broadcast(events);
              },
            },
            notifications,
          ),
        toIntegration: () => Promise.reject(new Error("this project has no receivers")),
        settled: () => undefined,
      },
      () => void this.#drive(),
    );
    this.shards = Array.from({ length: shards }, (_, i) => this.#open(`default/shard-${i}`));
  }

  /** As `OpenShard` binds a core to its object. */
  #open(name: string): SimulatedShard {
    const time = this.#time;
    const database = new MeteredDatabase();
    const meter = new ObjectMeter(name, database);
    const alarm = new SimulatedAlarm(time, meter);
    const core = quietShard({
      database,
      profile: shardProfile("cloudflare"),
      now: time.now,
      wait: time.wait,
      createEvaluation,
      deliver: (transitions) => this.#receive(transitions),
      publish: (bytes) => {
        this.hub.request(time.now(), time.now() + CALL_MS);
        const batch = decodeBatch(bytes);
        if (batch.ok) void this.#live.publish(batch.value);
      },
      reschedule: () => void scheduler.reschedule(),
    });
    const scheduler = new AlarmScheduler({ setAlarm: (at) => alarm.set(at) }, shardTasks(core), taskLog(database), time.now);
    alarm.ring = () => scheduler.fire();
    void scheduler.reschedule();
    this.project.request(time.now(), time.now() + CALL_MS);
    void core.configure(readShardConfig(this.#ports));
    return { name, core, scheduler, database, meter };
  }

  async #receive(transitions: readonly AlertTransition[]): Promise<void> {
    this.project.request(this.#time.now(), this.#time.now() + CALL_MS);
    receiveTransitions(this.#ports, transitions);
    await this.#drive();
  }

  async #drive(): Promise<void> {
    const time = this.#time;
    await drive(this.#ports, {
      couriers: this.#couriers,
      // Nobody asks for a forecast here.
      forecasts: { start: () => undefined, nextAt: () => null },
      configure: async (name, config) => {
        const shard = this.shards.find((shard) => shard.name === name);
        shard?.meter.request(time.now());
        await shard?.core.configure(config);
      },
      dependencies: async (name) => {
        const shard = this.shards.find((shard) => shard.name === name);
        shard?.meter.request(time.now());
        return shard === undefined ? [] : learnedTopology(shard.core.store.index, shard.core.store.head, time.now());
      },
      activeAlerts: (name, fingerprints) => {
        const shard = this.shards.find((shard) => shard.name === name);
        shard?.meter.request(time.now());
        return Promise.resolve(shard?.core.evaluation.active(fingerprints) ?? []);
      },
      breathe: () => Promise.resolve(),
      setAlarm: (at) => this.#projectAlarm.set(at),
    });
  }

  /** What the night brings: head, runs and retention as the alarm would see to them, each at its time. */
  async night(fromMs: number, untilMs: number): Promise<void> {
    for (const { core } of this.shards) {
      const tasks = shardTasks(core).filter(({ name }) => name !== "evaluation" && name !== "outbox");
      let now = fromMs;
      for (let left = 100_000; left > 0; left--) {
        const due = tasks.map((task) => ({ task, at: task.dueAt(now) ?? Infinity })).reduce((a, b) => (b.at < a.at ? b : a));
        if (due.at > untilMs) break;
        now = Math.max(now, due.at);
        await due.task.run(now);
      }
    }
  }

  /** What the Worker asks before it lets a viewer's request through, when what it knew is more than 5 s old: whose token it is, and which shards there are. */
  admit(): void {
    const meter = this.project;
    const now = this.#time.now();
    meter.request(now);
    const found = authenticate(this.#ports, this.#viewerHash);
    if (found === null) throw new Error("the viewer's token is unknown");
    if (found.useDue === true) {
      meter.request(now);
      noteTokenUse(this.#ports, found.principal.tokenId);
    }
    meter.request(now);
    readShardMap(this.#ports);
  }

  /** Somebody opens the page, watches `selectors` for a while, and goes. */
  async view(selectors: readonly string[], forMs: number): Promise<void> {
    let viewer: Viewer | null = null;
    const socket: ViewerSocket = {
      send: () => undefined,
      close: () => undefined,
      viewer: () => viewer,
      remember: (next) => (viewer = next),
    };
    this.hub.request(this.#time.now());
    this.#sockets.push(socket);
    this.#live.welcome(socket, { project: "default", name: "viewer", subscriptions: [] });
    this.hub.message(this.#time.now());
    await this.#live.message(socket, JSON.stringify({ type: "subscribe", id: "page", selectors, backfillMs: 0 }));
    await this.#time.wait(forMs);
    this.hub.message(this.#time.now());
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    await this.#live.closed(socket);
  }
}
