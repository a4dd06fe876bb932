/** Alerts, SLOs, anomalies and hosts from one snapshot, refreshed every few seconds and at once when an alert changes. */
import { type DataSource, DataSourceError, type Disposable } from "../../api/data-source.ts";
import type { Snapshot } from "../../api/responses.ts";
import type { Alert } from "../../model/alert.ts";
import { Disposables } from "../dom/disposables.ts";

export interface AttentionState {
  readonly snapshot: Snapshot | null;
  readonly alerts: readonly Alert[];
  readonly error: DataSourceError | null;
}

const REFRESH_MS = 10_000;
const RANK: Readonly<Record<Alert["state"], number>> = { firing: 0, acknowledged: 1, pending: 2, resolved: 3 };

export class AttentionFeed implements Disposable {
  readonly #dataSource: DataSource;
  readonly #listeners = new Set<(state: AttentionState) => void>();
  readonly #open = new Disposables();
  readonly #changed = new Map<string, Alert>();
  #state: AttentionState = { snapshot: null, alerts: [], error: null };

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
    this.#open.every(REFRESH_MS, () => void this.refresh());
    this.#open.add(dataSource.onEvent((event) => event.type === "alert" && this.put(event.alert)));
    this.#open.add(dataSource.onConnection((state) => state === "live" && void this.refresh()));
    void this.refresh();
  }

  /** Calls at once with what is known, and then at every change. */
  listen(listener: (state: AttentionState) => void): Disposable {
    this.#listeners.add(listener);
    listener(this.#state);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** An alert's newer state, from the live feed or the answer to an acknowledgement. */
  put(alert: Alert): void {
    this.#changed.set(alert.id, alert);
    this.#tell({ ...this.#state, alerts: sortAlerts([alert, ...this.#state.alerts.filter(({ id }) => id !== alert.id)]) });
  }

  async refresh(): Promise<void> {
    this.#changed.clear();
    try {
      const [snapshot, alerts] = await Promise.all([this.#dataSource.snapshot(), this.#dataSource.alerts()]);
      const merged = new Map(alerts.map((alert) => [alert.id, alert]));
      // What the live feed said while the answer was on its way is newer than the answer.
      for (const [id, alert] of this.#changed) merged.set(id, alert);
      this.#tell({ snapshot, alerts: sortAlerts([...merged.values()]), error: null });
    } catch (reason) {
      this.#tell({
        ...this.#state,
        error: reason instanceof DataSourceError ? reason : new DataSourceError("unexpected", String(reason), 0),
      });
    }
  }

  dispose(): void {
    this.#open.dispose();
    this.#listeners.clear();
  }

  #tell(state: AttentionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** What still asks for a person first, the newest first within. */
export function sortAlerts(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort((a, b) => RANK[a.state] - RANK[b.state] || (b.firedAt ?? b.activeAt) - (a.firedAt ?? a.activeAt));
}
