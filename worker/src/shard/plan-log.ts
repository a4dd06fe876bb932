import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import type { AlertTransition } from "@sightline/shared/model/alert";
import { METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { finish, Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { EvaluationPlan, FoundAnomaly } from "../rules/api.ts";
import { CrossingForecasts } from "../storage/crossing-forecasts.ts";
import { deleteRows, insertRows } from "../storage/many-rows.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

const KEEP_ANOMALIES = 10_000;
/** Anomalies read together, and to read one. */
const ROWS_AT_ONCE = 250;
const ROW_NS = 10_000;

/** What is told so long after its time came late; longer after it it is history, and no news. */
const LATE_MS = 5000;
const HISTORY_MS = 3_600_000;

/** Of one time: the rows of the series that something was told of, and when, where that was late. */
type RowsOfTime = Map<string, { readonly id: number; readonly toldAt: number | undefined }>;

/** Rows that evaluation causes: alert states, the outbox of transitions, anomalies. Written in the transaction of their samples. */
export class PlanLog {
  /** Written as they are made. */
  readonly crossings: CrossingForecasts;
  readonly #database: SqlDatabase;
  #pending: EvaluationPlan[] = [];
  #outbox: number;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.crossings = new CrossingForecasts(database);
    this.#outbox = database.all<{ count: number }>("SELECT count(*) AS count FROM outbox")[0]?.count ?? 0;
  }

  /** True when the plan holds transitions, which must not wait for company. */
  add(plan: EvaluationPlan): boolean {
    if (plan.transitions.length + plan.states.length + plan.anomalies.length === 0) return false;
    this.#pending.push(plan);
    return plan.transitions.length > 0;
  }

  get pending(): boolean {
    return this.#pending.length > 0;
  }

  /** Transitions on disk that Project has not confirmed, at most. */
  get undelivered(): number {
    return this.#outbox;
  }

  /** Inside the transaction of a commit. */
  write(nowMs: number): void {
    // What thousands of series did at one time may all be better told at once.
    const times = new Map<number, RowsOfTime>();
    for (const plan of this.#pending.splice(0)) {
      // A plan says one thing of a fingerprint.
      const ended = plan.states.filter(({ state }) => state === null).map(({ fingerprint }) => fingerprint);
      deleteRows(this.#database, "DELETE FROM alert_states WHERE fingerprint", ended);
      insertRows(
        this.#database,
        "INSERT OR REPLACE INTO alert_states (fingerprint, state)",
        plan.states.flatMap(({ fingerprint, state }) => (state === null ? [] : [[fingerprint, state]])),
      );
      insertRows(
        this.#database,
        "INSERT OR IGNORE INTO outbox (id, transition, enqueued_at)",
        plan.transitions.map((transition) => [transition.id, JSON.stringify(transition), nowMs]),
      );
      this.#outbox += plan.transitions.length;
      for (const anomaly of plan.anomalies) this.#writeAnomaly(anomaly, times, nowMs);
    }
  }

  #writeAnomaly({ revised, ...anomaly }: FoundAnomaly, times: Map<number, RowsOfTime>, nowMs: number): void {
    const t = Math.trunc(anomaly.t);
    const bodyOf = (toldAt: number | undefined): string => JSON.stringify(toldAt === undefined ? anomaly : { ...anomaly, toldAt });
    if (revised === true) {
      const rows = times.get(t) ?? this.#rowsOf(t);
      times.set(t, rows);
      const told = rows.get(seriesKey(anomaly.labels));
      // What has been trimmed meanwhile need not come back.
      if (told !== undefined) this.#database.run("UPDATE anomalies SET body = ? WHERE id = ?", bodyOf(told.toldAt), told.id);
      return;
    }
    this.#database.run("INSERT INTO anomalies (t, body) VALUES (?, ?)", t, bodyOf(nowMs - t > LATE_MS ? nowMs : undefined));
    times.delete(t);
  }

  #rowsOf(t: number): RowsOfTime {
    const rows = this.#database.all<{ id: number; body: string }>("SELECT id, body FROM anomalies WHERE t = ? ORDER BY id", t);
    return new Map(
      rows.map(({ id, body }) => {
        const { labels, toldAt } = JSON.parse(body) as Anomaly;
        return [seriesKey(labels), { id, toldAt }];
      }),
    );
  }

  states(): { fingerprint: string; state: Uint8Array }[] {
    return this.#database.all<{ fingerprint: string; state: Uint8Array }>("SELECT fingerprint, state FROM alert_states");
  }

  /** The oldest first; order of enqueueing. */
  outbox(limit: number): AlertTransition[] {
    const rows = this.#database.all<{ transition: string }>("SELECT transition FROM outbox ORDER BY seq LIMIT ?", limit);
    // What was told twice is there once.
    if (rows.length < limit) this.#outbox = rows.length;
    return rows.map((row) => JSON.parse(row.transition) as AlertTransition);
  }

  /** Those that `outbox` gave. */
  received(ids: readonly string[]): void {
    this.#database.transaction(() => deleteRows(this.#database, "DELETE FROM outbox WHERE id", ids));
    this.#outbox = Math.max(0, this.#outbox - ids.length);
  }

  /** The newest first, each with its name. */
  anomalies(startMs: number, endMs: number, limit: number): Anomaly[] {
    return this.#database
      .all<{ body: string }>("SELECT body FROM anomalies WHERE t > ? AND t <= ? ORDER BY t DESC, id DESC LIMIT ?", startMs, endMs, limit)
      .map((row) => named(JSON.parse(row.body) as Anomaly));
  }

  /** The oldest first; of the metric alone, where one is given. All that are kept: what is shown of a time must not depend on how much else was told. */
  told(startMs: number, endMs: number, metric?: string): Anomaly[] {
    return finish(this.toldStepwise(startMs, endMs, new Pace(Infinity), metric));
  }

  /** Those that were told after `startMs`, at `endMs` at the latest, and later than at once; not those of history that was imported. Of the metric alone, where one is given. */
  toldLate(startMs: number, endMs: number, metric?: string): (Anomaly & { readonly toldAt: number })[] {
    return this.#database
      .all<{ body: string }>(
        `SELECT body FROM anomalies WHERE t > ? AND t <= ? AND instr(body, ?) > 0 AND json_extract(body, '$.toldAt') > ? ORDER BY t, id`,
        startMs - HISTORY_MS,
        endMs,
        ofMetric(metric),
        startMs,
      )
      .map(({ body }) => JSON.parse(body) as Anomaly)
      .flatMap((anomaly) => {
        const { t, toldAt = t } = anomaly;
        return toldAt <= endMs && toldAt - t < HISTORY_MS ? [{ ...anomaly, toldAt }] : [];
      });
  }

  /** The same as `told` in steps of work. */
  *toldStepwise(startMs: number, endMs: number, pace: Pace, metric?: string): Stepwise<Anomaly[]> {
    const found: Anomaly[] = [];
    let last = { t: startMs, id: Number.MAX_SAFE_INTEGER };
    for (;;) {
      const rows = this.#database.all<{ id: number; t: number; body: string }>(
        "SELECT id, t, body FROM anomalies WHERE (t, id) > (?, ?) AND t <= ? AND instr(body, ?) > 0 ORDER BY t, id LIMIT ?",
        last.t,
        last.id,
        endMs,
        ofMetric(metric),
        ROWS_AT_ONCE,
      );
      for (const { body } of rows) found.push(named(JSON.parse(body) as Anomaly));
      if (rows.length < ROWS_AT_ONCE) return found;
      last = rows.at(-1) ?? last;
      if (pace.spend(ROWS_AT_ONCE * ROW_NS)) yield;
    }
  }

  trim(): void {
    this.#database.run("DELETE FROM anomalies WHERE id <= (SELECT max(id) FROM anomalies) - ?", KEEP_ANOMALIES);
  }
}

/** What the rows of a metric have in them; all have nothing. */
const ofMetric = (metric: string | undefined): string =>
  metric === undefined ? "" : `${JSON.stringify(METRIC_NAME)}:${JSON.stringify(metric)}`;

const named = (anomaly: Anomaly): Anomaly => ({ ...anomaly, id: anomalyId(anomaly.labels, anomaly.t) });
