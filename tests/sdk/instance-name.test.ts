import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { FakeServer } from "../agent/fake-server.ts";

it("every thread and every SDK of a thread is an instance of its own, and a name is free again after close", async () => {
  const server = new FakeServer();
  await server.listen();
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, "fixtures", "several.ts"), server.url]);
    // Two of each of three threads, and the one that was named; who came after the first had closed has its name.
    expect(server.senders.size).toBe(7);
    expect(server.senders).toContain("pool@pool-1");
  } finally {
    await server.close();
  }
});
