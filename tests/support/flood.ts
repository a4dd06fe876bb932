import { connect, type Socket } from "node:net";

/** What became of a flood, in samples. */
export interface FloodCount {
  accepted: number;
  refused: number;
}

export interface FloodOptions {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly next: () => { readonly body: Buffer; readonly samples: number };
  /** Of an answer that is no 204: throws when it should not have been given. */
  readonly check: (status: number, head: string, body: string) => void;
}

/**
 * Remote write over many connections that never wait: what is refused is sent again at once, against all that the answer says.
 * Written on bare sockets, for an HTTP client costs more than the server's refusals. Resolves after `durationMs` with what
 * was answered; a request that is under way then is waited for.
 */
export async function flood(options: FloodOptions, durationMs: number): Promise<FloodCount> {
  const count = { accepted: 0, refused: 0 };
  const end = performance.now() + durationMs;
  await Promise.all(Array.from({ length: options.connections }, () => new Connection(options, count, end).done));
  return count;
}

class Connection {
  readonly done: Promise<void>;
  readonly #options: FloodOptions;
  readonly #count: FloodCount;
  readonly #end: number;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  #socket: Socket;
  #request: { readonly body: Buffer; readonly samples: number };
  #answer = "";

  constructor(options: FloodOptions, count: FloodCount, end: number) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#settle = { resolve, reject };
    this.#options = options;
    this.#count = count;
    this.#end = end;
    this.#request = options.next();
    this.#socket = this.#open();
    this.#send();
  }

  #open(): Socket {
    const { hostname, port } = new URL(this.#options.url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#take(chunk));
    // Closed without an answer: sent again over another one. Whether it was taken makes no difference, as it is the same samples.
    socket.on("close", () => {
      if (socket !== this.#socket) return;
      if (performance.now() >= this.#end + 10_000) return this.#settle.reject(new Error("the server closes every connection"));
      this.#answer = "";
      this.#socket = this.#open();
      this.#send();
    });
    socket.on("error", () => undefined);
    return socket;
  }

  #send(): void {
    const { body } = this.#request;
    this.#socket.cork();
    this.#socket.write(
      `POST /api/v1/write HTTP/1.1\r\nHost: flood\r\nAuthorization: Bearer ${this.#options.token}\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nX-Sightline-Sender: flood\r\nContent-Length: ${body.length}\r\n\r\n`,
      "latin1",
    );
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #take(chunk: string): void {
    this.#answer += chunk;
    const headEnd = this.#answer.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.#answer.slice(0, headEnd);
    const said = this.#answer.slice(headEnd + 4);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const chunked = /\r\ntransfer-encoding: chunked/i.test(head);
    if (chunked ? !this.#answer.endsWith("0\r\n\r\n") : this.#answer.length < headEnd + 4 + length) return;
    this.#answer = "";
    const status = Number(head.slice(9, 12));
    if (status === 204) {
      this.#count.accepted += this.#request.samples;
      this.#request = this.#options.next();
    } else {
      try {
        this.#options.check(status, head, said);
      } catch (error) {
        this.#finish(() => this.#settle.reject(error));
        return;
      }
      this.#count.refused += this.#request.samples;
    }
    if (performance.now() < this.#end) this.#send();
    else this.#finish(this.#settle.resolve);
  }

  #finish(then: () => void): void {
    const socket = this.#socket;
    socket.removeAllListeners("close");
    socket.destroy();
    then();
  }
}
