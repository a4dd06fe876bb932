import type { Labels } from "@sightline/shared/model/labels";
import type { HandedSeries, TakenSeries } from "../rules/handed-alerts.ts";

/** What shards tell each other of series that move: what detectors have learned, the windows of rules, and alerts. */
export interface DetectorsRpc {
  /**
   * From the shard in which these series go on; at most some hundred. What is answered is understood by the same version alone
   * (`rules/handed-detectors.ts`). None of them is missed here from then on.
   */
  handDetectors(series: readonly Labels[]): Promise<ArrayBuffer>;
  /** The same of what streaming rules look at and of their alerts: of as many of the series in turn as fit an answer. */
  handAlerts(series: readonly Labels[]): Promise<readonly HandedSeries[]>;
  /** Those of the answer that the asking shard has on its disk: let go here. Without it they go on here after a minute. */
  confirmAlerts(taken: readonly TakenSeries<Labels>[]): Promise<void>;
}
