import { execFile } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { FakeServer } from "../agent/fake-server.ts";

it("a short program that awaits close ends well although its server never answers", async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket.unref()));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const address = mute.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  try {
    const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [program, `http://127.0.0.1:${address.port}`]);
    expect(stdout).toBe("closed\n");
  } finally {
    mute.close();
    for (const socket of sockets) socket.destroy();
  }
});

it("a short program that awaits close ends well although there is no server", async () => {
  const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [program, "http://127.0.0.1:1"]);
  expect(stdout).toBe("closed\n");
});

it("the last word of a program that closes is that it ends, so that nobody waits for it", async () => {
  const server = new FakeServer();
  await server.listen();
  try {
    const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
    await promisify(execFile)(process.execPath, [program, server.url]);
    // Of each frame the value of its first series, which is `sightline_sdk_up`.
    expect(server.taken.at(-1)).toBe(0);
  } finally {
    await server.close();
  }
});
