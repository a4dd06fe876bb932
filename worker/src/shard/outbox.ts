import type { AlertTransition } from "@sightline/shared/model/alert";
import type { PlanLog } from "./plan-log.ts";

/** Transitions sent at a time. */
const DELIVERY = 200;
/** Between deliveries of more than that, ms: what waits for the object, the answer to the write that caused them first of all, goes before each. */
const BREATH_MS = 5;

/** What of a shard's alerts Project has not recorded yet: sent in order, one delivery at a time. */
export class Outbox {
  readonly #plans: PlanLog;
  readonly #send: (transitions: readonly AlertTransition[]) => Promise<void>;
  readonly #wait: (ms: number) => Promise<void>;
  #delivering: Promise<void> | null = null;

  constructor(plans: PlanLog, send: (transitions: readonly AlertTransition[]) => Promise<void>, wait: (ms: number) => Promise<void>) {
    this.#plans = plans;
    this.#send = send;
    this.#wait = wait;
  }

  /** Nothing waits for it, and the alarm tries again what failed. */
  begin(): void {
    if (this.#plans.undelivered > 0) this.deliver().catch(() => undefined);
  }

  /** Rejects when Project could not be reached; the rows stay. */
  deliver(): Promise<void> {
    return (this.#delivering ??= this.#deliverAll().finally(() => (this.#delivering = null)));
  }

  async #deliverAll(): Promise<void> {
    while (this.#plans.undelivered > 0) {
      if (this.#plans.undelivered > DELIVERY) await this.#wait(BREATH_MS);
      const transitions = this.#plans.outbox(DELIVERY);
      if (transitions.length === 0) return;
      await this.#send(transitions);
      this.#plans.received(transitions.map((transition) => transition.id));
    }
  }
}
