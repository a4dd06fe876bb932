import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Stack, freePort } from "./stack.ts";
import { until } from "./until.ts";

const PACKAGES = ["prometheus", "prometheus-node-exporter"] as const;

/** Why a real Prometheus cannot run here, or null. */
export function prometheusMissing(): string | null {
  const missing = PACKAGES.filter((command) => spawnSync(command, ["--version"]).error !== undefined);
  return missing.length === 0 ? null : `${missing.join(" and ")} not installed (Debian packages of these names)`;
}

export interface RealPrometheus {
  readonly url: string;
  /** The sum of one of its own metrics over all of its remote-write queues, as it is now. */
  own(metric: string): Promise<number>;
  /** Everything it has sent up to this time (ms) is acknowledged. */
  sentUntil(ms: number): Promise<boolean>;
  stop(): Promise<void>;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}

/** Debian's Prometheus with a configuration (and files beside it, by name) that knows its port; JSON is YAML. */
export async function runPrometheus(
  configure: (port: number) => object,
  files: Readonly<Record<string, object>> = {},
): Promise<Pick<RealPrometheus, "url" | "stop">> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-prometheus-"));
  const port = await freePort();
  for (const [name, content] of Object.entries({ ...files, "prometheus.yml": configure(port) }))
    writeFileSync(join(directory, name), JSON.stringify(content));
  let log = "";
  const args = [`--config.file=${join(directory, "prometheus.yml")}`, `--storage.tsdb.path=${join(directory, "data")}`];
  const child = spawn("prometheus", [...args, `--web.listen-address=127.0.0.1:${port}`], {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await until("Prometheus is ready", 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log}`);
      return (await fetch(`${url}/-/ready`)).ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Debian's Prometheus, scraping Debian's node exporter and itself every second, and remote-writing to the stack. */
export async function startPrometheus(stack: Stack): Promise<RealPrometheus> {
  const exporterPort = await freePort();
  const exporter = spawn("prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${exporterPort}`], { stdio: "ignore" });
  const running = await runPrometheus((port) => ({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      { job_name: "node", static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] },
      { job_name: "prometheus", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
    ],
    remote_write: [
      {
        url: `${stack.url}/api/v1/write`,
        authorization: { credentials: stack.token },
        queue_config: { batch_send_deadline: "1s" },
      },
    ],
  })).catch(async (error: unknown) => {
    await ended(exporter);
    throw error;
  });
  const { url } = running;
  const own = async (metric: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
    if (lines.length === 0) throw new Error(`Prometheus has no metric ${metric}`);
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  };
  return {
    url,
    own,
    sentUntil: async (ms) => (await own("prometheus_remote_storage_queue_highest_sent_timestamp_seconds")) * 1000 >= ms,
    stop: async () => {
      await Promise.all([running.stop(), ended(exporter)]);
    },
  };
}

interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Raw samples of all that was scraped, by series. */
async function scraped(query: (path: string) => Promise<Response>, untilSeconds: number, seconds: number): Promise<Map<string, string>> {
  // Prometheus 2 counts a sample at the very start of a range, Prometheus 3 does not: a second more is asked for, and what lies before is left out.
  const selector = encodeURIComponent(`{job=~"node|prometheus"}[${seconds + 1}s]`);
  const response = await query(`/api/v1/query?query=${selector}&time=${untilSeconds}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 500)}`);
  const { data } = JSON.parse(text) as { readonly data: { readonly result: readonly RangeSeries[] } };
  return new Map(
    data.result.flatMap(({ metric, values }) => {
      const within = values.filter(([t]) => t > untilSeconds - seconds);
      const series = JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
      return within.length === 0
        ? []
        : [[series, within.map(([t, value]) => `${t} ${Number(value.replace("Inf", "Infinity"))}`).join("\n")]];
    }),
  );
}

/** Compares every sample between two times (whole seconds), minute by minute. Throws at the first difference; returns how many were equal. */
export async function sameSamples(prometheus: RealPrometheus, stack: Stack, fromSeconds: number, toSeconds: number): Promise<number> {
  let samples = 0;
  for (let at = fromSeconds; at < toSeconds; at += 60) {
    const end = Math.min(at + 60, toSeconds);
    const theirs = await scraped((path) => fetch(`${prometheus.url}${path}`), end, end - at);
    const ours = await scraped((path) => stack.request(path), end, end - at);
    for (const [series, values] of theirs) {
      if (ours.get(series) !== values) {
        throw new Error(
          `${series} differs between ${at} and ${end}: Prometheus has\n${values}\nand the stack\n${ours.get(series) ?? "nothing"}`,
        );
      }
      samples += values.split("\n").length;
    }
    if (ours.size !== theirs.size) throw new Error(`the stack has ${ours.size} series, Prometheus ${theirs.size}`);
  }
  return samples;
}
