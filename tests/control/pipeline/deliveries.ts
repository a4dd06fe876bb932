/** Receivers that are there or not, and what arrives there: the newest of every alert, those of a group in order, each message under its key. */
import assert from "node:assert/strict";
import { Couriers } from "../../../worker/src/alerting/couriers.ts";
import type { DeliveryOutcome } from "../../../worker/src/alerting/delivery-outcome.ts";
import type { GroupNotification } from "../../../worker/src/alerting/group-notification.ts";
import type { ProjectPorts } from "../../../worker/src/project/project-ports.ts";
import { nextDueAt } from "../../../worker/src/alerting/outbox.ts";
import { silencedUntil } from "../../../worker/src/alerting/silence-matching.ts";
import { judgedForEditor } from "../../../worker/src/project/editor-verdict.ts";
import { listSilences } from "../../../worker/src/project/silences.ts";
import { readTrace } from "../../../worker/src/project/trace.ts";
import { noteSettled } from "../../../worker/src/project/receiver-deliveries.ts";
import { outboxPorts } from "../../../worker/src/project/outbox-ports.ts";

/** `deaf`: takes the message and says it did not. */
export type ReceiverState = "there" | "away" | "deaf";

export class Deliveries {
  readonly state = new Map<string, ReceiverState>();
  readonly #got: GroupNotification[] = [];

  #take(message: GroupNotification): DeliveryOutcome {
    const state = this.state.get(message.receiver) ?? "there";
    if (state !== "away") this.#got.push(message);
    return state === "there" ? { outcome: "delivered" } : { outcome: "failed", reason: "answered 500" };
  }

  async deliver(ports: ProjectPorts): Promise<void> {
    const couriers = new Couriers(
      {
        ...outboxPorts(ports),
        random: () => 0.5,
        usualPerMinute: () => 10_000,
        toEditor: async (news) => {
          const silences = listSilences(ports);
          for (const { alert } of judgedForEditor(ports, news)) {
            const silenced = alert.state === "firing" && silencedUntil(alert, silences, ports.now()) !== null;
            assert.ok(!silenced || alert.held !== undefined, `${alert.name} is silenced and was told in the editor`);
          }
          return { outcome: "delivered" };
        },
        toIntegration: async (message) => this.#take(message),
        settled: (message) => noteSettled(ports, message),
      },
      () => undefined,
    );
    couriers.start();
    await couriers.rest();
  }

  /** When the next message is tried again; null when none waits. */
  nextAt = (ports: ProjectPorts): number | null => nextDueAt(ports.database);

  /** A later episode of the same stood for it before anything was sent. */
  #isSuperseded(produced: readonly GroupNotification[], name: string): boolean {
    const [receiver = "", id = ""] = name.split(" ");
    const of = (fingerprint: string): readonly string[] =>
      produced
        .filter((message) => message.receiver === receiver)
        .flatMap(({ alerts }) => alerts.filter((alert) => alert.fingerprint === fingerprint).map((alert) => alert.id));
    return of(id.slice(0, id.indexOf("-"))).at(-1) !== id;
  }

  /** Nobody who was told that an alert is over hears afterwards that it fires; messages that came twice count once. */
  #checkOrder(): void {
    const over = new Set<string>();
    const keys = new Set<string>();
    for (const { key, receiver, alerts } of this.#got) {
      if (keys.has(key)) continue;
      keys.add(key);
      for (const { id, state } of alerts) {
        if (state === "resolved") over.add(`${receiver} ${id}`);
        else assert.ok(!over.has(`${receiver} ${id}`), `${receiver} was told that ${id} fires after it was over`);
      }
    }
  }

  /** How many messages told of many groups. */
  get digests(): number {
    return this.#got.filter(({ digest }) => digest !== undefined).length;
  }

  /** After everybody is back and nothing waits any more. */
  check(produced: readonly GroupNotification[], ports: ProjectPorts): void {
    const newest = (messages: readonly GroupNotification[]): Map<string, string> =>
      new Map(messages.flatMap(({ receiver, alerts }) => alerts.map(({ id, state }) => [`${receiver} ${id}`, state] as const)));
    const due = newest(produced);
    const heard = newest(this.#got);
    for (const [name, state] of due) {
      if (heard.has(name)) continue;
      // Nobody was told that it fires, and it is over: it is counted, where somebody is told of anything else.
      const [receiver = "", id = ""] = name.split(" ");
      const counted = readTrace(ports, id).stages.some(
        (entry) => entry.receiver === receiver && entry.decision === "held" && entry.reason.startsWith("over before it could be told"),
      );
      const superseded = this.#isSuperseded(produced, name);
      assert.ok((state === "resolved" && counted) || superseded, `${receiver} was never told of ${id}, which is ${state}`);
      due.delete(name);
    }
    assert.deepEqual(heard, due);
    this.#checkOrder();
    const times = new Map<string, number>();
    const keys = new Map<string, string>();
    for (const message of this.#got) {
      const { key, receiver, groupKey } = message;
      const content = JSON.stringify(message.alerts.map(({ id, state }) => [id, state]));
      assert.equal(keys.get(key) ?? content, content, `the key ${key} came with other words the second time`);
      if (keys.has(key)) continue;
      keys.set(key, content);
      const group = `${receiver} ${groupKey}`;
      assert.ok(message.createdAt >= (times.get(group) ?? 0), `${group} was told of the past`);
      times.set(group, message.createdAt);
    }
  }
}
