import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { RUN_VERSION, RunRow } from "../../worker/src/storage/run-row.ts";
import { unseal } from "../../worker/src/storage/sealed-blob.ts";
import { WAL_VERSION, readWalRecord } from "../../worker/src/storage/wal-record.ts";
import { compareSamples } from "../support/reference-check.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { shardFile } from "../support/shard-file.ts";
import { discard, freePort, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { frameWriter } from "./writers.ts";

const SERIES = 10_000;
/** Above the million at which the head is packed. */
const SCRAPES = 103;
const FRAMES = 60;

interface Damage {
  rows: number;
  /** Held by the damaged rows, of whatever series. */
  samples: number;
}

/** Samples in a row of the log or of a run, while it is whole. */
function samplesIn(blob: Uint8Array): number {
  const run = unseal("run", RUN_VERSION, blob);
  if (run.ok) {
    const row = new RunRow(run.value.body);
    let samples = 0;
    for (let chunk = 0; chunk < row.refs.length; chunk++) samples += row.times(chunk).length;
    return samples;
  }
  const record = unseal("wal", WAL_VERSION, blob);
  assert.ok(record.ok, "a row that is damaged was whole before");
  let samples = 0;
  const nothing = (): void => undefined;
  readWalRecord(record.value.body, {
    commit: nothing,
    series: nothing,
    mark: nothing,
    histogram: nothing,
    columns: ({ refs }) => void (samples += refs.length),
  });
  return samples;
}

/** Damages the blob of a row in the middle of every table that `tables` names. */
function damage(database: DatabaseSync, tables: RegExp, how: (blob: Uint8Array) => Uint8Array): Damage {
  const damaged: Damage = { rows: 0, samples: 0 };
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
    damaged.samples += samplesIn(Uint8Array.from(blob));
    damaged.rows++;
  }
  return damaged;
}

const flippedBy =
  (bits: number) =>
  (blob: Uint8Array): Uint8Array => {
    const at = Math.floor(blob.length * 0.6);
    blob[at] = (blob[at] ?? 0) ^ bits;
    return blob;
  };
const truncated = (blob: Uint8Array): Uint8Array => blob.subarray(0, Math.floor(blob.length * 0.6));

const ONE_BIT = "one bit";
const DAMAGES = [["two bits", flippedBy(48)] as const, [ONE_BIT, flippedBy(16)] as const, ["truncated", truncated] as const];

async function problems(stack: Stack): Promise<readonly string[]> {
  const status = await stack.json<{ shards: readonly { problems: readonly string[] }[] }>("/v1/status");
  return status.shards.flatMap((shard) => shard.problems);
}

/** Bits flipped, or a row cut short, in WAL and blocks at rest: the start succeeds, says what is damaged, the rest is read, and senders send again what only they still have. */
export async function damagedStorage({ smoke }: FaultOptions): Promise<string> {
  const reports: string[] = [];
  for (const [kind, how] of DAMAGES.slice(0, smoke ? 1 : DAMAGES.length)) {
    const port = await freePort();
    let stack = await startStack({ args: ["--no-agent"], port });
    const writer = frameWriter(stack, "damaged", 25);
    try {
      const options = { series: SERIES, startMs: Date.now() - SCRAPES * 15_000 };
      const load = new ReferenceLoad(options);
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
      const database = new DatabaseSync(shardFile(dataDirectory));
      const inWal = damage(database, /^wal_\d+$/, how);
      const inBlocks = damage(database, /^(run|blocks)_-?\d+$/, how);
      database.close();
      assert.ok(inWal.rows > 0 && inBlocks.rows > 0, `${inWal.rows} WAL and ${inBlocks.rows} block rows damaged`);

      stack = await startStack({ args: ["--no-agent"], port, dataDirectory });
      // The sender's connection comes back by itself, and with it what the damaged row held.
      await writer.written.check(stack, 90_000);
      // Nobody has the load any more: of it, what the damaged rows held is gone, and nothing else.
      const { equal, missing } = await compareSamples(stack, options, SCRAPES);
      const lost = [...missing.values()].reduce((sum, samples) => sum + samples, 0);
      assert.equal(equal + lost, SERIES * SCRAPES);
      assert.ok(
        lost <= inWal.samples + inBlocks.samples,
        `${lost} samples are gone, the damaged rows held ${inWal.samples + inBlocks.samples}`,
      );
      if (kind === ONE_BIT) assert.equal(lost, 0);
      const told = await problems(stack);
      assert.ok(
        told.some((line) => /damage|checksum|CRC/i.test(line)),
        `nothing is said of the damage: ${JSON.stringify(told)}`,
      );
      const rows = inWal.rows + inBlocks.rows;
      reports.push(`${kind}: ${rows} rows, ${told.length} lines in /v1/status, ${equal} samples bit for bit, ${lost} gone with the rows`);
    } finally {
      await writer.close();
      await stack.stop();
      discard(stack);
    }
  }
  return reports.join("; ");
}
