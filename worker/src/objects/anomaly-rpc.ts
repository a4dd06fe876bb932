import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import type { CapacityResource } from "@sightline/shared/model/capacity";
import type { Insight, RecentAnomaly } from "@sightline/shared/model/insight";
import type { Labels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";
import type { JsonList } from "./labels-rpc.ts";

/** As an answer's `ExpectedRange`. */
export interface RangeColumns {
  readonly labels: Labels;
  readonly t: Float64Array;
  readonly expected: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly score: Float64Array;
}

export interface ToldAnomalies {
  /** Newest first. */
  readonly anomalies: JsonList;
  readonly ranges?: readonly RangeColumns[];
  readonly warnings?: readonly string[];
}

/** Of a shard. Times in ms. */
export interface RecentAnomaliesRpc {
  /** All that are kept of the series a selector matches, with their expected ranges where wanted. Failures of a selector, `limit`. */
  anomalies(selector: string, startMs: number, endMs: number, bands: boolean): Promise<Result<ToldAnomalies>>;
  /** Newest first, each with the newest value its series was judged by. */
  recentAnomalies(startMs: number, endMs: number, limit: number): Promise<readonly RecentAnomaly[]>;
}

/** Of Project: what people should know, and what they say of anomalies, by which they teach the detectors. */
export interface AnomalyRpc {
  /** Each thing once, what turned out otherwise taken back. `capacity` null: not known now; `unjudged`: ids of what there was too much of. `sinceMs`: groups whose newest anomaly is older are told no more. */
  insights(
    anomalies: readonly RecentAnomaly[],
    capacity: { readonly resources: readonly CapacityResource[]; readonly unjudged: readonly string[] } | null,
    sinceMs: number,
    nowMs: number,
  ): Promise<readonly Insight[]>;
  /** `capacityId` of what is told to run out. */
  openResources(): Promise<readonly string[]>;
  /** Newest first. */
  anomalyAnswers(): Promise<readonly AnomalyAnswer[]>;
  /** The answers take the place of earlier ones about the same anomalies. */
  answerAnomalies(
    by: Principal,
    anomalies: readonly Pick<AnomalyAnswer, "id" | "labels" | "t">[],
    verdict: AnomalyVerdict,
  ): Promise<readonly AnomalyAnswer[]>;
  /** Those that were taken back: of the others nobody has said anything. */
  takeBackAnswers(by: Principal, ids: readonly string[]): Promise<readonly AnomalyAnswer[]>;
  /** Selectors of the series that the rich tier takes first. */
  pins(): Promise<readonly string[]>;
  /** Replaces all. Codes: `bad_request`. */
  putPins(by: Principal, pins: readonly string[]): Promise<Result<readonly string[]>>;
}
