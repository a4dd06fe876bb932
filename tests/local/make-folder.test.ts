import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "../../worker/src/local/make-folder.ts";
import { inWords } from "../../worker/src/local/room-on-disk.ts";

const directory = mkdtempSync(join(tmpdir(), "sightline-folder-"));
afterAll(() => rmSync(directory, { recursive: true }));

const refusalOf = (path: string): Error => {
  try {
    makeFolder(path);
  } catch (error) {
    return inWords(error, directory);
  }
  throw new Error(`${path} was made`);
};

describe("a folder that a start needs", () => {
  test("is made with those above it, for this user alone, and left as it is when it is there", () => {
    const folder = join(directory, "data", "objects");
    makeFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, "kept"), "");
    makeFolder(folder);
    expect(existsSync(join(folder, "kept"))).toBe(true);
  });

  test("is refused where a file is in the way", () => {
    writeFileSync(join(directory, "file"), "");
    expect(refusalOf(join(directory, "file")).message).toMatch(/^EEXIST/);
    expect(refusalOf(join(directory, "file", "below")).message).toMatch(/^EEXIST/);
  });

  test.skipIf(!existsSync("/proc/self"))("is refused in words, at once, where what is above takes no folders", () => {
    for (const path of ["/proc/sightline", "/proc/sightline/archive"])
      expect(refusalOf(path).message).toMatch(
        /^\/proc\/sightline cannot be made: what it lies in takes no folders \(ENOENT.*Choose another folder/,
      );
  });
});
