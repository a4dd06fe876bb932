import { describe, expect, it } from "vitest";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { Result } from "@sightline/shared/model/result";
import type { ExportCursor, ExportPage } from "../../worker/src/objects/rpc.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import type { Archive } from "../../worker/src/storage/archive.ts";
import { RunArchive } from "../../worker/src/storage/run-archive.ts";
import { DAY, MINUTE, NOON, refOf } from "../storage/open-store.ts";
import { openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const START = NOON - (NOON % DAY);
const QUERY = { matchers: ["load"], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };

class MemoryArchive implements Archive {
  readonly blobs = new Map<string, Uint8Array>();
  down = false;

  async put(key: string, body: Uint8Array): Promise<void> {
    this.blobs.set(key, body.slice());
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.blobs.get(key) ?? null;
  }

  async list(prefix: string): Promise<readonly string[]> {
    if (this.down) throw new Error("the bucket does not answer");
    return [...this.blobs.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}

describe("an export of a shard with an archive", () => {
  it("has the days that only the archive has, and is refused when it cannot be reached", async () => {
    const database = new NodeDatabase();
    const fixture = openShard(database, { now: START });
    const { store, reads } = fixture.core;
    const bucket = new MemoryArchive();
    const archive = new RunArchive(bucket, "default/shard-0", database, store);
    const ref = refOf(store, "load");
    const written: number[] = [];
    for (let day = 0; day < 4; day++) {
      for (let i = 1; i <= 288; i++) {
        const t = START + day * DAY + i * 5 * MINUTE;
        store.append(ref, t, i, t);
        written.push(t);
        if (i % 144 === 0) store.flush(t, () => undefined);
      }
      fixture.now = START + (day + 1) * DAY + 240 * MINUTE;
      while (store.compactor.dueAt(fixture.now) <= fixture.now) store.compactor.step(fixture.now);
    }
    while (archive.pending !== null) await archive.storeNext();
    fixture.now += 40 * DAY;
    store.retain(fixture.now);
    expect(store.read([ref], 0, Infinity, fixture.now)).toEqual([]);

    const times: number[] = [];
    let cursor: ExportCursor | null = null;
    do {
      const page: Result<ExportPage> = await exportPage(reads, archive, QUERY, cursor, 100);
      if (!page.ok) throw new Error(page.error.message);
      const batch = decodeBatch(new Uint8Array(page.value.batch));
      if (!batch.ok) throw new Error(batch.error.message);
      for (const { timestamps } of batch.value.series) times.push(...timestamps);
      cursor = page.value.next;
    } while (cursor !== null);
    expect(times).toEqual(written);

    bucket.down = true;
    const refused = await exportPage(reads, archive, { ...QUERY, limit: 9 }, null);
    expect(refused.ok ? "" : refused.error).toMatchObject({ code: "unavailable", message: expect.stringContaining("does not answer") });
  });
});
