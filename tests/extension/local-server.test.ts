import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLocalServer, startCommand } from "../../extension/src/platform/local-server.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sightline-home-"));
  mkdirSync(join(home, ".sightline"));
  writeFileSync(join(home, "token"), "sl_default_secret\n");
});
afterEach(() => rmSync(home, { recursive: true }));

const note = (content: unknown) => writeFileSync(join(home, ".sightline", "local.json"), JSON.stringify(content));

describe("the server on this machine", () => {
  it("is found by its note, with its token", async () => {
    note({ url: "http://127.0.0.1:9999", tokenFile: join(home, "token"), pid: process.pid });
    expect(await findLocalServer(home)).toEqual({ url: "http://127.0.0.1:9999", token: "sl_default_secret" });
  });

  it("is not there when its process is gone, whatever the note says", async () => {
    note({ url: "http://127.0.0.1:9999", tokenFile: join(home, "token"), pid: 2 ** 30 });
    expect(await findLocalServer(home)).toBeNull();
  });

  it("is not there without a note, with a broken one, or without its token", async () => {
    expect(await findLocalServer(home)).toBeNull();
    writeFileSync(join(home, ".sightline", "local.json"), "{");
    expect(await findLocalServer(home)).toBeNull();
    note({ url: "http://127.0.0.1:9999", tokenFile: join(home, "missing"), pid: process.pid });
    expect(await findLocalServer(home)).toBeNull();
  });
});

describe("how to start one", () => {
  it("npm start in the clone that holds the folder", async () => {
    const folder = join(home, "clone", "examples", "shop");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(home, "clone", "package.json"), JSON.stringify({ name: "sightline", workspaces: ["shared"] }));
    expect(await startCommand([folder])).toEqual({ command: "npm start", cwd: join(home, "clone") });
  });

  it("the published command anywhere else", async () => {
    expect(await startCommand([home])).toEqual({ command: "npx sightline start" });
    expect(await startCommand([])).toEqual({ command: "npx sightline start" });
  });
});
