import { expect, test } from "vitest";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { wholeLoad } from "../support/reference-check.ts";
import { CONTEXT, openShard } from "./shard-fixture.ts";
import { NOON } from "./open-store.ts";

const SERIES = 400;
const SCRAPES = 40;

test("every sample of the reference load comes back with all its bits, from the log and from what is packed, after a restart too", async () => {
  const options = { series: SERIES, startMs: NOON - SCRAPES * 15_000, shuffle: true };
  const database = new NodeDatabase();
  const fixture = openShard(database);
  const load = new ReferenceLoad(options);
  const encoder = new RemoteWriteEncoder(load.labels);
  for (let k = 0; k < SCRAPES; k++) {
    for (const { body } of encoder.requests(load.next(), 150))
      expect((await fixture.core.appendRemoteWrite(CONTEXT, body, 1)).ok).toBe(true);
    if (k === SCRAPES / 2) fixture.core.flush(NOON);
  }
  const expected = wholeLoad(options, SCRAPES);
  for (const core of [fixture.core, openShard(database).core]) {
    for (const [i, labels] of expected.labels.entries()) {
      const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: "=" as const, value }));
      const found = core.reads.select({ matchers, startMs: -1, endMs: Infinity });
      expect(found).toHaveLength(1);
      expect(found[0]?.labels).toEqual(labels);
      expect([...(found[0]?.timestamps ?? [])]).toEqual([...expected.times]);
      expect([...(found[0]?.values ?? [])]).toEqual([...(expected.values[i] ?? [])]);
    }
  }
});
