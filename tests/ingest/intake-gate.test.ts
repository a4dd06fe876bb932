import { expect, test } from "vitest";
import type { Env } from "../../worker/src/env.ts";
import { sha256Hex } from "../../worker/src/http/credentials.ts";
import { enterIntake, refusedAtIntake } from "../../worker/src/http/intake-gate.ts";
import { letIn } from "../../worker/src/http/let-in.ts";
import { HOT_WRITE } from "../../worker/src/http/remote-write.ts";

test("writes that do not fit beside those under way are refused by name and counted; when room is again they are let in", () => {
  // Of a body that does not say how long it is, a megabyte.
  let senders = 0;
  const write = () => enterIntake(new Request("http://server/api/v1/write", { method: "POST" }), `sender-${senders++}`);
  const before = refusedAtIntake();
  const leave = Array.from({ length: 12 }, write);
  expect(write).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: "overloaded" }) }));
  expect(write).toThrow();
  expect(refusedAtIntake()).toBe(before + 2);
  leave.pop()?.();
  leave.push(write());
  for (const left of leave) left();
  expect(refusedAtIntake()).toBe(before + 2);
});

test("a sender that floods leaves room to those that have little under way", () => {
  const write = (sender: string) => () =>
    enterIntake(new Request("http://server/api/v1/write", { method: "POST", headers: { "content-length": "1000" } }), sender);
  const refusal = expect.objectContaining({ failure: expect.objectContaining({ code: "overloaded" }) });
  const leave = Array.from({ length: 192 }, write("flood"));
  expect(write("flood")).toThrow(refusal);
  leave.push(...Array.from({ length: 4 }, write("patient")));
  expect(write("patient")).toThrow(refusal);
  leave.push(write("another")());
  for (const left of leave) left();
  for (const left of Array.from({ length: 192 }, write("patient"))) left();
});

test("a body that says it is too large is told so beside as many writes as fit, not to come again later", async () => {
  const token = "sl_default_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const env = { ADMIN_TOKEN_SHA256: await sha256Hex(token) } as unknown as Env;
  const write = (bytes: number) =>
    letIn(
      new Request("http://server/api/v1/write", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-length": String(bytes) },
      }),
      { env, now: 0, background: () => undefined },
      { role: "ingest", isWrite: true },
      () => Promise.resolve(new Response()),
    );
  const leave = Array.from({ length: 12 }, (_, i) => enterIntake(new Request("http://server/", { method: "POST" }), `steady-${i}`));
  await expect(write(13 * 1_048_576)).rejects.toMatchObject({ failure: { code: "too_large" } });
  await expect(write(1000)).rejects.toMatchObject({ failure: { code: "overloaded" } });
  for (const left of leave) left();
  expect((await write(1000)).status).toBe(200);
});

test("a remote write that announces more than is unpacked is told so before a shard is asked, which may be busy", async () => {
  const request = new Request("http://server/api/v1/write", { method: "POST", body: Uint8Array.of(0x81, 0x80, 0x80, 0x10, 0) });
  const principal = { project: "default", tokenId: "t1", tokenName: "t1", role: "ingest" } as const;
  await expect(HOT_WRITE.answer({ env: {} as Env, principal, request, headers: {} })).rejects.toMatchObject({
    failure: { code: "too_large" },
  });
});
