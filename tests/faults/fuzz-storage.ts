import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore, refOf } from "../storage/open-store.ts";

const SEAL_BYTES = 6;
const TABLES = /^(wal_\d+|run_\d+|blocks_\d+|series|snapshots|manifest|runs?)$/;

interface Blob {
  readonly table: string;
  readonly column: string;
  /** What finds its row: every other column. */
  readonly key: Readonly<Record<string, SqlValue>>;
  readonly bytes: Uint8Array;
}

/** A store with something in every kind of blob: packed runs, a log, definitions, snapshots. */
function filledStore(file: string): Blob[] {
  const database = new NodeDatabase(file);
  const store = openStore(database);
  const refs = Array.from({ length: 12 }, (_, i) => refOf(store, `fuzz_${i % 3}`, { i: String(i) }));
  for (let t = 0; t < 60; t++) {
    for (const ref of refs) store.append(ref, NOON - 600_000 + t * 5000, ref * 10 + t / 4, NOON);
    if (t === 30) store.flush(NOON, () => undefined);
    else store.commit(NOON, () => undefined);
  }
  const blobs = blobsOf(database);
  database.close();
  return blobs;
}

function blobsOf(database: NodeDatabase): Blob[] {
  const tables = database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  return tables
    .filter(({ name }) => TABLES.test(name))
    .flatMap(({ name }) =>
      database.all(`SELECT * FROM ${name}`).flatMap((row) => {
        const key = Object.fromEntries(Object.entries(row).filter(([, value]) => !(value instanceof Uint8Array)));
        return Object.entries(row).flatMap(([column, value]) =>
          value instanceof Uint8Array && value.length > SEAL_BYTES ? [{ table: name, column, key, bytes: value.slice() }] : [],
        );
      }),
    );
}

/** One blob of a store at rest is disturbed: it opens, it answers, and what it leaves out it says. Returns how many inputs were tried. */
export function fuzzStorage(inputs: number, seed: number): number {
  const directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sightline-fuzz-"));
  const whole = join(directory, "whole.sqlite");
  const file = join(directory, "disturbed.sqlite");
  try {
    return disturb(filledStore(whole), whole, file, inputs, seed);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function disturb(blobs: readonly Blob[], whole: string, file: string, inputs: number, seed: number): number {
  assert.ok(blobs.length > 4, "there are blobs to disturb");
  let tried = 0;
  fc.assert(
    fc.property(
      fc.nat(blobs.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat(), { freq: 3 }),
      fc.boolean(),
      (index, changes, cut, reseal) => {
        const blob = blobs[index];
        if (blob === undefined) return;
        let bytes = blob.bytes.slice();
        for (const [at, byte] of changes) bytes[SEAL_BYTES + (at % (bytes.length - SEAL_BYTES))] = byte;
        if (cut !== null) bytes = bytes.slice(0, cut % bytes.length);
        // The manifest names tables; none but our own writing gives it a checksum that holds.
        if (reseal && blob.key["name"] !== "runs" && bytes.length >= SEAL_BYTES)
          new DataView(bytes.buffer).setUint32(2, crc32c(bytes, SEAL_BYTES), true);
        copyFileSync(whole, file);
        const database = new NodeDatabase(file);
        try {
          const where = Object.keys(blob.key).map((column) => `${column} IS ?`);
          database.run(`UPDATE ${blob.table} SET ${blob.column} = ? WHERE ${where.join(" AND ")}`, bytes, ...Object.values(blob.key));
          const store = openStore(database);
          for (let i = 0; i < 3; i++) {
            const refs = store.index.match([{ name: "__name__", op: "=", value: `fuzz_${i}` }]);
            if (refs.ok) store.read(refs.value, -Infinity, Infinity, NOON);
          }
          tried++;
        } finally {
          database.close();
        }
      },
    ),
    { numRuns: inputs, seed },
  );
  return tried;
}
