import { Agent, request } from "node:http";

export interface TimedAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** From the request to the last byte of its answer. */
  readonly ms: number;
}

/** Asks one server over connections that stay open, with little work of its own: `fetch` adds a millisecond to a query of a tenth of one. */
export class KeepAliveClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #origin: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.#origin = new URL(origin);
    this.#headers = headers;
  }

  get(path: string): Promise<TimedAnswer> {
    const { hostname, port } = this.#origin;
    return new Promise((resolve, reject) => {
      const started = performance.now();
      const asked = request({ agent: this.#agent, hostname, port, path, headers: this.#headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces), ms: performance.now() - started }),
        );
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
