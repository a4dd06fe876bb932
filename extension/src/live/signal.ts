import type { Disposable } from "@sightline/shared/api/data-source";

/** A list of listeners; `vscode.EventEmitter` for code that must run without an editor. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  listen(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  fire(value: T): void {
    // A listener may stop listening while it is called; a set allows that.
    for (const listener of this.#listeners) listener(value);
  }
}

export function disposeAll(disposables: Disposable[]): void {
  for (const disposable of disposables.splice(0)) disposable.dispose();
}
