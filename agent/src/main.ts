import { CollectionScheduler } from "./collectors/collection-scheduler.ts";
import { hostCollectors } from "./collectors/host-collectors.ts";
import { targetInfoCollector } from "./collectors/target-info.ts";
import type { AgentConfig } from "./config/agent-config.ts";
import { type Log, lineLog } from "./log.ts";
import { SampleBatcher } from "./sample-batcher.ts";
import { selfCollector } from "./self-metrics.ts";
import { createIngestPipeline } from "./transport/ingest-pipeline.ts";

export const AGENT_VERSION = "0.1.0";

export interface AgentHandle {
  /** Sends what it can within 2 s, keeps the rest in the spool. */
  stop(): Promise<void>;
}

/** Collects from this host until stopped: CollectionScheduler.tick → SampleBatcher → spool → ShipLoop. Throws SpoolInUse. */
export async function runAgent(
  config: AgentConfig,
  log: Log = lineLog((line) => process.stderr.write(`${line}\n`), config.logFormat, Date.now),
): Promise<AgentHandle> {
  const resource = {
    ...config.labels,
    service_name: config.serviceName,
    host_name: config.hostName,
    job: config.serviceName,
    instance: config.hostName,
  };
  const pipeline = createIngestPipeline({
    url: config.url,
    token: config.token,
    spoolDir: config.spoolDir,
    whenSpoolInUse: "throw",
    maxBytes: config.spoolMaxBytes,
    log,
  });
  const batcher = new SampleBatcher();
  const host = await hostCollectors(resource, process.platform, config.topProcesses);
  const enabled = host.filter((collector) => !config.disabledCollectors.includes(collector.name));
  const self = selfCollector(resource, { pipeline, collectors: () => scheduler.status(), samplesCollected: () => batcher.collected });
  const flush = (): void => {
    const batch = batcher.flush(Date.now());
    if (batch !== null) pipeline.push(batch);
  };
  const scheduler: CollectionScheduler = new CollectionScheduler([...enabled, targetInfoCollector(resource, AGENT_VERSION), self], {
    monotonic: () => performance.now(),
    timeout: rejectAfter,
    log,
    deliver: (readings) => {
      // Collectors of one tick answer in the same turn; what they have then travels as one frame.
      if (batcher.add(readings)) setImmediate(flush);
    },
  });
  log.info(`reporting ${config.hostName} to ${config.url} as ${pipeline.sender}, spool ${config.spoolDir}`);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const tick = (): void => {
    if (stopped) return;
    void scheduler.tick();
    timer = setTimeout(tick, Math.max(1, scheduler.nextDueAt() - performance.now()));
  };
  tick();
  return {
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      flush();
      const lost = await pipeline.close();
      if (lost > 0) log.warn(`the server has not taken ${lost} samples, which were in memory alone and are lost`);
    },
  };
}

function rejectAfter(ms: number): { readonly expired: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return { expired, cancel: () => clearTimeout(timer) };
}
