import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inWords, requireRoom } from "../../worker/src/local/room-on-disk.ts";

const directory = mkdtempSync(join(tmpdir(), "sightline-room-"));
afterAll(() => rmSync(directory, { recursive: true }));

const refusal = (code: string, more: Partial<NodeJS.ErrnoException> = {}): Error =>
  Object.assign(new Error(`${code}: refused`), { code, syscall: "write", ...more });

describe("a start on a disk that takes nothing", () => {
  test("is refused before it touches anything, with what is free, what it needs and what to do", () => {
    expect(() => requireRoom(join(directory, "data", "not", "there"), 1e15)).toThrow(
      /^the disk of .*not.there is full: [\d.]+ MB are free there, and a start needs 1000000001\.0 MB\. Nothing that is stored was changed.*Make room/,
    );
    expect(() => requireRoom(directory, -1e9)).not.toThrow();
  });

  test("says what the system said in words, and keeps that", () => {
    const full = inWords(refusal("ENOSPC"), "/data");
    expect(full.message).toMatch(/^the disk of \/data is full \(ENOSPC: refused\)\. Nothing that is stored was changed/);
    expect(full.cause).toBeInstanceOf(Error);
    expect(inWords(refusal("EDQUOT", { path: "/data/lock" }), "/data").message).toMatch(/^the disk of \/data\/lock has reached its quota/);
    expect(inWords(refusal("EROFS"), "/data").message).toMatch(/mounted read-only/);
    expect(inWords(refusal("EACCES", { path: "/data", syscall: "mkdir" }), "/data").message).toMatch(/cannot be written by this user/);
  });

  test("leaves every other error as it is", () => {
    const port = refusal("EACCES", { syscall: "listen" });
    expect(inWords(port, "/data")).toBe(port);
    expect(inWords("gone", "/data").message).toBe("gone");
  });
});
