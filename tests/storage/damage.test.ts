import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { encodeColumn } from "@sightline/shared/encoding/packed-column";
import { RunRow, RunRowPacker } from "../../worker/src/storage/run-row.ts";
import { SEAL_BYTES, seal, unseal } from "../../worker/src/storage/sealed-blob.ts";
import { encodeSeriesColumns } from "../../worker/src/storage/series-columns.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const ONE_BIT = 4;
const TWO_BITS = 6;

const nothing = () => undefined;

/** In the middle of a row. */
function flip(bits: number, database: NodeDatabase, table: string, id: number, column: string): void {
  const row = database.all<{ body: Uint8Array }>(`SELECT ${column} AS body FROM ${table} WHERE id = ?`, id)[0];
  const body = Uint8Array.from(row?.body ?? []);
  body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ bits;
  database.run(`UPDATE ${table} SET ${column} = ? WHERE id = ?`, body, id);
}

/** Three rows of the log: commits that do not join the row before them, for it is much longer. */
function logged(database: NodeDatabase): void {
  const store = openStore(database);
  const ref = refOf(store, "up");
  for (const [from, to] of [
    [0, 8000],
    [8000, 11_000],
    [11_000, 12_000],
  ] as const) {
    for (let i = from; i < to; i++) store.append(ref, NOON + i, Math.sin(i), NOON);
    store.commit(NOON, nothing);
  }
}

