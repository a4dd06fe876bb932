import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { type Failure, type Result, fail, ok } from "@sightline/shared/model/result";
import type { Temporality } from "@sightline/shared/model/sample";
import type { GaugeLevel, ShardMap } from "../objects/rpc.ts";
import { otherOwners } from "../project/shard-owners.ts";
import { movedAt } from "./returning-series.ts";
import type { SampleWriter } from "./sample-writer.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Series that are remembered as asked for, beside those of one request. */
const MOST_ASKED = 100_000;

interface LevelPorts {
  /** This shard's object name; undefined where there is no other. */
  readonly self: string | undefined;
  readonly map: () => ShardMap | undefined;
  readonly writer: SampleWriter;
  readonly now: () => number;
  /** Null: this shard knows a map that is no older. */
  readonly learnMap: (version: number) => Promise<Failure | null>;
  /** Resolves when what was appended until now is on the disk. */
  readonly durable: () => Promise<void>;
  /** Rejects where the shard cannot tell. */
  readonly ask: (shard: string, series: readonly Labels[], mapVersion: number) => Promise<readonly (GaugeLevel | null)[]>;
}

interface Announced {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly temporality: Temporality;
}

/**
 * Where gauges that come as differences stood before their sender came here. A counter's total may begin anew, since readers know resets;
 * a gauge that began at zero would be wrong for good. So the shards that may have had it are asked before its first sample here is taken,
 * and their newest sample of it becomes its first one here.
 */
export class LevelsElsewhere {
  readonly #ports: LevelPorts;
  /** Keys of series that were asked for under the map of `#version`. */
  readonly #asked = new Set<string>();
  #version = 0;

  constructor(ports: LevelPorts) {
    this.#ports = ports;
  }

  /**
   * Before samples of these series are taken, which are routed by `names`. Null: at once. Otherwise what is under way in the meantime is to be
   * judged again; failure: `unavailable`, nothing may be taken.
   */
  learn(names: readonly string[], series: readonly Announced[]): Promise<Failure | null> | null {
    const { self, writer } = this.#ports;
    const map = this.#ports.map();
    if (self === undefined || map === undefined || map.version <= 1) return null;
    if (map.version !== this.#version) {
      this.#asked.clear();
      this.#version = map.version;
    }
    const changedAt = movedAt(map);
    const { index, head } = writer.store;
    const wanted = series.filter(({ labels, metadata, temporality }) => {
      if (temporality !== "delta" || metadata.type !== "gauge" || this.#asked.has(seriesKey(labels))) return false;
      const ref = index.find(labels);
      return ref === undefined || (head.lastTime[ref] as number) < changedAt;
    });
    const others = wanted.length === 0 ? [] : otherOwners(map, self, names);
    return others.length === 0 ? null : this.#learn(wanted, others, map.version);
  }

  async #learn(wanted: readonly Announced[], others: readonly string[], version: number): Promise<Failure | null> {
    const { writer, ask, now } = this.#ports;
    const labels = wanted.map((one) => one.labels);
    const answers = await Promise.all(others.map((shard) => ask(shard, labels, version).catch(() => null)));
    const silent = others.find((_, at) => answers[at] === null);
    if (silent !== undefined) {
      const message = `the levels of gauges that come as differences move here from ${silent}, which cannot tell them now; nothing was taken, try again`;
      return fail("unavailable", message, 1000).error;
    }
    const nowMs = now();
    writer.begin(nowMs);
    // Not when it is asked whether they are known: who was just answered asks that again.
    if (this.#asked.size + wanted.length > MOST_ASKED) this.#asked.clear();
    for (const [at, one] of wanted.entries()) {
      this.#asked.add(seriesKey(one.labels));
      for (const answer of answers) this.#take(one, answer?.[at] ?? null, nowMs);
    }
    return null;
  }

  #take({ labels, metadata, temporality }: Announced, level: GaugeLevel | null, nowMs: number): void {
    const { store } = this.#ports.writer;
    const ref = level === null ? -1 : this.#ports.writer.refOf(labels, metadata, temporality, true);
    if (level === null || ref < 0) return;
    const at = Math.max(level.at, nowMs - store.bounds.retentionMs);
    if (at > (store.head.lastTime[ref] as number)) store.append(ref, at, level.value, nowMs, "total");
  }

  /** For another shard: the newest value of each of these series, null where there is none, when it is durable and nobody adds to it here. */
  async hand(series: readonly Labels[], mapVersion: number): Promise<Result<readonly (GaugeLevel | null)[]>> {
    const behind = await this.#ports.learnMap(mapVersion);
    if (behind !== null) return { ok: false, error: behind };
    const { store } = this.#ports.writer;
    if (store.pending) await this.#ports.durable();
    return ok(series.map((labels) => this.#levelOf(labels)));
  }

  #levelOf(labels: Labels): GaugeLevel | null {
    const { index, head } = this.#ports.writer.store;
    const ref = index.find(labels) ?? -1;
    const at = head.lastTime[ref] ?? -Infinity;
    const value = head.lastValue[ref] ?? NaN;
    return at === -Infinity || Number.isNaN(value) ? null : { at, value };
  }
}

interface LevelsOf extends Omit<LevelPorts, "self" | "ask"> {
  readonly neighbours?: ShardNeighbours;
}

/** Of a shard and its neighbours. */
export const levelsOf = ({ neighbours, ...ports }: LevelsOf): LevelsElsewhere =>
  new LevelsElsewhere({
    ...ports,
    self: neighbours?.self,
    ask: async (...asked) => {
      const answer = await neighbours?.askLevels(...asked);
      if (answer?.ok !== true) throw new Error(answer?.error.message ?? "there is no other shard");
      return answer.value;
    },
  });
