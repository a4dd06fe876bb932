import { expect, it } from "vitest";
import { MAX_HELD_READS } from "../../worker/src/http/remote-read.ts";
import { readRequest } from "../support/read-request.ts";
import { json, sendAs, tokenOf } from "./http-calls.ts";

it("of remote reads that hold their answers a few are under way, until these are taken or given up", async () => {
  const call = sendAs(await tokenOf("read-places", "editor"));
  const now = Date.now();
  await call("/api/v1/ingest", json("POST", { metrics: [{ name: "held", type: "gauge", labels: {}, value: 1, timestamp: now }] }));
  const read = (): Promise<Response> => call("/api/v1/read", { method: "POST", body: readRequest(["__name__", "held"], 0, now) });
  const first = await Promise.all(Array.from({ length: MAX_HELD_READS }, read));
  const order: string[] = [];
  const others = [0, 1].map((i) => read().then((response) => (order.push(`answered ${i}`), response)));
  for (let i = 0; i < 10; i++) await call("/api/v1/query?query=1");
  order.push("taken");
  const sizes = [(await first[0]?.arrayBuffer())?.byteLength];
  sizes.push((await (await others[0])?.arrayBuffer())?.byteLength);
  await first[1]?.body?.cancel();
  sizes.push((await (await others[1])?.arrayBuffer())?.byteLength);
  expect(order).toEqual(["taken", "answered 0", "answered 1"]);
  expect(new Set(sizes).size).toBe(1);
  for (const response of first.slice(2)) await response.body?.cancel();
});
