/** The deploys within the time that a dashboard shows, asked for now and then; none when the server cannot be asked. */
import type { DataSource, Disposable } from "../../api/data-source.ts";
import type { Deploy } from "../../model/deploy.ts";
import { Disposables } from "../dom/disposables.ts";

const REFRESH_MS = 30_000;

export class DeployFeed implements Disposable {
  readonly #open = new Disposables();
  readonly #listeners = new Set<(deploys: readonly Deploy[]) => void>();
  readonly #read: () => Promise<readonly Deploy[]>;
  #deploys: readonly Deploy[] = [];

  constructor(dataSource: Pick<DataSource, "deploys">, now: () => number, rangeMs: number) {
    this.#read = () => dataSource.deploys(now() - rangeMs);
    this.#open.every(REFRESH_MS, () => void this.#refresh());
    void this.#refresh();
  }

  /** Calls at once with what is known, and then at every change. */
  listen(listener: (deploys: readonly Deploy[]) => void): Disposable {
    this.#listeners.add(listener);
    listener(this.#deploys);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#open.dispose();
    this.#listeners.clear();
  }

  async #refresh(): Promise<void> {
    try {
      this.#deploys = await this.#read();
    } catch {
      // A chart without its marks is better than none; the connection's own state tells the person.
      return;
    }
    for (const listener of this.#listeners) listener(this.#deploys);
  }
}
