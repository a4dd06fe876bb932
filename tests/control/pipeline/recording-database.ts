import type { AlertTrace } from "@sightline/shared/alerting/trace";
import type { GroupNotification } from "../../../worker/src/alerting/group-notification.ts";
import type { Notification } from "../../../worker/src/alerting/notification.ts";
import type { SqlValue } from "../../../worker/src/storage/sql-database.ts";
import { NodeDatabase } from "../../support/node-database.ts";

/** Sees what is committed to the outbox and to traces, in order; what is rolled back never was. */
export class RecordingDatabase extends NodeDatabase {
  readonly messages: GroupNotification[] = [];
  readonly news: Notification[] = [];
  readonly traces = new Map<string, AlertTrace>();
  readonly #open: (() => void)[] = [];
  #depth = 0;

  override run(sql: string, ...params: SqlValue[]): void {
    super.run(sql, ...params);
    const see = this.#seen(sql, params);
    if (see === null) return;
    if (this.#depth > 0) this.#open.push(see);
    else see();
  }

  override transaction<T>(body: () => T): T {
    this.#depth++;
    try {
      const value = super.transaction(body);
      if (this.#depth === 1) for (const see of this.#open) see();
      return value;
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#open.length = 0;
    }
  }

  #seen(sql: string, params: readonly SqlValue[]): (() => void) | null {
    if (sql.includes("INTO trace")) {
      const [id, body] = params;
      return typeof id === "string" && typeof body === "string" ? () => this.traces.set(id, JSON.parse(body) as AlertTrace) : null;
    }
    if (!sql.includes("INTO outbox")) return null;
    const body = params.find((param) => typeof param === "string" && param.startsWith('{"'));
    if (typeof body !== "string") return null;
    const told = JSON.parse(body) as GroupNotification | Notification;
    // A digest says only what was said to it.
    if ("digest" in told) return null;
    return () => ("alerts" in told ? this.messages.push(told) : this.news.push(told));
  }
}
