/**
 * Alertmanager's routing model (https://prometheus.io/docs/alerting/latest/configuration/) as the project keeps it:
 * durations in ms, matchers parsed, defaults filled in by whoever reads a file.
 */
import type { Matcher } from "../model/matcher.ts";

/** A node of the routing tree. The root matches every alert. What is absent is inherited from the parent. */
export interface Route {
  /** Name of a receiver or of an escalation policy; absent: the parent's. */
  readonly receiver?: string;
  readonly matchers: readonly Matcher[];
  /** Labels whose values make a group; `["..."]` groups by all labels. */
  readonly groupBy?: readonly string[];
  /** How long the first alert of a group waits for others. 30 s at the root when absent. */
  readonly groupWaitMs?: number;
  /** How long a group that was told waits before telling of a change. 5 min at the root when absent. */
  readonly groupIntervalMs?: number;
  /** When what is still firing is told again. 4 h at the root when absent. */
  readonly repeatIntervalMs?: number;
  /** Names of time intervals in which the route is silent; or outside which it is. */
  readonly muteTimeIntervals?: readonly string[];
  readonly activeTimeIntervals?: readonly string[];
  /** Whether siblings after this one are looked at as well. */
  readonly continue: boolean;
  readonly routes: readonly Route[];
}

/** While an alert matching `source` fires, those matching `target` with equal values of the `equal` labels are not told. */
export interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** Inclusive at both ends, as in Alertmanager's ranges. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** All given parts must hold. Minutes of the day: `to` exclusive. Negative days of month count from the month's end. */
export interface TimeIntervalPart {
  readonly times?: readonly NumberRange[];
  /** 0 = Sunday. */
  readonly weekdays?: readonly NumberRange[];
  readonly daysOfMonth?: readonly NumberRange[];
  /** 1–12. */
  readonly months?: readonly NumberRange[];
  readonly years?: readonly NumberRange[];
  /** IANA name; UTC when absent. */
  readonly location?: string;
}

export interface TimeInterval {
  readonly name: string;
  /** One of them must hold. */
  readonly parts: readonly TimeIntervalPart[];
}

/** What decides who is told of which alert, and when. Receivers are kept beside it, for they carry secrets. */
export interface RoutingConfig {
  readonly route: Route;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: readonly TimeInterval[];
}
