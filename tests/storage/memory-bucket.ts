import type { ArchiveBucket } from "../../worker/src/storage/archive.ts";

/** A bucket in memory that pages its lists by three and fails while `down`. */
export class MemoryBucket implements ArchiveBucket {
  readonly blobs = new Map<string, Uint8Array>();
  down = false;
  gets = 0;

  #answer(): void {
    if (this.down) throw new Error("the bucket does not answer");
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    this.#answer();
    this.blobs.set(key, value.slice());
  }

  async get(key: string) {
    this.#answer();
    this.gets++;
    const found = this.blobs.get(key);
    return found === undefined ? null : { arrayBuffer: async () => found.slice().buffer };
  }

  async delete(key: string): Promise<void> {
    this.#answer();
    this.blobs.delete(key);
  }

  async list({ prefix, cursor }: { readonly prefix: string; readonly cursor?: string }) {
    this.#answer();
    const keys = [...this.blobs.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = Number(cursor ?? 0);
    const truncated = from + 3 < keys.length;
    const objects = keys.slice(from, from + 3).map((key) => ({ key }));
    return truncated ? { objects, truncated, cursor: String(from + 3) } : { objects, truncated };
  }
}
