/** The extension's end of the panel: answers the webview's calls from the session's source, and follows it when it changes. */
import { type DataSource, DataSourceError, type Disposable } from "@sightline/shared/api/data-source";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import type { CallName, ToExtension, ToWebview } from "./panel-protocol.ts";

type Subscription = Extract<ToExtension, { type: "subscribe" }>;

export class DataBridge {
  readonly #session: Pick<Session, "source" | "state" | "onSource" | "onState">;
  readonly #post: (message: ToWebview) => void;
  readonly #wanted = new Map<number, Subscription>();
  readonly #subscribed = new Map<number, Disposable>();
  readonly #following: Disposable[] = [];
  readonly #events: Disposable[] = [];

  constructor(session: Pick<Session, "source" | "state" | "onSource" | "onState">, post: (message: ToWebview) => void) {
    this.#session = session;
    this.#post = post;
    this.#following.push(
      session.onSource(() => this.#follow()),
      session.onState((state) => post({ type: "connection", state })),
    );
    this.#follow();
  }

  receive(message: ToExtension): void {
    if (message.type === "call") void this.#call(message.id, message.name, message.args);
    else if (message.type === "subscribe") {
      this.#wanted.set(message.id, message);
      this.#subscribe(message);
    } else if (message.type === "unsubscribe") {
      this.#wanted.delete(message.id);
      this.#subscribed.get(message.id)?.dispose();
      this.#subscribed.delete(message.id);
    } else if (message.type === "ready") {
      // The page was loaded (again): what its predecessor watched is nobody's now.
      this.#wanted.clear();
      this.#unsubscribeAll();
      this.#post({ type: "connection", state: this.#session.state });
    }
  }

  dispose(): void {
    disposeAll(this.#following);
    disposeAll(this.#events);
    this.#unsubscribeAll();
  }

  #follow(): void {
    disposeAll(this.#events);
    this.#unsubscribeAll();
    const { source } = this.#session;
    if (source === null) return;
    this.#events.push(
      // Samples go to those who subscribed to them.
      source.onEvent((event) => {
        if (event.type !== "samples") this.#post({ type: "event", event });
      }),
    );
    for (const subscription of this.#wanted.values()) this.#subscribe(subscription);
  }

  #subscribe({ id, selectors, backfillMs }: Subscription): void {
    const { source } = this.#session;
    this.#subscribed.get(id)?.dispose();
    if (source === null) return;
    const subscription = source.subscribe(selectors, backfillMs, (series, backfill) =>
      this.#post({ type: "samples", id, series, backfill }),
    );
    this.#subscribed.set(id, subscription);
  }

  #unsubscribeAll(): void {
    for (const subscription of this.#subscribed.values()) subscription.dispose();
    this.#subscribed.clear();
  }

  async #call(id: number, name: CallName, args: readonly unknown[]): Promise<void> {
    const { source } = this.#session;
    try {
      if (source === null) throw new DataSourceError("signed_out", "You are not signed in to a server.", 401);
      this.#post({ type: "value", id, value: await callSource(source, name, args) });
    } catch (error) {
      const failure =
        error instanceof DataSourceError ? error : new DataSourceError("failed", error instanceof Error ? error.message : String(error), 0);
      this.#post({ type: "failure", id, code: failure.code, message: failure.message, status: failure.status });
    }
  }
}

/** The webview is our own page and typed; its name is checked, its arguments are the server's to judge. */
function callSource(source: DataSource, name: CallName, args: readonly unknown[]): Promise<unknown> {
  const method = source[name] as (...values: unknown[]) => Promise<unknown>;
  return method.apply(source, [...args]);
}
