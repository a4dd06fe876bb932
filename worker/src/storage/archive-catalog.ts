import type { RunEntry } from "./run-manifest.ts";
import { decodeManifest, encodeManifest } from "./run-manifest.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

const NAME = "archived";
const byOrder = (a: RunEntry, b: RunEntry): number => a.order - b.order || a.id - b.id;

/** The runs that only the archive has, as a manifest of their own: it is read when somebody asks for days that are gone, not at every opening. */
export class ArchiveCatalog {
  readonly #snapshots: SnapshotStore;
  #runs: readonly RunEntry[] | null | "unread" = "unread";

  constructor(snapshots: SnapshotStore) {
    this.#snapshots = snapshots;
  }

  /** False when nothing was written yet, or what was is damaged: then it is made again from the labels in the archive. */
  get known(): boolean {
    return this.#read() !== null;
  }

  /** Ascending order, as those of the store; none while it is not known. */
  get runs(): readonly RunEntry[] {
    return this.#read() ?? [];
  }

  /** Inside the transaction that drops their tables. What is not known stays so: these are found by their labels. */
  add(gone: readonly RunEntry[]): void {
    const before = this.#read();
    if (gone.length > 0 && before !== null) this.replace([...before, ...gone]);
  }

  replace(runs: readonly RunEntry[]): void {
    const sorted = [...runs].sort(byOrder);
    this.#snapshots.write(NAME, encodeManifest({ runs: sorted, nextId: 0, building: [] }));
    this.#runs = sorted;
  }

  #read(): readonly RunEntry[] | null {
    if (this.#runs !== "unread") return this.#runs;
    const stored = this.#snapshots.read(NAME);
    let runs: readonly RunEntry[] | null = null;
    try {
      if (stored !== null && stored.problem === null) runs = decodeManifest(stored.bytes).runs;
    } catch {
      // Made again from the archive.
    }
    return (this.#runs = runs);
  }
}
