import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** What people say of anomalies, and so teach the detectors. */
export interface AnomalyRpc {
  /** Newest first. */
  anomalyAnswers(): Promise<readonly AnomalyAnswer[]>;
  /** The answer takes the place of an earlier one about the same anomaly. */
  answerAnomaly(by: Principal, anomaly: Pick<AnomalyAnswer, "id" | "labels" | "t">, verdict: AnomalyVerdict): Promise<AnomalyAnswer>;
  /** Codes: `not_found`. */
  takeBackAnswer(by: Principal, id: string): Promise<Result<AnomalyAnswer>>;
  /** Selectors of the series that the rich tier takes first. */
  pins(): Promise<readonly string[]>;
  /** Replaces all. Codes: `bad_request`. */
  putPins(by: Principal, pins: readonly string[]): Promise<Result<readonly string[]>>;
}
