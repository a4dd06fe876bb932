import { describe, expect, it, vi } from "vitest";
import type { Result } from "@sightline/shared/model/result";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { ExportCursor, ExportPage } from "../../worker/src/objects/rpc.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const DAY = 86_400_000;
const ALL = { matchers: ['{__name__=~".+"}'], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };

interface Exported {
  /** By name and labels: [time, value] in the order of the pages. */
  readonly samples: Map<string, [number, number][]>;
  readonly order: string[];
  readonly pages: number;
  readonly largest: number;
}

async function exported(core: ShardCore, query = ALL, pageSamples?: number): Promise<Exported> {
  const samples = new Map<string, [number, number][]>();
  const order: string[] = [];
  let cursor: ExportCursor | null = null;
  let pages = 0;
  let largest = 0;
  do {
    const page: Result<ExportPage> = await exportPage(core.reads, null, query, cursor, pageSamples);
    if (!page.ok) throw new Error(page.error.message);
    const batch = decodeBatch(new Uint8Array(page.value.batch));
    if (!batch.ok) throw new Error(batch.error.message);
    let held = 0;
    for (const one of batch.value.series) {
      const key = JSON.stringify(one.labels);
      order.push(one.labels["__name__"] ?? "");
      const list = samples.get(key) ?? [];
      samples.set(key, list);
      for (const [i, t] of one.timestamps.entries()) list.push([t, one.values[i] ?? NaN]);
      held += one.timestamps.length;
    }
    largest = Math.max(largest, held);
    pages++;
    cursor = page.value.next;
  } while (cursor !== null);
  return { samples, order, pages, largest };
}

/** Three days of samples of several metrics, most of them in blocks already. */
async function filled(): Promise<ReturnType<typeof openShard>> {
  const fixture = openShard(new NodeDatabase(), { now: NOON - 3 * DAY });
  for (let hour = 0; hour < 72; hour++) {
    fixture.now += 3_600_000;
    const at = fixture.now;
    const series = [];
    for (let host = 0; host < 20; host++) {
      for (const metric of ["disk_free", "cpu_busy", "mem_used"]) {
        series.push(
          gauge({ __name__: metric, host: `h${host}` }, [
            [at - 1000, hour + host / 8],
            [at, hour - host],
          ]),
        );
      }
    }
    await fixture.core.appendBatch(CONTEXT, batchOf(...series));
    if (hour % 20 === 19) fixture.core.flush(at);
  }
  return fixture;
}

