import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { compareSamples } from "../support/reference-check.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { shardFile } from "../support/shard-file.ts";
import { discard, freePort, startStack } from "../support/stack.ts";
import type { FaultOptions } from "./fault-options.ts";

const SERIES = 1000;
const SCRAPES = 200;
const PAGE = 4096;

const headerRuined = (file: Uint8Array): void => void file.fill(0xff, 0, 100);
/** One towards the end: the first rows of a log hold what its series are called. */
const pageRuined = (file: Uint8Array): void => {
  const page = Math.floor((file.length / PAGE) * 0.75);
  file.fill(0xaa, page * PAGE, (page + 1) * PAGE);
};

/** Damage to the structure of a shard's database file: the start goes on with what can be read, and says what it set aside. */
export async function damagedStructure({ smoke }: FaultOptions): Promise<string> {
  const reports: string[] = [];
  for (const [kind, ruin, loses] of [["header", headerRuined, false] as const, ["page", pageRuined, true] as const].slice(smoke ? 1 : 0)) {
    const port = await freePort();
    let stack = await startStack({ args: ["--no-agent"], port });
    const { dataDirectory } = stack;
    try {
      const options = { series: SERIES, startMs: Date.now() - SCRAPES * 15_000 };
      const load = new ReferenceLoad(options);
      const encoder = new RemoteWriteEncoder(load.labels);
      for (let k = 0; k < SCRAPES; k++)
        for (const { body } of encoder.requests(load.next())) assert.equal((await remoteWrite(stack, body)).status, 204);
      await stack.stop();
      const path = shardFile(dataDirectory);
      const file = readFileSync(path);
      ruin(file);
      writeFileSync(path, file);

      stack = await startStack({ args: ["--no-agent"], port, dataDirectory });
      const { equal } = await compareSamples(stack, options, SCRAPES);
      assert.ok(loses ? equal > 0 : equal === SERIES * SCRAPES, `${kind}: ${equal} of ${SERIES * SCRAPES} samples are there`);
      const { shards } = await stack.json<{ readonly shards: readonly { readonly problems: readonly string[] }[] }>("/v1/status");
      const told = shards.flatMap(({ problems }) => problems).find((line) => line.includes("database file was damaged"));
      assert.ok(told !== undefined, `nothing is said of the damage: ${JSON.stringify(shards)}`);
      const aside = /is kept as (\S+\.damaged-\w+)\./.exec(told)?.[1] ?? "";
      assert.deepEqual(readFileSync(aside), file, "the damaged file is kept as it was");
      reports.push(`${kind}: ${equal} of ${SERIES * SCRAPES} samples bit for bit`);
    } finally {
      await stack.stop();
      discard(stack);
    }
  }
  return reports.join("; ");
}
