/**
 * The viewer's end of `/v1/live`: keeps one WebSocket open while somebody listens, notices a dead peer, comes back with
 * backoff, and asks again for every subscription so that its backfill closes the hole.
 */
import { backoffDelay } from "./backoff.ts";
import type { ConnectionState, Disposable } from "./data-source.ts";
import type { LiveEvent, LiveRequest, LiveSeries } from "./live.ts";
import type { Clock, OpenSocket, OpenWebSocket } from "./ports.ts";

/** Where to connect now; asked before every attempt, because a ticket works once. */
export interface LiveAddress {
  readonly url: string;
  readonly protocols: readonly string[];
}

/** Rejects with this when the server refused the token: trying again with the same one is pointless. */
export class LiveUnauthorized extends Error {}

export interface LiveConnectionOptions {
  readonly address: () => Promise<LiveAddress>;
  readonly openWebSocket: OpenWebSocket;
  readonly clock: Clock;
  readonly random: () => number;
  /** Silence after which a ping is sent, and again after which the peer counts as dead. Default 10,000 ms. */
  readonly quietMs?: number;
}

type OnSamples = (series: readonly LiveSeries[], backfill: boolean) => void;

interface Subscription {
  readonly id: string;
  readonly selectors: readonly string[];
  readonly backfillMs: number;
  readonly onSamples: OnSamples;
  /** Newest sample seen, ms; after a reconnect the backfill reaches back to it. */
  newest: number;
}

/** The longest backfill that is asked for after an absence; charts reload older history over HTTP. */
const MAX_BACKFILL_MS = 3_600_000;
/** Close codes by which the server says that the token is no good (4401) or does not suffice (4403). */
const REFUSED = new Set([4401, 4403]);

export class LiveConnection implements Disposable {
  readonly #options: LiveConnectionOptions;
  readonly #quietMs: number;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #eventListeners = new Set<(event: LiveEvent) => void>();
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState = "connecting";
  #socket: OpenSocket | null = null;
  #open = false;
  #attempt = 0;
  #nextId = 1;
  /** Counts attempts, so that what a replaced socket still says is ignored. */
  #generation = 0;
  #started = false;
  #disposed = false;
  #cancelRetry: (() => void) | null = null;
  #cancelQuiet: (() => void) | null = null;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    this.#quietMs = options.quietMs ?? 10_000;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  subscribe(selectors: readonly string[], backfillMs: number, onSamples: OnSamples): Disposable {
    const subscription: Subscription = { id: `s${this.#nextId++}`, selectors, backfillMs, onSamples, newest: 0 };
    this.#subscriptions.set(subscription.id, subscription);
    if (this.#open) this.#ask(subscription);
    this.#start();
    return {
      dispose: () => {
        if (this.#subscriptions.delete(subscription.id) && this.#open) this.#send({ type: "unsubscribe", id: subscription.id });
      },
    };
  }

  onEvent(listener: (event: LiveEvent) => void): Disposable {
    this.#eventListeners.add(listener);
    this.#start();
    return { dispose: () => void this.#eventListeners.delete(listener) };
  }

  onConnection(listener: (state: ConnectionState) => void): Disposable {
    this.#stateListeners.add(listener);
    this.#start();
    return { dispose: () => void this.#stateListeners.delete(listener) };
  }

  /** Tries at once instead of at the end of the backoff: the network is back, or the window is in front again. */
  retryNow(): void {
    if (this.#disposed || this.#socket !== null || this.#cancelRetry === null) return;
    this.#cancelRetry();
    this.#attempt = 0;
    void this.#connect();
  }

  dispose(): void {
    this.#disposed = true;
    this.#generation++;
    this.#cancelRetry?.();
    this.#cancelQuiet?.();
    this.#socket?.close(1000, "viewer left");
    this.#socket = null;
    this.#open = false;
    this.#subscriptions.clear();
    this.#eventListeners.clear();
    this.#stateListeners.clear();
  }

  #start(): void {
    if (this.#started || this.#disposed) return;
    this.#started = true;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    this.#cancelRetry = null;
    if (this.#state !== "offline") this.#become("connecting");
    let address: LiveAddress;
    try {
      address = await this.#options.address();
    } catch (error) {
      if (generation === this.#generation) this.#lost(error instanceof LiveUnauthorized ? "unauthorized" : "offline");
      return;
    }
    if (generation !== this.#generation) return;
    const current = (): boolean => generation === this.#generation;
    try {
      this.#socket = this.#options.openWebSocket(address.url, address.protocols, {
        opened: () => {
          if (current()) this.#opened();
        },
        received: (text) => {
          if (current()) this.#received(text);
        },
        closed: (code) => {
          if (current()) this.#lost(REFUSED.has(code) ? "unauthorized" : "offline");
        },
      });
    } catch {
      this.#lost("offline");
      return;
    }
    // A handshake that hangs is a dead peer too.
    this.#listenForSilence();
  }

  #opened(): void {
    this.#open = true;
    this.#attempt = 0;
    this.#listenForSilence();
    for (const subscription of this.#subscriptions.values()) this.#ask(subscription);
    this.#become("live");
  }

  #ask(subscription: Subscription): void {
    const away = subscription.newest === 0 ? 0 : this.#options.clock.now() - subscription.newest;
    const backfillMs = Math.max(subscription.backfillMs, Math.min(away + subscription.backfillMs, MAX_BACKFILL_MS));
    this.#send({ type: "subscribe", id: subscription.id, selectors: subscription.selectors, backfillMs });
  }

  #received(text: string): void {
    this.#listenForSilence();
    const event = parseEvent(text);
    if (event === null) return;
    if (event.type === "samples") {
      const subscription = this.#subscriptions.get(event.id);
      if (subscription === undefined) return;
      for (const series of event.series) {
        const last = series.t.at(-1);
        if (last !== undefined && last > subscription.newest) subscription.newest = last;
      }
      subscription.onSamples(event.series, event.backfill);
    }
    for (const listener of this.#eventListeners) listener(event);
  }

  #listenForSilence(): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = this.#options.clock.after(this.#quietMs, () => {
      if (!this.#open) {
        this.#lost("offline");
        return;
      }
      // The platform answers a ping of 0 by itself: the hub behind it sleeps on.
      this.#send({ type: "ping", sentAt: 0 });
      this.#cancelQuiet = this.#options.clock.after(this.#quietMs, () => this.#lost("offline"));
    });
  }

  #lost(state: "offline" | "unauthorized"): void {
    this.#generation++;
    this.#cancelQuiet?.();
    this.#cancelQuiet = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#open = false;
    socket?.close(1000, "reconnecting");
    this.#become(state);
    if (state === "unauthorized" || this.#disposed) return;
    const delay = backoffDelay(this.#attempt++, this.#options.random());
    this.#cancelRetry = this.#options.clock.after(delay, () => void this.#connect());
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #send(request: LiveRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }
}

/** Null for what is no event of ours: a newer server may send kinds that this viewer does not know. */
function parseEvent(text: string): LiveEvent | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("type" in value)) return null;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the protocol's own server; unknown kinds fall through every switch
    return value as LiveEvent;
  } catch {
    return null;
  }
}
