import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { instant } from "../support/prometheus.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { discard, freePort, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { frameWriter } from "./writers.ts";

const SERIES = 10_000;
/** Above the million at which the head is packed. */
const SCRAPES = 103;
const FRAMES = 60;

/** The shard's database, while nothing has it open. */
function openShard(dataDirectory: string): DatabaseSync {
  const objects = join(dataDirectory, "objects");
  for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".sqlite")) continue;
    const database = new DatabaseSync(join(entry.parentPath, entry.name));
    const found = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'wal_segments'").get();
    if (found !== undefined) return database;
    database.close();
  }
  throw new Error(`no shard below ${objects}`);
}

/** Damages the blob of a row in the middle of every table that `tables` names; returns how many. */
function damage(database: DatabaseSync, tables: RegExp, how: (blob: Uint8Array) => Uint8Array): number {
  let damaged = 0;
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  for (const { name } of names) {
    if (typeof name !== "string" || !tables.test(name)) continue;
    const columns = database.prepare(`SELECT * FROM "${name}" LIMIT 1`).get();
    const column = Object.entries(columns ?? {}).find(([, value]) => value instanceof Uint8Array)?.[0];
    if (column === undefined) continue;
    const ids = database.prepare(`SELECT rowid AS id FROM "${name}" ORDER BY rowid`).all();
    const id = ids[ids.length >> 1]?.["id"];
    const blob = database.prepare(`SELECT ${column} AS blob FROM "${name}" WHERE rowid = ?`).get(id ?? null)?.["blob"];
    if (!(blob instanceof Uint8Array)) continue;
    database.prepare(`UPDATE "${name}" SET ${column} = ? WHERE rowid = ?`).run(how(Uint8Array.from(blob)), id ?? null);
    damaged++;
  }
  return damaged;
}

const flipped = (blob: Uint8Array): Uint8Array => {
  const at = Math.floor(blob.length * 0.6);
  blob[at] = (blob[at] ?? 0) ^ 16;
  return blob;
};
const truncated = (blob: Uint8Array): Uint8Array => blob.subarray(0, Math.floor(blob.length * 0.6));

async function problems(stack: Stack): Promise<readonly string[]> {
  const status = await stack.json<{ shards: readonly { problems: readonly string[] }[] }>("/v1/status");
  return status.shards.flatMap((shard) => shard.problems);
}

/** A bit flipped, or a row cut short, in WAL and blocks at rest: the start succeeds, says what is damaged, the rest is read, and senders send again what only they still have. */
export async function damagedStorage({ smoke }: FaultOptions): Promise<string> {
  const reports: string[] = [];
  for (const [kind, how] of [["flipped", flipped] as const, ["truncated", truncated] as const].slice(0, smoke ? 1 : 2)) {
    const port = await freePort();
    let stack = await startStack({ args: ["--no-agent"], port });
    const writer = frameWriter(stack, "damaged", 25);
    try {
      const load = new ReferenceLoad({ series: SERIES, startMs: Date.now() - SCRAPES * 15_000 });
      const encoder = new RemoteWriteEncoder(load.labels);
      for (let k = 0; k < SCRAPES; k++) {
        const sending = [...encoder.requests(load.next())].map(({ body }) => remoteWrite(stack, body));
        for (const answer of await Promise.all(sending)) assert.equal(answer.status, 204, answer.body);
      }
      await until("frames are in the WAL behind what was packed", 30_000, () => writer.written.batches > FRAMES);
      await writer.pause();
      await writer.written.check(stack, 60_000);
      const { dataDirectory } = stack;
      await stack.stop();
      const database = openShard(dataDirectory);
      const inWal = damage(database, /^wal_\d+$/, how);
      const inBlocks = damage(database, /^(run|blocks)_-?\d+$/, how);
      database.close();
      assert.ok(inWal > 0 && inBlocks > 0, `${inWal} WAL and ${inBlocks} block rows damaged`);

      stack = await startStack({ args: ["--no-agent"], port, dataDirectory });
      // The sender's connection comes back by itself, and with it what the damaged row held.
      await writer.written.check(stack, 90_000);
      const readable = await instant(stack, `count(count_over_time({env="production"}[${SCRAPES * 15 + 60}s]))`);
      const told = await problems(stack);
      assert.ok(
        told.some((line) => /damage|checksum|CRC/i.test(line)),
        `nothing is said of the damage: ${JSON.stringify(told)}`,
      );
      assert.ok(Number(readable[0]?.value[1] ?? 0) > SERIES / 2, "the rest is readable");
      reports.push(`${kind}: ${inWal + inBlocks} rows, ${told.length} lines in /v1/status, ${readable[0]?.value[1]} series readable`);
    } finally {
      await writer.close();
      await stack.stop();
      discard(stack);
    }
  }
  return reports.join("; ");
}