describe("an export in pages", () => {
  it("every sample comes once and in order, however small the pages are", async () => {
    const { core } = await filled();
    const whole = await exported(core);
    expect(whole.samples.size).toBe(60);
    for (const samples of whole.samples.values()) {
      expect(samples.length).toBe(144);
      expect(samples.map(([t]) => t)).toEqual(samples.map(([t]) => t).sort((a, b) => a - b));
    }
    for (const pageSamples of [1, 7, 100, 1000]) {
      const small = await exported(core, ALL, pageSamples);
      expect(small.samples).toEqual(whole.samples);
      expect(small.pages).toBeGreaterThan(8640 / pageSamples / 400);
    }
  });

  it("what came while the clock was ahead is in it, packed or not", async () => {
    const fixture = openShard(new NodeDatabase());
    const times: number[] = [];
    const timesOf = ({ samples }: Exported): number[] =>
      [...samples.values()].flatMap((series) => series.map(([t]) => t)).sort((a, b) => a - b);
    for (const ahead of [0, 3_600_000, 3 * DAY, 40 * DAY]) {
      fixture.now = NOON + ahead;
      await fixture.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: `m${ahead}` }, [[fixture.now, ahead]])));
      times.push(fixture.now);
    }
    fixture.now = NOON + 60_000;
    for (const pack of [() => undefined, () => fixture.core.flush(fixture.now)]) {
      pack();
      expect(timesOf(await exported(fixture.core))).toEqual(times);
      expect(timesOf(await exported(fixture.core, { ...ALL, startMs: NOON + DAY }))).toEqual(times.slice(2));
    }
  });

  it("a page holds little more than it should", async () => {
    const { core } = await filled();
    const { largest, pages } = await exported(core, ALL, 500);
    // One read's worth above: eight series of a day.
    expect(largest).toBeLessThan(500 + 8 * 48 * 4);
    expect(pages).toBeGreaterThan(5);
  });

  it("metrics stand together, by name", async () => {
    const { core } = await filled();
    const { order } = await exported(core, ALL, 300);
    expect([...new Set(order)]).toEqual(["cpu_busy", "disk_free", "mem_used"]);
    expect(order.filter((name, i) => name !== order[i - 1]).length).toBe(3);
  });

  it("start and end are inclusive; limit is of series", async () => {
    const { core, now } = await filled();
    const part = await exported(core, { ...ALL, startMs: now - 3_600_000, endMs: now - 1000, limit: 5 }, 3);
    expect(part.samples.size).toBe(5);
    for (const samples of part.samples.values()) expect(samples.map(([t]) => t)).toEqual([now - 3_600_000, now - 1000]);
  });

  it("a series that appears between two pages does not disturb the others", async () => {
    const fixture = await filled();
    const { core } = fixture;
    const first = await exportPage(core.reads, null, ALL, null, 1000);
    if (!first.ok || first.value.next === null) throw new Error("one page was enough");
    const added = gauge({ __name__: "aaa_first" }, [[fixture.now, 1]]);
    await core.appendBatch(CONTEXT, batchOf(added, gauge({ __name__: "disk_free", host: "new" }, [[fixture.now, 1]])));
    let held = 0;
    let cursor: ExportCursor | null = first.value.next;
    const count = (bytes: ArrayBuffer): number => {
      const batch = decodeBatch(new Uint8Array(bytes));
      if (!batch.ok) throw new Error(batch.error.message);
      return batch.value.series.filter(({ labels }) => labels["host"] !== "new").reduce((sum, one) => sum + one.timestamps.length, 0);
    };
    held += count(first.value.batch);
    while (cursor !== null) {
      const page: Result<ExportPage> = await exportPage(core.reads, null, ALL, cursor, 1000);
      if (!page.ok) throw new Error(page.error.message);
      held += count(page.value.batch);
      cursor = page.value.next;
    }
    expect(held).toBe(60 * 144);
  });

  it("a selector that is none is refused", async () => {
    const { core } = await filled();
    const page = await exportPage(core.reads, null, { ...ALL, matchers: ["sum(up)"] }, null);
    expect(page.ok ? "" : page.error.code).toBe("bad_data");
  });

  it("nothing is read of days before the oldest sample, and others go first in the middle of many series", async () => {
    const fixture = openShard(new NodeDatabase());
    const series = Array.from({ length: 3000 }, (_, i) => gauge({ __name__: `m${i % 4}`, i: String(i) }, [[NOON - 1000, i]]));
    await fixture.core.appendBatch(CONTEXT, batchOf(...series));
    const read = vi.spyOn(fixture.core.store, "read");
    const pause = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const page = await exportPage(fixture.core.reads, null, ALL, null, 1_000_000, pause);
    expect(page.ok && page.value.matched).toBe(3000);
    expect(read.mock.calls.reduce((sum, [refs]) => sum + refs.length, 0)).toBe(3000);
    expect(pause.mock.calls.length).toBeGreaterThan(0);
  });

  it("a series that comes while another export is begun is in the next one", async () => {
    const fixture = openShard(new NodeDatabase());
    const named = (name: string, count: number) =>
      batchOf(...Array.from({ length: count }, (_, i) => gauge({ __name__: name, i: String(i) }, [[NOON - 1000, i]])));
    // So many that planning alone stops.
    for (let part = 0; part < 14; part++) await fixture.core.appendBatch(CONTEXT, named(`m${part}`, 3000));
    let paused = 0;
    const pause = async (): Promise<void> => {
      if (++paused === 1) await fixture.core.appendBatch(CONTEXT, named("late", 1));
    };
    await exportPage(fixture.core.reads, null, ALL, null, 1, pause);
    expect(paused).toBeGreaterThan(0);
    const next = await exportPage(fixture.core.reads, null, ALL, null, 1);
    expect(next.ok && next.value.matched).toBe(fixture.core.store.index.size);
  });
});
