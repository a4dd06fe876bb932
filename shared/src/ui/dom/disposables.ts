import type { Disposable } from "../../api/data-source.ts";

/** Everything opened is handed to something that closes it, in reverse order. */
export class Disposables implements Disposable {
  readonly #open: Disposable[] = [];

  add<T extends Disposable>(disposable: T): T {
    this.#open.push(disposable);
    return disposable;
  }

  /** Repeats until disposed. */
  every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms);
    this.#open.push({ dispose: () => clearInterval(timer) });
  }

  dispose(): void {
    for (const disposable of this.#open.splice(0).toReversed()) disposable.dispose();
  }
}
