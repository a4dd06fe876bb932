import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../support/processes.ts";
import { freePort, repository } from "../support/stack.ts";
import { until } from "../support/until.ts";

const PROGRAM = `import { DurableObject } from "cloudflare:workers";
const body = new Uint8Array(300);
const headers = { "content-type": "application/json" };
export class Thing extends DurableObject {
  async answer() {
    return { ok: true, value: body.slice().buffer };
  }
}
export default {
  async fetch(request, env) {
    if (request.url.endsWith("/worker")) return new Response(body, { headers });
    return new Response((await env.THING.getByName("one").answer()).value, { headers });
  },
};
`;

const configuration = (compatibilityDate: string): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "floor", worker = .floor), (name = "state", disk = (path = "", writable = true))],
  sockets = [(name = "http", http = (), service = "floor")],
);
const floor :Workerd.Worker = (
  modules = [(name = "floor.js", esModule = embed "floor.js")],
  compatibilityDate = "${compatibilityDate}",
  durableObjectNamespaces = [(className = "Thing", uniqueKey = "thing", enableSql = true)],
  durableObjectStorage = (localDisk = "state"),
  bindings = [(name = "THING", durableObjectNamespace = "Thing")],
);
`;

export interface PlatformFloor {
  readonly url: string;
  readonly pid: number;
  /** A Worker that answers at once, and one that asks an object, which does. */
  readonly paths: Readonly<Record<"emptyWorker" | "emptyObject", string>>;
  stop(): Promise<void>;
}

/** workerd with a program that does nothing: what any answer costs, whatever it says. */
export async function startPlatformFloor(): Promise<PlatformFloor> {
  const compatibilityDate = /^compatibility_date = "(.+)"$/m.exec(readFileSync(join(repository, "wrangler.toml"), "utf8"))?.[1] ?? "";
  const directory = mkdtempSync(join(tmpdir(), "sightline-floor-"));
  const state = join(directory, "state");
  mkdirSync(state);
  writeFileSync(join(directory, "floor.js"), PROGRAM);
  writeFileSync(join(directory, "floor.capnp"), configuration(compatibilityDate));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    join(repository, "node_modules", "workerd", "bin", "workerd"),
    ["serve", join(directory, "floor.capnp"), `--directory-path=state=${state}`, `--socket-addr=http=${address}`],
    { stdio: "ignore" },
  );
  const url = `http://${address}`;
  await until("the empty Worker answers", 20_000, async () => (await fetch(`${url}/worker`).catch(() => null))?.ok === true, 50);
  return {
    url,
    pid: child.pid ?? 0,
    paths: { emptyWorker: "/worker", emptyObject: "/object" },
    async stop() {
      child.kill("SIGTERM");
      await until("the empty Worker has ended", 10_000, () => child.pid === undefined || !isAlive(child.pid));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
