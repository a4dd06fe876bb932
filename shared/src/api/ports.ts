/** What the clients of the API need of their surroundings: a browser, the extension host and tests each bring their own. */

/** The part of a fetch Response that is read. */
export interface HttpResponse {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The global `fetch` fits. Rejects when no answer came. */
export type Fetch = (url: string, request: HttpRequest) => Promise<HttpResponse>;

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** Once, whether the socket was open or never opened. */
  closed(code: number, reason: string): void;
}

export interface OpenSocket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type OpenWebSocket = (url: string, protocols: readonly string[], events: SocketEvents) => OpenSocket;

/** Time and timers; `after` returns what cancels it. */
export interface Clock {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
}

interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: string,
    listener: (event: { readonly data?: unknown; readonly code?: number; readonly reason?: string }) => void,
  ): void;
}

/** Adapts a WebSocket class (the browser's, Node's, or that of `ws`) to the port. */
export function webSocketOpener(WebSocketClass: new (url: string, protocols: string[]) => WebSocketLike): OpenWebSocket {
  return (url, protocols, events) => {
    const socket = new WebSocketClass(url, [...protocols]);
    let ended = false;
    socket.addEventListener("open", () => events.opened());
    socket.addEventListener("message", (event) => {
      if (typeof event.data === "string") events.received(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (ended) return;
      ended = true;
      events.closed(event.code ?? 1006, event.reason ?? "");
    });
    // A close event always follows an error; without a listener `ws` would throw instead.
    socket.addEventListener("error", () => {});
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
