import type { Clock, HttpRequest, OpenWebSocket, SocketEvents } from "@sightline/shared/api/ports";

/** A clock that moves when told, and runs what falls due on the way. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.run();
      await settled();
    }
    this.#now = end;
  }
}

/** Lets promises that are already resolved run on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

export interface FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly events: SocketEvents;
  readonly sent: { type: string; [field: string]: unknown }[];
  closed: boolean;
}

export function fakeSockets(): { readonly open: OpenWebSocket; readonly sockets: FakeSocket[] } {
  const sockets: FakeSocket[] = [];
  const open: OpenWebSocket = (url, protocols, events) => {
    const socket: FakeSocket = { url, protocols, events, sent: [], closed: false };
    sockets.push(socket);
    return {
      send: (text) => void socket.sent.push(JSON.parse(text)),
      close: () => {
        socket.closed = true;
      },
    };
  };
  return { open, sockets };
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers by path; a function may look at the request. */
export function fakeFetch(answer: (path: string, request: HttpRequest) => Answer | null) {
  const requests: { url: string; request: HttpRequest }[] = [];
  const fetch = (url: string, request: HttpRequest) => {
    requests.push({ url, request });
    const found = answer(url.replace(/^https?:\/\/[^/]+/, ""), request);
    if (found === null) return Promise.reject(new Error("connection refused"));
    const text = typeof found.body === "string" ? found.body : JSON.stringify(found.body);
    return Promise.resolve({ ok: found.status < 300, status: found.status, text: () => Promise.resolve(text) });
  };
  return { fetch, requests };
}
