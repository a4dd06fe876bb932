import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryBytes } from "../support/directory-bytes.ts";
import { peerInstalled, startPeer } from "../support/peers.ts";
import type { PeerName } from "../support/peers.ts";
import { residentMB } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { loadToolAbsent, runLoadTool } from "../support/shared-load-tool.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { BenchOptions } from "./bench-options.ts";
import { report, round, skip } from "./report.ts";
import { wakeOfHibernatedShard } from "./storage-wake.ts";
import { packedStore } from "./storage-packed.ts";

const SERIES = 10_000;
const STORE_ONLY = ["--no-agent", "--store-only"];

const sendLoad = (stack: Stack, options: Readonly<Record<string, number>>) =>
  runLoadTool({ url: `${stack.url}/api/v1/write`, header: `Authorization: Bearer ${stack.token}`, ...options });

/** Bytes a sample on disk beside the peers', memory a series, restart with a full log, waking after hibernation. */
export async function storage(options: BenchOptions): Promise<void> {
  const absent = loadToolAbsent();
  if (absent !== null) skip("storage", absent);
  else {
    await bytesPerSample(options);
    await memoryPerSeries();
  }
  await packedStore(options);
  await restartTime();
  await wakeOfHibernatedShard();
}

/** As a user finds it: loaded, stopped, started (which gives freed pages back) and stopped again. */
async function bytesPerSample({ quick }: BenchOptions): Promise<void> {
  // A little above four packs of a million: what is still in the log then weighs little.
  const load = { series: SERIES, scrapes: quick ? 101 : 401 };
  const ours = await startStack({ args: STORE_ONLY });
  const { samples } = await sendLoad(ours, load);
  const { dataDirectory } = ours;
  await ours.stop();
  const again = await startStack({ args: STORE_ONLY, dataDirectory });
  await instant(again, "count(up)");
  await again.stop();
  const own = directoryBytes(join(dataDirectory, "objects")) / samples;
  const peers: Record<string, number> = {};
  for (const name of ["prometheus", "victoria-metrics"] satisfies PeerName[]) {
    if (!peerInstalled(name)) continue;
    const peer = await startPeer(name);
    const sent = await runLoadTool({ url: peer.writeUrl, ...load });
    await peer.stop();
    peers[name] = round(peer.diskBytes() / sent.samples, 2);
    peer.discard();
  }
  report("storage", {
    measure: "bytes on disk after load, stop, start, stop",
    samples,
    bytesPerSample: round(own, 3),
    peers,
    ratio: Object.fromEntries(Object.entries(peers).map(([name, bytes]) => [name, round(own / bytes, 2)])),
  });
  discard(ours);
}

async function memoryPerSeries(): Promise<void> {
  for (const args of [STORE_ONLY, ["--no-agent"]]) {
    const resident: number[] = [];
    for (const series of [1000, 50_000]) {
      const stack = await startStack({ args });
      await sendLoad(stack, { series, scrapes: 4 });
      resident.push(residentMB(stack.workerdPid()));
      await stack.stop();
      discard(stack);
    }
    const [few = 0, many = 0] = resident;
    report("storage", {
      measure: "memory of an active series",
      system: args.includes("--store-only") ? "sightline --store-only" : "sightline",
      kilobytesPerSeries: round(((many - few) * 1000) / 49_000, 2),
      residentMB: resident.map((mb) => round(mb, 0)),
    });
  }
}

/** kill -9 with nearly a million samples in the log: from its end to the first answer. */
async function restartTime(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-restart-"));
  const stack = await startStack({ args: ["--no-agent"], dataDirectory: directory });
  try {
    const scrapes = 99;
    const load = new ReferenceLoad({ series: SERIES, startMs: Date.now() - scrapes * 15_000 });
    const encoder = new RemoteWriteEncoder(load.labels);
    for (let k = 0; k < scrapes; k++) for (const { body } of encoder.requests(load.next(), SERIES)) await remoteWrite(stack, body);
    process.kill(stack.workerdPid(), "SIGKILL");
    const started = performance.now();
    let found = 0;
    await until("the first answer is there", 60_000, async () => {
      found = Number((await instant(stack, 'count(count_over_time({env="production"}[1h]))'))[0]?.value[1] ?? 0);
      return found === SERIES;
    });
    report("storage", {
      measure: "restart after kill -9, log of 990,000 samples",
      series: found,
      ms: round(performance.now() - started, 0),
    });
  } finally {
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
