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
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, `http://127.0.0.1:${address.port}`, "300"]);
    expect(stdout).toBe("closed\n");
    expect(stderr).toContain("2 samples are lost");
  } finally {
    mute.close();
    for (const socket of sockets) socket.destroy();
  }
});

it("a short program that awaits close ends well although there is no server", async () => {
  const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, "http://127.0.0.1:1", "300"]);
  expect(stdout).toBe("closed\n");
  expect(stderr).toContain("kept in the memory of this process");
  expect(stderr).toContain("2 samples are lost");
});

it("a short program whose server is just being started again loses nothing, and waits no longer than for it", async () => {
  const server = new FakeServer();
  await server.listen();
  const { port } = new URL(server.url);
  await server.close();
  const away = Promise.withResolvers<void>();
  const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
  // However long it would wait.
  const job = execFile(process.execPath, [program, `http://127.0.0.1:${port}`, "Infinity"]);
  let told = "";
  job.stderr?.on("data", (text: string) => {
    told += text;
    if (text.includes("cannot be reached")) away.resolve();
  });
  const ended = new Promise<number | null>((resolve) => job.on("exit", resolve));
  await away.promise;
  await server.listen(Number(port));
  try {
    expect(await ended).toBe(0);
    expect(server.taken.at(-1)).toBe(0);
    expect(told).not.toContain("lost");
  } finally {
    await server.close();
  }
});

it("a program that does not close ends when its work is done, with a server as without", async () => {
  const server = new FakeServer();
  await server.listen();
  const program = join(import.meta.dirname, "fixtures", "without-close.ts");
  const job = execFile(process.execPath, [program, server.url]);
  try {
    const ended = new Promise<unknown>((resolve) => job.on("exit", resolve));
    await server.until(() => server.taken.length > 0);
    job.stdin?.end();
    expect(await ended).toBe(0);
  } finally {
    job.kill();
    await server.close();
  }
});

it("a program whose token is refused is not kept waiting", async () => {
  const server = new FakeServer();
  await server.listen();
  server.upgradeStatus = 401;
  try {
    const program = join(import.meta.dirname, "fixtures", "short-lived.ts");
    const { stderr } = await promisify(execFile)(process.execPath, [program, server.url]);
    expect(stderr).toContain("check the token");
    expect(stderr).toContain("2 samples are lost");
  } finally {
    await server.close();
  }
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
