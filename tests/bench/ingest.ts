import type { LoadResult } from "../support/shared-load-tool.ts";
import { loadToolAbsent, runLoadTool } from "../support/shared-load-tool.ts";
import { peerInstalled, startPeer } from "../support/peers.ts";
import type { PeerName } from "../support/peers.ts";
import { discard, startStack } from "../support/stack.ts";
import type { BenchOptions } from "./bench-options.ts";
import { ingestFrames } from "./ingest-frames.ts";
import { quantile, report, round, skip } from "./report.ts";

type LoadOptions = Readonly<Record<string, string | number | true>>;

interface Variant {
  readonly name: string;
  readonly load: LoadOptions;
  readonly quick: LoadOptions;
  readonly systems: readonly string[];
}

const PEERS: readonly PeerName[] = ["prometheus", "victoria-metrics"];
const STORE_ONLY = "sightline --store-only";
const WHOLE = "sightline";

const VARIANTS: readonly Variant[] = [
  // As the generator has it: 100 scrapes.
  { name: "reference", load: {}, quick: { scrapes: 20 }, systems: [STORE_ONLY, WHOLE, ...PEERS] },
  { name: "reference, 250 scrapes", load: { scrapes: 250 }, quick: { scrapes: 50 }, systems: [STORE_ONLY, WHOLE, ...PEERS] },
  {
    name: "100,000 series",
    load: { series: 100_000, scrapes: 20 },
    quick: { series: 100_000, scrapes: 2 },
    systems: [STORE_ONLY, WHOLE, ...PEERS],
  },
  // Prometheus refuses what comes out of order between connections.
  {
    name: "shuffled",
    load: { shuffle: true, conc: 1, scrapes: 100 },
    quick: { shuffle: true, conc: 1, scrapes: 10 },
    systems: [STORE_ONLY, WHOLE, ...PEERS],
  },
];

/** The load against one system that has the machine to itself. CPU and memory are those of the process that stores (workerd; the supervisor is idle). */
async function runOn(system: string, load: LoadOptions): Promise<LoadResult> {
  if (system === STORE_ONLY || system === WHOLE) {
    const stack = await startStack({ args: ["--no-agent", ...(system === STORE_ONLY ? ["--store-only"] : [])] });
    try {
      return await runLoadTool({
        url: `${stack.url}/api/v1/write`,
        pids: stack.workerdPid(),
        header: `Authorization: Bearer ${stack.token}`,
        ...load,
      });
    } finally {
      await stack.stop();
      discard(stack);
    }
  }
  const peer = await startPeer(system as PeerName);
  try {
    return await runLoadTool({ url: peer.writeUrl, pids: peer.pid, ...load });
  } finally {
    await peer.stop();
    peer.discard();
  }
}

const median = (results: readonly LoadResult[], figure: (result: LoadResult) => number): number => quantile(results.map(figure), 0.5);

const figures = (results: readonly LoadResult[]) => ({
  samplesPerSecond: median(results, (result) => result.samplesPerSec),
  samplesPerCpuSecond: median(results, (result) => result.samplesPerCpuSec ?? 0),
  peakRssMB: median(results, (result) => result.peakRssMB),
  p99ms: median(results, (result) => result.p99ms),
  retries: results.reduce((sum, result) => sum + result.retries, 0),
  errors: Object.assign({}, ...results.map((result) => result.errors)) as Record<string, string>,
});

/** Remote write and native frames, each system alone on the machine, in an order that turns with every round. */
export async function ingest(options: BenchOptions): Promise<void> {
  const absent = loadToolAbsent();
  if (absent !== null) skip("ingest", `remote write: ${absent}`);
  else for (const variant of VARIANTS) await remoteWrite(variant, options);
  await ingestFrames(options);
}

async function remoteWrite(variant: Variant, { rounds, quick }: BenchOptions): Promise<void> {
  const systems = variant.systems.filter((system) => !PEERS.includes(system as PeerName) || peerInstalled(system as PeerName));
  const results = new Map<string, LoadResult[]>(systems.map((system) => [system, []]));
  for (let r = 0; r < rounds; r++) {
    const turn = systems.map((_, i) => systems[(i + r) % systems.length] ?? "");
    for (const system of turn) results.get(system)?.push(await runOn(system, quick ? variant.quick : variant.load));
  }
  for (const [system, own] of results) {
    const ownFigures = figures(own);
    const peers = PEERS.includes(system as PeerName) ? [] : PEERS.filter((peer) => results.has(peer));
    report("ingest", {
      format: "remote_write",
      load: variant.name,
      system,
      rounds,
      ...ownFigures,
      ...(peers.length === 0 ? {} : { peer: "samplesPerCpuSecond against each" }),
      ...(peers.length === 0
        ? {}
        : {
            ratio: Object.fromEntries(
              peers.map((peer) => [peer, round(ownFigures.samplesPerCpuSecond / figures(results.get(peer) ?? []).samplesPerCpuSecond, 2)]),
            ),
          }),
    });
  }
}
