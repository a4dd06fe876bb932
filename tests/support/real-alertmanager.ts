import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./stack.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

/** Why Alertmanager's own programs cannot run here, or null. */
export function alertmanagerMissing(): string | null {
  const missing = ["prometheus-alertmanager", "amtool", "prometheus"].filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  return missing.length === 0 ? null : `${missing.join(", ")} not installed (Debian packages prometheus-alertmanager and prometheus)`;
}

export interface RealAlertmanager {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's Alertmanager, alone. `configuration` is an alertmanager.yml as JSON. */
export async function startAlertmanager(configuration: object): Promise<RealAlertmanager> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-alertmanager-"));
  writeFileSync(join(directory, "alertmanager.yml"), JSON.stringify(configuration));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${join(directory, "alertmanager.yml")}`, `--storage.path=${join(directory, "data")}`];
  const child = spawn("prometheus-alertmanager", [...args, `--web.listen-address=${address}`, "--cluster.listen-address="], {
    stdio: "ignore",
  });
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const url = `http://${address}`;
  await until("Alertmanager is ready", 20_000, async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await exit;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Amtool {
  /** What it prints; rejects with what it complains of. */
  (...args: string[]): Promise<string>;
  discard(): void;
}

/** Debian's amtool with a token in its HTTP configuration, as its manual says. */
export function amtoolFor(url: string, token: string): Amtool {
  const directory = mkdtempSync(join(tmpdir(), "sightline-amtool-"));
  const config = join(directory, "http.yml");
  writeFileSync(config, JSON.stringify({ authorization: { credentials: token } }), { mode: 0o600 });
  const call = async (...args: string[]): Promise<string> => {
    const flags = [`--alertmanager.url=${url}`, `--http.config.file=${config}`];
    return (await run("amtool", [...flags, ...args], { env: { ...process.env, HOME: directory } })).stdout;
  };
  return Object.assign(call, { discard: () => rmSync(directory, { recursive: true, force: true }) });
}
