/**
 * Which newly firing alerts interrupt the person: at or above their severity, not held by the server's pipeline, at most `openLimit` toasts
 * open at once, the rest folded into one. Decides only; showing and clocks are the caller's.
 */
import { type Alert, SEVERITIES, type Severity } from "@sightline/shared/model/alert";

export interface ToastLimits {
  /** Single toasts that may be open at once. */
  readonly openLimit: number;
  /** Ms after which the editor has hidden an unanswered toast by itself. */
  readonly openMs: number;
  /** Ms that folded alerts are gathered for. */
  readonly foldMs: number;
}

/** VS Code shows three notifications at once and hides them after 10–20 s. */
const TOAST_LIMITS: ToastLimits = { openLimit: 3, openMs: 20_000, foldMs: 1_500 };

export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export interface ToastDecision {
  /** To be shown alone, now. */
  readonly single: readonly Alert[];
  /** Time at which `fold` should be asked, or null when nothing waits. */
  readonly foldAt: number | null;
}

export class ToastPolicy {
  readonly #limits: ToastLimits;
  readonly #open = new Map<string, number>();
  #waiting: Alert[] = [];
  #foldAt: number | null = null;
  /** Until when the last folded toast holds the place of the next one. */
  #foldOpenUntil = 0;

  constructor(limits: ToastLimits = TOAST_LIMITS) {
    this.#limits = limits;
  }

  /** `key` of each single toast is the alert's id. */
  offer(alerts: readonly Alert[], floor: Severity | "off", nowMs: number): ToastDecision {
    this.#expire(nowMs);
    const single: Alert[] = [];
    const bySeverity = alerts
      .filter((alert) => wantsToast(alert, floor))
      .toSorted((left, right) => severityRank(right.severity) - severityRank(left.severity));
    const alone = bySeverity.length <= this.#limits.openLimit && this.#waiting.length === 0;
    for (const alert of bySeverity) {
      if (alone && this.#open.size < this.#limits.openLimit) {
        this.#open.set(alert.id, nowMs);
        single.push(alert);
      } else {
        this.#waiting.push(alert);
      }
    }
    if (this.#waiting.length > 0 && this.#foldAt === null) this.#foldAt = Math.max(nowMs + this.#limits.foldMs, this.#foldOpenUntil);
    return { single, foldAt: this.#foldAt };
  }

  /** The person answered or closed the toast: its place is free. */
  closed(alertId: string): void {
    this.#open.delete(alertId);
  }

  /** The folded alerts that still fire, for one toast; empty when none. `firing` tells what still does. */
  fold(firing: (alertId: string) => boolean, nowMs: number): readonly Alert[] {
    const folded = this.#waiting.filter((alert) => firing(alert.id));
    this.#waiting = [];
    this.#foldAt = null;
    if (folded.length > 0) this.#foldOpenUntil = nowMs + this.#limits.openMs;
    return folded;
  }

  foldClosed(): void {
    this.#foldOpenUntil = 0;
  }

  #expire(nowMs: number): void {
    for (const [id, at] of this.#open) if (nowMs - at >= this.#limits.openMs) this.#open.delete(id);
  }
}

export function wantsToast(alert: Alert, floor: Severity | "off"): boolean {
  if (floor === "off" || alert.state !== "firing" || alert.held !== undefined) return false;
  return severityRank(alert.severity) >= severityRank(floor);
}
