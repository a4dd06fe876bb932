import { shardStub } from "../../worker/src/objects/stubs.ts";
import { env, type Send } from "./http-calls.ts";

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

/** The samples of every series a selector matches, over all shards. */
export async function samplesOf(call: Send, selector: string, atMs: number, window = "1h"): Promise<readonly Series[]> {
  const response = await call(`/api/v1/query?query=${encodeURIComponent(`${selector}[${window}]`)}&time=${atMs / 1000}`);
  const body = await response.json<{ readonly data?: { readonly result: readonly Series[] }; readonly error?: string }>();
  if (body.data === undefined) throw new Error(body.error);
  return body.data.result;
}

/** Growth of a counter, resets counted from zero. */
export function growth(values: Series["values"]): number {
  let total = 0;
  let before = 0;
  for (const [, text] of values) {
    const value = Number(text);
    total += value >= before ? value - before : value;
    before = value;
  }
  return total;
}

/** What one shard alone has taken of each sender's events. */
export async function eventsIn(shard: string, atMs: number): Promise<readonly (readonly [sender: string, events: number])[]> {
  const answer = await shardStub(env, shard).query({ query: "events_total[1h]", startMs: atMs, endMs: atMs, stepMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  const body = JSON.parse(new TextDecoder().decode(answer.value)) as { readonly data: { readonly result: readonly Series[] } };
  return body.data.result.map(({ metric, values }) => [metric.from ?? "", growth(values)]);
}
