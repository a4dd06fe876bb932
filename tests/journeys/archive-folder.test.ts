import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DAY, MINUTE, openStore, refOf } from "../storage/open-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { ingest } from "../support/prometheus.ts";
import { shardFile } from "../support/shard-file.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const HOUR = 60 * MINUTE;
const AGO_DAYS = 40;

const send = (stack: Stack, value: number) => ingest(stack, [{ name: "load", type: "gauge", value }]);

/** Two days of a shard as it would have written them at the time, into its own database. */
function liveThen(file: string, startMs: number): void {
  const database = new NodeDatabase(file);
  const store = openStore(database, startMs);
  const ref = refOf(store, "history");
  for (let day = 0; day < 2; day++) {
    for (let i = 1; i <= 288; i++) {
      const t = startMs + day * DAY + i * 5 * MINUTE;
      store.append(ref, t, day * 1000 + i, t);
      if (i % 144 === 0) store.flush(t, () => undefined);
    }
    const nowMs = startMs + (day + 1) * DAY + 4 * HOUR;
    while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
  }
  database.close();
}

const filesOf = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String);

test("--archive-dir: days that are over move to the folder before they leave, and queries read them from there", async () => {
  const archive = mkdtempSync(join(tmpdir(), "sightline-archive-"));
  const args = ["--no-agent", "--archive-dir", archive];
  const first = await startStack({ args });
  await send(first, 1);
  await first.stop();
  const startMs = Math.floor(Date.now() / DAY - AGO_DAYS) * DAY;
  liveThen(shardFile(first.dataDirectory), startMs);

  const stack = await startStack({ args, dataDirectory: first.dataDirectory });
  try {
    await send(stack, 2);
    await until(
      "both days are in the folder",
      20_000,
      () => filesOf(archive).filter((name) => /labels\/\d+\/\d+$/.test(name)).length === 2,
    );
    const time = (startMs + DAY + HOUR) / 1000;
    const query = (expression: string) =>
      stack.json<{ infos?: string[]; data: { result: { values: [number, string][] }[] } }>(
        `/api/v1/query?query=${encodeURIComponent(expression)}&time=${time}`,
      );
    // Their time is over: they leave the object as soon as they are there.
    await until("raw samples come from the archive", 20_000, async () => (await query("history[1h]")).infos !== undefined);
    const answer = await query("history[1h]");
    expect(answer.infos).toEqual([expect.stringContaining("read from the archive")]);
    expect(answer.data.result[0]?.values).toEqual(
      Array.from({ length: 12 }, (_, i) => [(startMs + DAY + (i + 1) * 5 * MINUTE) / 1000, String(1000 + i + 1)]),
    );
    const exported = await (await stack.request("/v1/export?format=csv&match[]=history")).text();
    expect(exported.trim().split("\n")).toHaveLength(1 + 2 * 288);
    const status = await stack.json<{ shards: { problems: string[] }[] }>("/v1/status");
    expect(status.shards.flatMap(({ problems }) => problems)).toEqual([]);
  } finally {
    await stack.stop();
    discard(stack);
    rmSync(archive, { recursive: true, force: true });
  }
}, 120_000);
