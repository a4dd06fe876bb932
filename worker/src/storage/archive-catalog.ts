import type { RunEntry } from "./run-manifest.ts";
import { DAY_MS, dayOf, decodeManifest, encodeManifest } from "./run-manifest.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

const NAME = "archived";
/** Days since the epoch. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const byOrder = (a: RunEntry, b: RunEntry): number => a.order - b.order || a.id - b.id;

export interface UnlabelledDay {
  readonly key: string;
  /** Since the epoch. */
  readonly day: number;
}

/** The runs that only the archive has, as a manifest of their own: it is read when somebody asks for days that are gone, not at every opening. */
export class ArchiveCatalog {
  readonly #snapshots: SnapshotStore;
  /** Of labels in the archive that were damaged when its runs were looked for: their days are there and cannot be read. */
  unlabelled: readonly UnlabelledDay[] = [];
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

  /** Whether a time lies in its days, as far as it is known. */
  covers(startMs: number, endMs: number): boolean {
    return [...this.runs, ...this.unlabelled].some((run) => run.day >= dayOf(startMs + 1) && run.day * DAY_MS < endMs);
  }

  /** Inside the transaction that drops their tables. What is not known stays so: these are found by their labels. */
  add(gone: readonly RunEntry[]): void {
    const before = this.#read();
    if (gone.length === 0 || before === null) return;
    const isListed = ({ id, day }: RunEntry): boolean => before.some((run) => run.id === id && run.day === day);
    this.replace([...before, ...gone.filter((run) => !isListed(run))]);
  }

  /** Inside the caller's transaction: series are not numbered as in these runs any more, nor in `stored`, which the object has as well. Returns their days since the epoch. */
  setApart(stored: readonly RunEntry[]): ReadonlySet<number> {
    const runs = [...this.runs, ...stored];
    if (runs.length > 0) this.replace(runs.map((run) => ({ ...run, apart: true })));
    return new Set(runs.map(({ day }) => day));
  }

  /** Where no archive is bound: what is missing then, for the status. */
  unbound(): string[] {
    const days = [...new Set(this.runs.map(({ day }) => day))].sort((a, b) => a - b);
    const [first] = days;
    if (first === undefined) return [];
    return [
      `${days.length} days (${dateOf(first)} to ${dateOf(days.at(-1) ?? first)}) of raw samples are only in the archive, and none is bound: start with the same --archive-dir (on Cloudflare: bind ARCHIVE) to read them`,
    ];
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
