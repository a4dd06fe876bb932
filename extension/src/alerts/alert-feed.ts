/**
 * The alerts of the connected server, kept current: all of them once at each connection, then each change as it comes.
 * Tells which are newly firing, and never tells the same firing twice, however often the connection is made again.
 */
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { Alert } from "@sightline/shared/model/alert";
import { disposeAll, Signal } from "../live/signal.ts";
import { severityRank } from "./toast-policy.ts";

export type AlertSource = Pick<DataSource, "alerts" | "onEvent" | "onConnection" | "connection">;

/** One firing of one alert: the same alert that fires again later is another. */
const firingKey = (alert: Alert): string => `${alert.id}@${alert.firedAt ?? alert.activeAt}`;

const TOLD_LIMIT = 5000;

export class AlertFeed {
  readonly #alerts = new Map<string, Alert>();
  readonly #told = new Set<string>();
  readonly #open: Disposable[] = [];
  readonly #changed = new Signal<readonly Alert[]>();
  readonly #firing = new Signal<readonly Alert[]>();
  readonly #failed = new Signal<string>();
  /** False until the first list has arrived: what fired before that is not new. */
  #listed = false;
  #source: AlertSource | null = null;

  readonly onChange = (listener: (alerts: readonly Alert[]) => void): Disposable => this.#changed.listen(listener);
  readonly onFiring = (listener: (alerts: readonly Alert[]) => void): Disposable => this.#firing.listen(listener);
  readonly onFailure = (listener: (message: string) => void): Disposable => this.#failed.listen(listener);

  get alerts(): readonly Alert[] {
    return [...this.#alerts.values()];
  }

  /** Follows a source, or none. The alerts of the one before are forgotten; what was told is remembered. */
  follow(source: AlertSource | null): void {
    disposeAll(this.#open);
    this.#alerts.clear();
    this.#listed = false;
    this.#source = source;
    this.#changed.fire(this.alerts);
    if (source === null) return;
    this.#open.push(
      source.onEvent((event) => {
        if (event.type === "alert") this.#apply(event.alert);
      }),
      source.onConnection((state) => {
        if (state === "live") void this.refresh();
      }),
    );
    if (source.connection === "live") void this.refresh();
  }

  /** Reads the whole list again. */
  async refresh(): Promise<void> {
    const source = this.#source;
    if (source === null) return;
    let listed: readonly Alert[];
    try {
      listed = await source.alerts();
    } catch (error) {
      this.#failed.fire(error instanceof Error ? error.message : String(error));
      return;
    }
    if (source !== this.#source) return;
    const fresh = listed.filter((alert) => this.#isNewFiring(alert));
    this.#alerts.clear();
    for (const alert of listed) if (alert.state !== "resolved") this.#alerts.set(alert.id, alert);
    for (const alert of fresh) this.#remember(alert);
    const wasListed = this.#listed;
    this.#listed = true;
    this.#changed.fire(this.alerts);
    if (wasListed && fresh.length > 0) this.#firing.fire(fresh);
  }

  /** Takes in an alert that came back from a command, ahead of the event that will repeat it. */
  replace(alert: Alert): void {
    this.#apply(alert);
  }

  dispose(): void {
    disposeAll(this.#open);
  }

  #apply(alert: Alert): void {
    if (this.#isNewsAgain(alert)) this.#told.delete(firingKey(alert));
    const fresh = this.#isNewFiring(alert);
    if (alert.state === "resolved") this.#alerts.delete(alert.id);
    else this.#alerts.set(alert.id, alert);
    if (fresh) this.#remember(alert);
    this.#changed.fire(this.alerts);
    if (fresh) this.#firing.fire([alert]);
  }

  /** What the server's pipeline holds is news once nothing holds it any more. */
  #isNewFiring(alert: Alert): boolean {
    return alert.state === "firing" && alert.held === undefined && !this.#told.has(firingKey(alert));
  }

  /** Told before, and worth telling again: its snooze is over, or its severity rose because nobody took it up. */
  #isNewsAgain(alert: Alert): boolean {
    const before = this.#alerts.get(alert.id);
    if (before === undefined || alert.state !== "firing") return false;
    const awake = before.snoozedUntil !== null && alert.snoozedUntil === null;
    return awake || severityRank(alert.severity) > severityRank(before.severity);
  }

  #remember(alert: Alert): void {
    this.#told.add(firingKey(alert));
    if (this.#told.size <= TOLD_LIMIT) return;
    const oldest = this.#told.values().next();
    if (oldest.done !== true) this.#told.delete(oldest.value);
  }
}
