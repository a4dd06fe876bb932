import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import type { AlertTrace } from "@sightline/shared/alerting/trace";
import type { RouteTestResponse, SilenceReport, UnheardRule } from "@sightline/shared/api/alerting-responses";
import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** Of Project: who is told of which alert, when, and why not. */
export interface PipelineRpc {
  routes(): Promise<RoutingForm>;
  putRoutes(by: Principal, form: RoutingForm): Promise<Result<RoutingForm>>;
  /** Back to the default tree. */
  deleteRoutes(by: Principal): Promise<void>;
  testRoutes(labels: Labels): Promise<RouteTestResponse>;
  unheardRules(): Promise<readonly UnheardRule[]>;
  /** `ended`: those of the last five days as well. */
  silenceReports(ended: boolean): Promise<readonly SilenceReport[]>;
  /** Until a time in ms; one that is not in the future ends the snooze. */
  snooze(by: Principal, id: string, untilMs: number): Promise<Result<Alert>>;
  note(by: Principal, id: string, note: string): Promise<Result<Alert>>;
  /** Not `trace`: the platform keeps that name to itself. */
  alertTrace(id: string): Promise<{ readonly alert: Alert; readonly trace: AlertTrace } | null>;
  /** Episodes of the rule and labels of this alert, newest first; null when there is no such alert. */
  history(id: string, limit: number): Promise<readonly Alert[] | null>;
}
