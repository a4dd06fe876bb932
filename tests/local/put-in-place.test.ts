import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { putInPlace } from "../../scripts/put-in-place.mjs";

const LENGTH = 300_000;

it("whoever reads a file that two starts build over and over finds it whole", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sightline-place-"));
  const file = join(directory, "worker", "index.js");
  putInPlace(file, "a".repeat(LENGTH));
  const builders = ["b", "c"].map((letter) => {
    const code = `import { putInPlace } from ${JSON.stringify(new URL("../../scripts/put-in-place.mjs", import.meta.url).href)};
      for (let i = 0; i < 100; i++) putInPlace(${JSON.stringify(file)}, "${letter}".repeat(${LENGTH}));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    return new Promise<number | null>((resolve) => child.on("exit", resolve));
  });
  const building = new AbortController();
  const ended = Promise.all(builders).finally(() => building.abort());
  const seen = new Set<string>();
  while (!building.signal.aborted) {
    const text = readFileSync(file, "utf8");
    expect(text).toBe(text.slice(0, 1).repeat(LENGTH));
    seen.add(text.slice(0, 1));
    await new Promise(setImmediate);
  }
  expect(await ended).toEqual([0, 0]);
  expect(seen.size).toBeGreaterThan(1);
  expect(readdirSync(join(directory, "worker"))).toEqual(["index.js"]);
  rmSync(directory, { recursive: true });
});
