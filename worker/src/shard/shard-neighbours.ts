import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import type { AppendOutcome, RepeatableRequest } from "../objects/append-outcome.ts";
import type { GaugeLevel, HandedOver, SenderContext, ShardConfig, ShardSlo } from "../objects/rpc.ts";
import type { HandedSeries, TakenSeries } from "../rules/handed-alerts.ts";
import type { Among } from "../query/query-among.ts";

/** The other objects that a shard of several speaks to. */
export interface ShardNeighbours {
  /** This shard's object name. */
  readonly self: string;
  readonly askHandOver: (shard: string, sender: string, mapVersion: number) => Promise<Result<HandedOver>>;
  /** What another shard answered to a request of a sender that it had; null where it had none with that key. */
  readonly askAnswer: (shard: string, sender: string, request: RepeatableRequest) => Promise<Result<AppendOutcome | null>>;
  /** Where gauges stand that come as differences and go on here. */
  readonly askLevels: (shard: string, series: readonly Labels[], mapVersion: number) => Promise<Result<readonly (GaugeLevel | null)[]>>;
  /** What another shard's detectors have learned of series that go on here. */
  readonly askDetectors: (shard: string, series: readonly Labels[]) => Promise<ArrayBuffer>;
  /** The same of its streaming rules: their windows and their alerts; of as many in turn as fit an answer. */
  readonly askAlerts: (shard: string, series: readonly Labels[]) => Promise<readonly HandedSeries[]>;
  /** These are written here: it lets them go. */
  readonly confirmAlerts: (shard: string, taken: readonly TakenSeries<Labels>[]) => Promise<void>;
  /** The share of a divided sender's frames that is another shard's. */
  readonly appendShare: (shard: string, context: SenderContext, body: ArrayBuffer) => Promise<Result<ArrayBuffer>>;
  /** Asks Project to divide a sender that is too big for this shard. */
  readonly askSplit: (sender: string) => Promise<void>;
  /** The newest configuration, from Project. */
  readonly askConfig: () => Promise<ShardConfig>;
  /** Those of the map's shards that are not this one, as queries ask them; undefined where there is none. */
  readonly peers: (shards: readonly string[]) => Among;
  /** What another shard has counted of every SLO. */
  readonly askSlos: (shard: string) => Promise<readonly ShardSlo[]>;
}
