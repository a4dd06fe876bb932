/** The connection to one server, or none: opened by signing in, replaced when the address or the token changes. */
import type { ConnectionState, DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { HttpDataSource } from "@sightline/shared/api/http-data-source";
import { disposeAll, Signal } from "./signal.ts";

export type SessionState = ConnectionState | "signedOut";
export type OpenSource = (url: string, token: string) => HttpDataSource;

export class Session {
  readonly #openSource: OpenSource;
  readonly #changed = new Signal<SessionState>();
  readonly #replaced = new Signal<DataSource | null>();
  readonly #open: Disposable[] = [];
  #source: HttpDataSource | null = null;
  #state: SessionState = "signedOut";
  #url = "";
  #token: string | null = null;

  constructor(openSource: OpenSource) {
    this.#openSource = openSource;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The address signed in to, or that would be. */
  get url(): string {
    return this.#url;
  }

  /** Null only when signed out: an offline source answers with errors and comes back by itself. */
  get source(): DataSource | null {
    return this.#source;
  }

  readonly onState = (listener: (state: SessionState) => void): Disposable => this.#changed.listen(listener);
  /** Another source took the place of the one before; null when signed out. */
  readonly onSource = (listener: (source: DataSource | null) => void): Disposable => this.#replaced.listen(listener);

  /** Null token: signed out of that address. The same address and token again change nothing. */
  use(url: string, token: string | null): void {
    if (url === this.#url && token === this.#token && (token === null) === (this.#source === null)) return;
    disposeAll(this.#open);
    this.#url = url;
    this.#token = token;
    if (token === null) {
      this.#source = null;
      this.#setState("signedOut");
      this.#replaced.fire(null);
      return;
    }
    const source = this.#openSource(url, token);
    this.#source = source;
    this.#open.push(
      source,
      source.onConnection((state) => this.#setState(state)),
    );
    this.#setState(source.connection);
    this.#replaced.fire(source);
  }

  /** Somebody is looking again: an offline server is tried now, not at the end of the wait. */
  retryNow(): void {
    this.#source?.retryNow();
  }

  dispose(): void {
    disposeAll(this.#open);
    this.#source = null;
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}
