import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureAdminToken } from "../../worker/src/local/admin-token.ts";
import { announceLocalServer } from "../../worker/src/local/local-file.ts";
import { reclaimFreePages } from "../../worker/src/local/reclaim.ts";
import { workerdConfig } from "../../worker/src/local/workerd-config.ts";

describe("the local stack's files", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sightline-files-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("refuse private outbound addresses unless a block is allowed", () => {
    const base = { bindings: {}, compatibilityDate: "2026-10-20", archive: false, modules: [] };
    expect(workerdConfig({ ...base, allowOutbound: [] })).toContain('allow = ["public"]');
    expect(workerdConfig({ ...base, allowOutbound: ["127.0.0.0/8"] })).toContain('allow = ["public", "127.0.0.0/8"]');
    expect(workerdConfig({ ...base, allowOutbound: ["bot.internal", "10.0.0.0/8"] })).toContain('allow = ["public", "10.0.0.0/8"]');
  });

  it("cannot be broken out of by a value with quotes", () => {
    const config = workerdConfig({
      bindings: { PROFILE: 'x"), (name = "y' },
      compatibilityDate: "d",
      allowOutbound: [],
      archive: false,
      modules: [],
    });
    expect(config).toContain('text = "x\\"), (name = \\"y"');
  });

  it("bind a folder as the archive when one is asked for", () => {
    const base = { bindings: {}, compatibilityDate: "2026-10-20", allowOutbound: [], modules: [] };
    const config = workerdConfig({ ...base, archive: true });
    expect(config).toContain('(name = "archive", disk = (path = "", writable = true))');
    expect(config).toContain('(name = "ARCHIVE_DIRECTORY", service = "archive")');
    expect(workerdConfig({ ...base, archive: false })).not.toContain("archive");
  });

  it("keep the admin token of the first start, readable by its owner alone", () => {
    const first = ensureAdminToken(directory);
    expect(first.token).toMatch(/^sl_default_[\w-]{43}$/);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    expect(ensureAdminToken(directory)).toEqual(first);
  });

  it("say so when the admin token's file was overwritten", () => {
    writeFileSync(join(directory, "admin-token"), "hello\n");
    expect(() => ensureAdminToken(directory)).toThrow(/does not hold an admin token.*Delete it/);
  });

  it("announce the running server and take the note away unless a later start replaced it", () => {
    const note = join(directory, ".sightline", "local.json");
    const retract = announceLocalServer(directory, { url: "http://a", tokenFile: "/t", pid: 1 });
    expect(statSync(note).mode & 0o777).toBe(0o600);
    const retractLater = announceLocalServer(directory, { url: "http://b", tokenFile: "/t", pid: 2 });
    retract();
    expect(JSON.parse(readFileSync(note, "utf8"))).toMatchObject({ url: "http://b" });
    retractLater();
    expect(() => readFileSync(note)).toThrow(/ENOENT/);
  });

  it("shrink when more than 30% of a database is free, and keep its rows", () => {
    const path = join(directory, "shard.sqlite");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE kept (v TEXT); CREATE TABLE dropped (v BLOB); INSERT INTO kept VALUES ('here')");
    database.exec(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO dropped SELECT randomblob(8000) FROM n",
    );
    database.exec("DROP TABLE dropped");
    database.close();
    const before = statSync(path).size;
    reclaimFreePages(directory, { write: () => undefined });
    expect(statSync(path).size).toBeLessThan(before / 10);
    expect(new DatabaseSync(path).prepare("SELECT v FROM kept").get()).toEqual({ v: "here" });
  });

  it("name a database that cannot be read and leave it as it is", () => {
    const path = join(directory, "broken.sqlite");
    writeFileSync(path, "this is not a database, though long enough to look like one at first sight".repeat(20));
    const warnings: unknown[] = [];
    reclaimFreePages(directory, { write: (level, message, fields) => warnings.push([level, message, fields]) });
    expect(warnings).toEqual([
      ["warn", "could not look for unused disk space", { file: "broken.sqlite", reason: expect.stringMatching(/not a database/) }],
    ]);
    expect(readFileSync(path, "utf8")).toMatch(/^this is not a database/);
  });
});
