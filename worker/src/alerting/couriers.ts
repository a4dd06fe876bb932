import { channelKey } from "./channel.ts";
import { type DeliveryPorts, deliverChannel } from "./delivery.ts";
import { channelTimes } from "./outbox.ts";

/** The channels at work, each at its own pace: one that hangs holds no other up. */
export class Couriers {
  readonly #ports: DeliveryPorts;
  readonly #done: () => void;
  readonly #running = new Map<string, Promise<void>>();

  /** `done` is called whenever a channel has nothing more to send at present. */
  constructor(ports: DeliveryPorts, done: () => void) {
    this.#ports = ports;
    this.#done = done;
  }

  get busy(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  /** Sets every channel to work that has something due; waits for none. */
  start(): void {
    const now = this.#ports.now();
    for (const channel of channelTimes(this.#ports.database)) {
      const key = channelKey(channel);
      if (channel.at > now || this.#running.has(key)) continue;
      const work = deliverChannel(this.#ports, channel).then(
        () => this.#end(key, true),
        (error: unknown) => {
          // What breaks here is storage. The row is there still; the alarm that stands behind work in progress comes again, and not at once.
          console.error(JSON.stringify({ level: "error", channel: key, error: error instanceof Error ? error.message : String(error) }));
          this.#end(key, false);
        },
      );
      this.#running.set(key, work);
    }
  }

  #end(key: string, well: boolean): void {
    this.#running.delete(key);
    if (well) this.#done();
  }

  /** When all that runs now is done. */
  async rest(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
