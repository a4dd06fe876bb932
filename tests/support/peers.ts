import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryBytes } from "./directory-bytes.ts";
import { isAlive } from "./processes.ts";
import { freePort } from "./stack.ts";
import { until } from "./until.ts";

export type PeerName = "prometheus" | "victoria-metrics";

export interface PeerServer {
  readonly name: PeerName;
  readonly url: string;
  readonly writeUrl: string;
  readonly pid: number;
  readonly diskBytes: () => number;
  /** SIGTERM, and what it writes on the way out is on disk. */
  stop(): Promise<void>;
  /** The process must have ended. */
  discard(): void;
}

export interface PeerOptions {
  /** A configuration for Prometheus; default scrapes nothing. */
  readonly configuration?: string;
}

const COMMANDS: Readonly<Record<PeerName, (directory: string, address: string) => readonly string[]>> = {
  prometheus: (directory, address) => [
    `--config.file=${join(directory, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=${address}`,
    "--web.enable-remote-write-receiver",
    "--storage.tsdb.retention.time=30d",
    "--log.level=error",
  ],
  "victoria-metrics": (directory, address) => [
    `-storageDataPath=${join(directory, "data")}`,
    `-httpListenAddr=${address}`,
    "-retentionPeriod=2",
    "-search.latencyOffset=0s",
    "-search.maxStalenessInterval=5m",
    "-loggerLevel=ERROR",
  ],
};

/** Whether the distribution's package is installed; nothing is ever downloaded for a comparison. */
export const peerInstalled = (name: PeerName): boolean => spawnSync("which", [name]).status === 0;

const running = new Set<() => void>();
process.on("exit", () => {
  for (const kill of running) kill();
});

export async function startPeer(name: PeerName, options: PeerOptions = {}): Promise<PeerServer> {
  const directory = mkdtempSync(join(tmpdir(), `sightline-peer-${name}-`));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  writeFileSync(join(directory, "prometheus.yml"), options.configuration ?? "storage:\n  tsdb:\n    out_of_order_time_window: 30m\n");
  const child = spawn(name, COMMANDS[name](directory, address), { stdio: "ignore" });
  const kill = () => void child.kill("SIGKILL");
  running.add(kill);
  child.on("exit", () => running.delete(kill));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  await until(`${name} is ready`, 20_000, async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true, 50);
  return {
    name,
    url,
    writeUrl: `${url}/api/v1/write`,
    pid,
    diskBytes: () => directoryBytes(join(directory, "data")),
    async stop() {
      child.kill("SIGTERM");
      await until(`${name} has ended`, 60_000, () => !isAlive(pid));
    },
    discard: () => rmSync(directory, { recursive: true, force: true }),
  };
}
