import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RunRow, RunRowPacker } from "../../worker/src/storage/run-row.ts";
import { SEAL_BYTES } from "../../worker/src/storage/sealed-blob.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const nothing = () => undefined;

function flipBit(database: NodeDatabase, table: string, id: number, column: string): void {
  const row = database.all<{ body: Uint8Array }>(`SELECT ${column} AS body FROM ${table} WHERE id = ?`, id)[0];
  const body = Uint8Array.from(row?.body ?? []);
  body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 4;
  database.run(`UPDATE ${table} SET ${column} = ? WHERE id = ?`, body, id);
}

describe("damaged storage", () => {
  test("a WAL row with a flipped bit is set aside and said so; the rows around it are read", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    // Commits that do not join the row before them, for it is much longer.
    for (const [from, to] of [
      [0, 8000],
      [8000, 11_000],
      [11_000, 12_000],
    ] as const) {
      for (let i = from; i < to; i++) store.append(ref, NOON + i, Math.sin(i), NOON);
      store.commit(NOON, nothing);
    }
    flipBit(database, "wal_1", 2, "record");
    const again = openStore(database);
    const expected = Array.from({ length: 12_000 }, (_, i) => [NOON + i, Math.sin(i)]);
    expect(samplesOf(again, "up")).toEqual([...expected.slice(0, 8000), ...expected.slice(11_000)]);
    expect(again.quarantine.problems()).toEqual([expect.stringContaining("wal_1/2 is damaged")]);
    expect(openStore(database).quarantine.problems()).toHaveLength(1);
  });

  test("a row of a run with a flipped bit is set aside on reading; other days and the head stay readable", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    store.append(ref, NOON - 86_400_000, 1, NOON);
    store.append(ref, NOON, 2, NOON);
    store.flush(NOON, nothing);
    store.append(ref, NOON + 1000, 3, NOON);
    store.commit(NOON, nothing);
    flipBit(database, "run_1", 1, "body");
    const again = openStore(database);
    expect(samplesOf(again, "up")).toEqual([
      [NOON, 2],
      [NOON + 1000, 3],
    ]);
    expect(again.quarantine.problems()[0]).toContain("checksum");
    expect(samplesOf(again, "up")).toHaveLength(2);
  });

  test("a row that is cut short is set aside; the rows around it are read", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    for (const [at, metric] of ["a", "b"].entries()) {
      store.append(refOf(store, metric), NOON + at, 1, NOON);
      store.flush(NOON, nothing);
    }
    database.run("UPDATE run_1 SET body = substr(body, 1, length(body) - 3) WHERE id = 1");
    const again = openStore(database);
    expect(samplesOf(again, "a")).toEqual([]);
    expect(samplesOf(again, "b")).toEqual([[NOON + 1, 1]]);
    expect(again.quarantine.problems()).toEqual([expect.stringContaining("run_1/1 is damaged")]);
  });

  test("whatever the bytes of a row are, reading them ends in numbers or in a refusal", () => {
    const packer = new RunRowPacker();
    for (let ref = 0; ref < 5; ref++) {
      const times = Float64Array.from({ length: 200 }, (_, i) => NOON + i * 15_000 + ((i * ref) % 7));
      packer.add(
        ref,
        times,
        times.map((t, i) => (ref === 4 ? Math.sqrt(i) : (t % 1000) * i)),
        null,
      );
    }
    const row = packer.finish().subarray(SEAL_BYTES);
    const readAll = (body: Uint8Array): void => {
      try {
        const opened = new RunRow(body);
        for (let chunk = 0; chunk < opened.refs.length; chunk++) {
          opened.values(chunk);
          opened.histograms(chunk);
        }
      } catch (error) {
        expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
      }
    };
    readAll(row);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(row.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const body = row.slice();
        for (const [at, byte] of changes) body[at] = byte;
        readAll(body);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readAll), { numRuns: 500 });
  });

  test("storage of a later version is refused, not touched", () => {
    const database = new NodeDatabase();
    openStore(database);
    database.run("INSERT INTO schema_migrations (id, applied_at) VALUES (999, 0)");
    expect(() => openStore(database)).toThrow(/schema 999/);
  });

  test("migrations run once each, in order", () => {
    const database = new NodeDatabase();
    const first = { id: 1, statements: ["CREATE TABLE a (x)"] };
    expect(runMigrations(database, [first], 1)).toBe(1);
    expect(runMigrations(database, [first, { id: 2, statements: ["ALTER TABLE a ADD COLUMN y"] }], 2)).toBe(2);
    expect(runMigrations(database, [first, { id: 2, statements: ["ALTER TABLE a ADD COLUMN y"] }], 3)).toBe(2);
    expect(database.all("SELECT id, applied_at FROM schema_migrations")).toEqual([
      { id: 1, applied_at: 1 },
      { id: 2, applied_at: 2 },
    ]);
  });
});
