/** A start waits for a server that is busy reading, and not for one that refuses. */
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { whenReady } from "../../worker/src/local/readiness.ts";

let server: Server | null = null;

afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** Answers `/readyz` when `answer` has resolved, with that status. */
async function listen(answer: () => Promise<number>): Promise<string> {
  const listening = Promise.withResolvers<void>();
  server = createServer((_request, response) => void answer().then((status) => response.writeHead(status).end("{}")));
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("one that has taken the question is waited for, and what is going on is told, however long a refusal would be borne", async () => {
  const asked = Promise.withResolvers<void>();
  const done = Promise.withResolvers<number>();
  const url = await listen(() => (asked.resolve(), done.promise));
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearInterval", "Date"] });
  const told: number[] = [];
  const ready = whenReady(Promise.resolve(), url, "token", (seconds) => told.push(seconds));
  await asked.promise;
  await vi.advanceTimersByTimeAsync(65_000);
  expect(told).toEqual([10, 20, 30, 40, 50, 60]);
  done.resolve(200);
  await ready;
});

test("one that refuses is given up with its own words", async () => {
  const url = await listen(() => Promise.resolve(503));
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const ready = whenReady(Promise.resolve(), url, "token", () => undefined);
  const refused = expect(ready).rejects.toThrow(/did not answer on .* within 30 s: \/v1\/status answers 503/);
  let settled = false;
  void ready.catch(() => undefined).finally(() => (settled = true));
  await vi.waitFor(
    async () => {
      await vi.advanceTimersByTimeAsync(20);
      expect(settled).toBe(true);
    },
    { timeout: 60_000, interval: 0 },
  );
  await refused;
});
