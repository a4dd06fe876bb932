import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DirectoryInUse, lockDirectory } from "../../worker/src/local/lock-file.ts";
import { identityOf, isSameProcess } from "../../worker/src/local/process-identity.ts";

describe("the lock of a data directory", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sightline-lock-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("refuses a second supervisor while the first lives, naming it and what to do", () => {
    lockDirectory(directory, "http://127.0.0.1:8787", process.pid);
    expect(() => lockDirectory(directory, "http://127.0.0.1:8788", process.pid)).toThrow(DirectoryInUse);
    expect(() => lockDirectory(directory, "http://127.0.0.1:8788", process.pid)).toThrow(/in use.*http:\/\/127\.0\.0\.1:8787.*--data-dir/);
  });

  it("is free again once released", () => {
    lockDirectory(directory, "http://a", process.pid).release();
    expect(() => lockDirectory(directory, "http://b", process.pid)).not.toThrow();
  });

  it("is taken over from a supervisor that was killed", () => {
    writeFileSync(join(directory, "lock"), JSON.stringify({ supervisor: { pid: 2 ** 22 + 1, startedAt: "1" }, url: "http://old" }));
    lockDirectory(directory, "http://new", process.pid);
    expect(JSON.parse(readFileSync(join(directory, "lock"), "utf8"))).toMatchObject({ url: "http://new" });
  });

  it("does not take a reused process id for the old owner", () => {
    writeFileSync(join(directory, "lock"), JSON.stringify({ supervisor: { pid: process.pid, startedAt: "1" }, url: "http://old" }));
    expect(() => lockDirectory(directory, "http://new", process.pid)).not.toThrow();
  });

  it("is refused to a container that does not see the processes of the one that has it, and free when that was killed", async () => {
    const script = `
      const { lockDirectory } = await import(process.argv[1]);
      lockDirectory(process.argv[2], "http://first", process.pid);
      console.log("held");
      setInterval(() => {}, 1000);`;
    const file = join(import.meta.dirname, "../../worker/src/local/lock-file.ts");
    const first = spawn(process.execPath, ["--input-type=module", "-e", script, file, directory], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => first.on("exit", resolve));
    await new Promise((resolve) => first.stdout.once("data", resolve));
    const path = join(directory, "lock");
    const held = JSON.parse(readFileSync(path, "utf8")) as { readonly supervisor: object };
    const elsewhere = { ...held.supervisor, namespace: "pid:[1]" };
    writeFileSync(path, JSON.stringify({ ...held, supervisor: elsewhere, workerd: { ...identityOf(process.pid), namespace: "pid:[1]" } }));
    expect(() => lockDirectory(directory, "http://second", process.pid)).toThrow(/in use.*http:\/\/first/);
    first.kill("SIGKILL");
    await ended;
    expect(() => lockDirectory(directory, "http://second", process.pid)).not.toThrow();
  });

  it("survives a damaged file whose hold it is, and does not let another in by it", () => {
    const path = join(directory, "in-use");
    writeFileSync(path, Buffer.alloc(9000, "U"));
    const lock = lockDirectory(directory, "http://new", process.pid);
    writeFileSync(join(directory, "lock"), "");
    expect(() => lockDirectory(directory, "http://second", process.pid)).toThrow(/in use/);
    lock.release();
    expect(() => lockDirectory(directory, "http://second", process.pid)).not.toThrow();
  });

  it("survives a lock file that holds garbage", () => {
    writeFileSync(join(directory, "lock"), "\u0000garbage");
    expect(() => lockDirectory(directory, "http://new", process.pid)).not.toThrow();
  });

  it("kills the workerd that a killed supervisor left behind", async () => {
    const orphan = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const ended = new Promise((resolve) => orphan.on("exit", (_, signal) => resolve(signal)));
    const pid = orphan.pid ?? 0;
    const workerd = identityOf(pid);
    writeFileSync(
      join(directory, "lock"),
      JSON.stringify({ supervisor: { pid: 2 ** 22 + 1, startedAt: "1" }, url: "http://old", workerd }),
    );
    lockDirectory(directory, "http://new", process.pid);
    expect(await ended).toBe("SIGKILL");
    expect(isSameProcess(workerd)).toBe(false);
  });
});
