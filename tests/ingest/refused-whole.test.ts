import { expect, test } from "vitest";
import type { Env } from "../../worker/src/env.ts";
import { appendSamples } from "../../worker/src/http/append-samples.ts";
import { decodeJson } from "../../worker/src/ingest/json.ts";

const FAILURE = { code: "overloaded", message: "later", retryAfterMs: 1000 };
const FAILING: readonly (readonly [title: string, appendBatch: () => Promise<unknown>])[] = [
  ["breaks", () => Promise.reject(new Error("Durable Object reset"))],
  ["is too busy", () => Promise.resolve({ ok: false, error: FAILURE })],
];

/** One shard. */
const envOf = (project: string, appendBatch: () => Promise<unknown>): Env => {
  const shards = [`${project}/shard-0`];
  const map = { version: 1, shards, epochs: [{ since: 0, shards }], splits: [] };
  return {
    PROJECT: { getByName: () => ({ shardMap: () => Promise.resolve(map) }) },
    SERIES_SHARD: { getByName: () => ({ appendBatch }) },
  } as unknown as Env;
};

/** What becomes of these metrics; `refused` is what the decoder found wrong with them. */
async function sent(project: string, appendBatch: () => Promise<unknown>, ...metrics: readonly object[]) {
  const decoded = decodeJson({ metrics }, Date.now());
  if (!decoded.ok) throw new Error(decoded.error.message);
  const { batch, rejected } = decoded.value;
  const context = { project, tokenId: "t1", sender: "t1" };
  return appendSamples(envOf(project, appendBatch), context, batch, undefined, { bad: rejected.length });
}

test.each(FAILING)(
  "what is refused whole is told so though the shard that counts it %s: it would be sent again for ever",
  async (_, append) => {
    let asked = 0;
    const counted = () => {
      asked += 1;
      return append();
    };
    const byDecoder = await sent("refused-whole", counted, { name: "", value: 1 });
    expect(byDecoder).toEqual({ ok: true, value: { accepted: 0, rejected: [] } });
    const byLabels = await sent("refused-whole", counted, { name: "jobs", labels: { x: "x".repeat(3000) }, value: 1 });
    expect(byLabels).toMatchObject({ ok: true, value: { accepted: 0 } });
    expect(asked).toBe(2);
  },
);

test("what is refused in part is not answered before the rest is durable", async () => {
  const [[, breaks], [, busy]] = FAILING as [(typeof FAILING)[number], (typeof FAILING)[number]];
  const both = [
    { name: "jobs", value: 1 },
    { name: "", value: 1 },
  ];
  await expect(sent("refused-in-part", breaks, ...both)).rejects.toThrow("Durable Object reset");
  expect(await sent("refused-in-part", busy, ...both)).toEqual({ ok: false, error: FAILURE });
});
