import type { Integration, Receiver } from "@sightline/shared/alerting/receiver";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import type { DeliveryPorts, SettledMessage } from "../../worker/src/alerting/delivery.ts";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { enqueueGroups } from "../../worker/src/alerting/enqueue-groups.ts";
import { nextDueAt } from "../../worker/src/alerting/outbox.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { PROJECT_MIGRATIONS } from "../../worker/src/project/project-migrations.ts";
import { anAlert } from "../support/an-alert.ts";
import { NodeDatabase } from "../support/node-database.ts";

export const webhookTo = (url = "https://hooks.example.org/"): Integration => ({ type: "webhook", url, sendResolved: true });

/** A notification of one alert of `group`; what matters is said. */
export function aNotification(key: string, given: Partial<GroupNotification> = {}, group = "g"): GroupNotification {
  return {
    key,
    receiver: "ops",
    integration: 0,
    groupKey: group,
    groupLabels: { alertname: "HighCpu" },
    status: "firing",
    alerts: [anAlert({ id: `alert of ${group}` })],
    truncatedAlerts: 0,
    reason: "new",
    createdAt: 0,
    ...given,
  };
}

/** The outbox and its couriers over a database in memory, with a clock that tests turn and a network that they answer for. */
export class DeliveryDesk {
  readonly clock = { now: 1_000_000 };
  readonly database = new NodeDatabase();
  readonly receivers = new Map<string, Receiver>([["ops", { name: "ops", integrations: [webhookTo()] }]]);
  /** Keys in the order in which the network took or refused them. */
  readonly sent: string[] = [];
  readonly settled: SettledMessage[] = [];
  readonly traced: string[] = [];
  answer: (notification: GroupNotification) => DeliveryOutcome | Promise<DeliveryOutcome> = () => ({ outcome: "delivered", status: 200 });
  readonly ports: DeliveryPorts = {
    database: this.database,
    now: () => this.clock.now,
    random: () => 0.5,
    receiver: (name) => this.receivers.get(name) ?? null,
    trace: (alertId, { decision, reason }) => this.traced.push(`${alertId} ${decision}: ${reason}`),
    usualPerMinute: () => 60,
    toEditor: async () => ({ outcome: "delivered" }),
    toIntegration: async (notification) => {
      this.sent.push(notification.key);
      return this.answer(notification);
    },
    settled: (message) => this.settled.push(message),
  };
  couriers = new Couriers(this.ports, () => undefined);

  constructor() {
    runMigrations(this.database, PROJECT_MIGRATIONS, 0);
  }

  put(...notifications: readonly GroupNotification[]): void {
    enqueueGroups(this.ports, notifications);
  }

  /** Delivers all that is due now; returns what was sent by it. */
  async deliver(): Promise<readonly string[]> {
    const before = this.sent.length;
    this.couriers.start();
    await this.couriers.rest();
    return this.sent.slice(before);
  }

  /** The object is gone with whatever was on its way, and opened again: what it knew is what it had stored. */
  crash(): void {
    this.couriers = new Couriers(this.ports, () => undefined);
  }

  get nextDueAt(): number | null {
    return nextDueAt(this.database);
  }

  /** Lets time pass from one due delivery to the next, as the alarm does. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now + ms;
    for (;;) {
      const next = this.nextDueAt;
      if (next === null || next > end) break;
      this.clock.now = Math.max(this.clock.now, next);
      await this.deliver();
    }
    this.clock.now = end;
  }
}