describe("damaged storage", () => {
  test("a WAL row with two flipped bits is set aside and said so; the rows around it are read", () => {
    const database = new NodeDatabase();
    logged(database);
    flip(TWO_BITS, database, "wal_1", 2, "record");
    const again = openStore(database);
    const expected = Array.from({ length: 12_000 }, (_, i) => [NOON + i, Math.sin(i)]);
    expect(samplesOf(again, "up")).toEqual([...expected.slice(0, 8000), ...expected.slice(11_000)]);
    expect(again.quarantine.problems()).toEqual([expect.stringContaining("wal_1/2 is damaged")]);
    expect(openStore(database).quarantine.problems()).toHaveLength(1);
  });

  test("a row of a run with two flipped bits is set aside on reading; other days and the head stay readable", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    store.append(ref, NOON - 86_400_000, 1, NOON);
    store.append(ref, NOON, 2, NOON);
    store.flush(NOON, nothing);
    store.append(ref, NOON + 1000, 3, NOON);
    store.commit(NOON, nothing);
    flip(TWO_BITS, database, "run_1", 1, "body");
    const again = openStore(database);
    expect(samplesOf(again, "up")).toEqual([
      [NOON, 2],
      [NOON + 1000, 3],
    ]);
    expect(again.quarantine.problems()[0]).toContain("checksum");
    expect(samplesOf(again, "up")).toHaveLength(2);
  });

  test("one flipped bit is turned back in the log, in a run and in definitions: nothing is lost, it is told, and the next opening finds it whole", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    store.append(ref, NOON, 1, NOON);
    store.flush(NOON, nothing);
    store.append(ref, NOON + 1000, 2, NOON);
    store.commit(NOON, nothing);
    flip(ONE_BIT, database, "wal_2", 1, "record");
    flip(ONE_BIT, database, "run_1", 1, "body");
    flip(ONE_BIT, database, "series", 1, "body");
    flip(ONE_BIT, database, "series_copies", 1, "body");
    for (let opening = 0; opening < 2; opening++) {
      const again = openStore(database);
      expect(samplesOf(again, "up")).toEqual([
        [NOON, 1],
        [NOON + 1000, 2],
      ]);
      expect(again.quarantine.problems()).toEqual(
        ["run_1/1", "wal_2/1", "series/1"].map(
          (origin) => `${origin} was damaged and is mended: one flipped bit was turned back; nothing of it is lost`,
        ),
      );
    }
    // The log goes on in the mended row.
    const later = openStore(database);
    later.append(ref, NOON + 2000, 3, NOON);
    later.commit(NOON, nothing);
    expect(samplesOf(openStore(database), "up")).toHaveLength(3);
  });

  test("whichever bit of a blob is flipped, but those of its version, it is turned back; two are not taken for one", () => {
    const blob = seal(
      "run",
      1,
      Uint8Array.from({ length: 50 }, (_, i) => (i * i * 7) & 255),
    );
    const flipped = (...bits: readonly number[]): Uint8Array => {
      const copy = Uint8Array.from(blob);
      for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    for (let bit = 0; bit < blob.length * 8; bit++) {
      if (bit >> 3 === 1) continue;
      const opened = unseal("run", 1, flipped(bit));
      expect(opened.ok && opened.value.mended).toEqual(blob);
      for (let other = 16; other < bit; other += 7) expect(unseal("run", 1, flipped(bit, other)).ok).toBe(false);
    }
  });

  /** Of 20 series, defined in one row, 10 samples each are packed. */
  const packed = (database: NodeDatabase): void => {
    const store = openStore(database);
    for (let i = 0; i < 20; i++) for (let t = 0; t < 10; t++) store.append(refOf(store, "up", { i: String(i) }), NOON + t, i, NOON);
    store.flush(NOON, nothing);
  };

  test("damaged definitions are taken from their second copy, whatever is left of the first", () => {
    for (const statement of [
      "UPDATE series SET body = zeroblob(100) WHERE id = 1",
      "UPDATE series SET body = substr(body, 1, 40) WHERE id = 1",
      "DELETE FROM series",
    ]) {
      const database = new NodeDatabase();
      packed(database);
      database.run(statement);
      for (let opening = 0; opening < 2; opening++) {
        const again = openStore(database);
        expect(samplesOf(again, "up")).toHaveLength(200);
        expect(again.quarantine.problems()).toEqual([
          expect.stringMatching(/^series\/1 was damaged and is mended: .* its second copy took its place/),
        ]);
      }
    }
  });

  test("definitions with numbers that no series has are taken from their second copy, though their checksum holds", () => {
    const one = { labels: { __name__: "up" }, metadata: { type: "gauge", unit: "", help: "" }, temporality: "cumulative" } as const;
    for (const [end, ref] of [
      [3, 1.7],
      [3, -1],
      [3, 3],
      [2 ** 40, 1],
    ] as const) {
      const database = new NodeDatabase();
      packed(database);
      const writer = new ByteWriter(64);
      writer.varint(end);
      writer.bytes(encodeSeriesColumns([{ ...one, ref }]));
      database.run("UPDATE series SET body = ? WHERE id = 1", seal("series", 3, writer.view()));
      const again = openStore(database);
      expect(samplesOf(again, "up")).toHaveLength(200);
      expect(again.quarantine.problems()).toEqual([expect.stringMatching(/ its second copy took its place/)]);
    }
  });

  test("where both copies of definitions are damaged the samples that nobody can read are counted, and their series' numbers are given to nobody", () => {
    const database = new NodeDatabase();
    packed(database);
    for (const table of ["series", "series_copies"]) flip(TWO_BITS, database, table, 1, "body");
    const again = openStore(database);
    expect(samplesOf(again, "up")).toEqual([]);
    expect(refOf(again, "up", { i: "0" })).toBe(20);
    again.append(20, NOON + 5, 7, NOON);
    again.flush(NOON, nothing);
    expect(samplesOf(openStore(database), "up")).toEqual([[NOON + 5, 7]]);
    expect(openStore(database).quarantine.problems()).toEqual([
      "series/1 is damaged and set aside: the checksum of a series blob does not match, nor does that of its copy; without it 200 packed samples of 20 series cannot be read",
    ]);
  });

  test("definitions that an earlier version wrote once are copied with the next cut", () => {
    const database = new NodeDatabase();
    packed(database);
    database.run("DELETE FROM series_copies");
    const store = openStore(database);
    store.append(0, NOON + 100, 1, NOON);
    store.flush(NOON, nothing);
    expect(database.all("SELECT series.id FROM series JOIN series_copies USING (id, body)")).toEqual(database.all("SELECT id FROM series"));
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
    const packer = new RunRowPacker(encodeColumn);
    for (let ref = 0; ref < 5; ref++) {
      const times = Float64Array.from({ length: 200 }, (_, i) => NOON + i * 15_000 + ((i * ref) % 7));
      const values = times.map((t, i) => (ref === 4 ? Math.sqrt(i) : (t % 1000) * i));
      packer.floats(ref, times, values, 0, times.length);
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

  test("a lost list of runs is made again from the runs: every packed sample is read, it is told, and the next flush takes a name of its own", () => {
    for (const statement of ["DELETE FROM snapshots", "DELETE FROM snapshots WHERE name = 'runs'"]) {
      const database = new NodeDatabase();
      packed(database);
      database.run(statement);
      const again = openStore(database);
      expect(samplesOf(again, "up")).toHaveLength(200);
      expect(again.problems.join("; ")).toContain("the list of runs was gone and was made again from the runs themselves: 1 were found");
      again.append(refOf(again, "up", { i: "0" }), NOON + 1000, 7, NOON);
      again.flush(NOON, nothing);
      expect(database.all("SELECT name FROM sqlite_master WHERE name GLOB 'run_*' ORDER BY name")).toEqual([
        { name: "run_1" },
        { name: "run_2" },
      ]);
      const later = openStore(database);
      expect(samplesOf(later, "up")).toHaveLength(201);
      expect(later.problems).toEqual([]);
    }
  });

  test("a list of runs that is older than its tables hands out none of their names", () => {
    const database = new NodeDatabase();
    packed(database);
    database.run("CREATE TABLE run_2 (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    const again = openStore(database);
    again.append(refOf(again, "up", { i: "0" }), NOON + 1000, 7, NOON);
    again.flush(NOON, nothing);
    expect(samplesOf(openStore(database), "up")).toHaveLength(201);
  });

  test("a run whose table is gone is told once, with what it held; the rest is read", () => {
    const database = new NodeDatabase();
    packed(database);
    const store = openStore(database);
    store.append(refOf(store, "up", { i: "0" }), NOON + 1000, 7, NOON);
    store.flush(NOON, nothing);
    database.run("DROP TABLE run_1");
    for (let opening = 0; opening < 2; opening++) {
      const again = openStore(database);
      expect(samplesOf(again, "up")).toEqual([[NOON + 1000, 7]]);
      expect(again.quarantine.problems()).toEqual(["run_1 is damaged and set aside: its table is gone, with 200 samples of 2026-11-20"]);
    }
  });

  test("a table of a run whose label is lost is kept and told, not taken for an unfinished one", () => {
    const database = new NodeDatabase();
    packed(database);
    database.run("DELETE FROM snapshots");
    database.run("DELETE FROM run_1 WHERE id = 0");
    const again = openStore(database);
    expect(again.problems).toContainEqual("run_1 is not read: it has no label; the table is kept");
    again.append(refOf(again, "up", { i: "0" }), NOON + 1000, 7, NOON);
    again.flush(NOON, nothing);
    expect(database.all("SELECT count(*) AS rows FROM run_1")[0]).not.toEqual({ rows: 0 });
  });

  test("series of which the newest times are lost are not forgotten with the first day that leaves", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    store.flush(NOON, nothing);
    database.run("UPDATE snapshots SET body = zeroblob(40) WHERE name = 'last'");
    database.run("DELETE FROM snapshots WHERE name = 'senders'");
    const again = openStore(database);
    expect(again.problems).toContainEqual("snapshot senders is gone: senders of frames are asked for what they still have");
    again.retain(NOON);
    expect(samplesOf(again, "up")).toEqual([[NOON, 1]]);
  });

  test("a WAL row that is gone is told once, and what is written then is numbered past it", () => {
    const database = new NodeDatabase();
    logged(database);
    database.run("DELETE FROM wal_1 WHERE id = 2");
    for (let opening = 0; opening < 2; opening++) {
      const again = openStore(database);
      expect(samplesOf(again, "up")).toHaveLength(9000 + opening);
      expect(again.quarantine.problems()).toEqual([expect.stringContaining("wal_1/2 is damaged and set aside: the row is gone")]);
      again.append(0, NOON + 20_000 + opening, 1, NOON);
      again.commit(NOON, nothing);
    }
  });

  test("log segments that are missing in their list are found by their tables, and nothing is lost", () => {
    const database = new NodeDatabase();
    logged(database);
    database.run("DELETE FROM wal_segments");
    const again = openStore(database);
    expect(samplesOf(again, "up")).toHaveLength(12_000);
    expect(again.problems).toEqual([expect.stringContaining("wal_1 was missing in the list of log segments")]);
    again.flush(NOON, nothing);
    const later = openStore(database);
    expect(samplesOf(later, "up")).toHaveLength(12_000);
    expect(later.problems).toEqual([]);
    expect(database.all("SELECT name FROM sqlite_master WHERE name GLOB 'wal_[0-9]*'")).toEqual([{ name: "wal_2" }]);
  });

  test("a log segment whose table is gone is told, and the log goes on", () => {
    const database = new NodeDatabase();
    logged(database);
    database.run("DROP TABLE wal_1");
    const again = openStore(database);
    expect(again.problems).toEqual([expect.stringContaining("wal_1 is gone, with the samples that were logged in it")]);
    again.append(refOf(again, "up"), NOON, 1, NOON);
    again.commit(NOON, nothing);
    expect(samplesOf(openStore(database), "up")).toEqual([[NOON, 1]]);
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
