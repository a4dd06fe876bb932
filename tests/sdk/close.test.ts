import { execFile } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

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
