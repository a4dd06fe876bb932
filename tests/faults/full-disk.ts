import assert from "node:assert/strict";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { checkEverySample } from "../support/reference-check.ts";
import { remoteWrite } from "../support/remote-write.ts";
import type { WriteAnswer } from "../support/remote-write.ts";
import type { SmallDisk } from "../support/small-disk.ts";
import { mountSmallDisk } from "../support/small-disk.ts";
import { startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { Skipped } from "./fault-options.ts";

const DISK_MB = 20;
const BALLAST_MB = 10;
const SERIES = 2000;
const INTERVAL_MS = 1000;

/** Sends a request until it is accepted, as Prometheus does; every refusal on the way must be one that it tries again after. */
async function persist(stack: Stack, body: Uint8Array<ArrayBuffer>): Promise<void> {
  await until("a refused request is accepted again", 60_000, async () => {
    const answer = await remoteWrite(stack, body);
    if (answer.status !== 204) refusedInWords(answer);
    return answer.status === 204;
  });
}

function refusedInWords(answer: WriteAnswer): void {
  // No answer at all is as good: the connection went with the object, and the sender tries again.
  if (answer.status === 0) return;
  assert.equal(answer.status, 503, answer.body);
  assert.ok(answer.body.length > 20, answer.body);
}

/** The disk fills up under a sender, and has room again; then it is mounted read-only, and writable again. */
export async function fullDisk(): Promise<string | Skipped> {
  const disk = mountSmallDisk(DISK_MB);
  if (typeof disk === "string") return new Skipped(disk);
  try {
    const dataDirectory = join(disk.directory, "data");
    const ballast = join(disk.directory, "ballast");
    writeFileSync(ballast, Buffer.alloc(BALLAST_MB << 20));
    const stack = await startStack({ args: ["--no-agent"], dataDirectory });
    let scrapes = 0;
    const options = { series: SERIES, startMs: Math.floor(Date.now() / 1000) * 1000 - 3_000_000, intervalMs: INTERVAL_MS };
    try {
      const load = new ReferenceLoad(options);
      const encoder = new RemoteWriteEncoder(load.labels);
      let refused: WriteAnswer | null = null;
      for (; refused === null && scrapes < 3000; scrapes++) {
        for (const { body } of encoder.requests(load.next())) {
          const answer = await remoteWrite(stack, body);
          if (answer.status === 204) continue;
          refusedInWords(answer);
          refused = answer;
          // Full is full: it stays refused, and what is there can still be asked for.
          await until("what is stored is read on a full disk", 30_000, async () => {
            const read = await stack.request("/api/v1/query?query=count(up)");
            await read.text();
            return read.status === 200;
          });
          rmSync(ballast);
          await persist(stack, body);
        }
      }
      assert.ok(refused !== null, `${scrapes} scrapes did not fill ${DISK_MB - BALLAST_MB} MB`);
      for (const { body } of encoder.requests(load.next())) await persist(stack, body);
      scrapes++;
      const compared = await checkEverySample(stack, options, scrapes);
      await stack.stop();
      const startOnFull = await fullStart(dataDirectory, ballast);
      const startOnReadOnly = await readOnlyStart(disk, dataDirectory);
      const refusals = `a start on the full disk: ${startOnFull}; read-only: ${startOnReadOnly}`;
      return `refused with ${refused.status} after ${scrapes - 1} scrapes, ${compared} acknowledged samples there; ${refusals}`;
    } finally {
      await stack.stop().catch(() => undefined);
    }
  } finally {
    disk.discard();
  }
}

/** A start without room says so, changes nothing of what is stored, and works when there is room. */
async function fullStart(dataDirectory: string, ballast: string): Promise<string> {
  const stored = (): string[] => readdirSync(join(dataDirectory, "objects"), { recursive: true, encoding: "utf8" }).sort();
  const before = stored();
  const { bavail, bsize } = statfsSync(dataDirectory);
  // As good as full: SQLite could not make the files that it opens beside a database.
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 100_000)));
  const words = await refusalOfStart(dataDirectory, /is full/);
  assert.deepEqual(stored(), before, "files of objects came or went");
  rmSync(ballast);
  const stack = await startStack({ args: ["--no-agent"], dataDirectory });
  const { problems = [] } = await stack.json<{ readonly problems?: readonly string[] }>("/v1/status");
  await stack.stop();
  assert.ok(!problems.some((problem) => /database file/.test(problem)), `a sound database was taken for damaged: ${problems.join("; ")}`);
  return words;
}

async function refusalOfStart(dataDirectory: string, wanted: RegExp): Promise<string> {
  let words = "";
  try {
    const stack = await startStack({ args: ["--no-agent"], dataDirectory });
    await stack.stop();
  } catch (error) {
    words = error instanceof Error ? error.message : String(error);
  }
  assert.match(words, /npm start ended/, "it started as if nothing were wrong");
  assert.match(words, wanted, words);
  return (
    words
      .split("\n")
      .find((line) => wanted.test(line))
      ?.trim() ?? ""
  );
}

/** A start that cannot write says so and ends. */
async function readOnlyStart(disk: SmallDisk, dataDirectory: string): Promise<string> {
  disk.remount("ro");
  try {
    return await refusalOfStart(dataDirectory, /read-only/);
  } finally {
    disk.remount("rw");
  }
}
