import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createIngestPipeline } from "../../agent/src/transport/ingest-pipeline.ts";
import { silentLog } from "../../agent/src/log.ts";
import type { Stack } from "../support/stack.ts";
import { WrittenSamples } from "./written-samples.ts";

/** Something that never stops writing samples that are known. */
export interface Writer {
  readonly written: WrittenSamples;
  /** Writes no more; resolves when nothing is under way. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

/** The agent's own pipeline: spool, frames, reconnects. */
export function frameWriter(stack: Stack, name: string, everyMs: number): Writer {
  const spoolDir = mkdtempSync(join(tmpdir(), "sightline-spool-"));
  const written = new WrittenSamples(name);
  const pipeline = createIngestPipeline({ url: stack.url, token: stack.token, spoolDir, sender: name, resource: {}, log: silentLog });
  const timer = setInterval(() => pipeline.push(written.batch(Date.now())), everyMs);
  return {
    written,
    async pause() {
      clearInterval(timer);
    },
    async close() {
      clearInterval(timer);
      await pipeline.close();
      rmSync(spoolDir, { recursive: true, force: true });
    },
  };
}

/** Remote write as Prometheus does it: one request under way, sent again until it is answered 204. */
export function remoteWriter(stack: Stack, name: string, everyMs: number): Writer {
  const written = new WrittenSamples(name);
  const stopping = new AbortController();
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      const body = written.remoteWrite(Date.now());
      for (;;) {
        const response = await stack
          .request("/api/v1/write", {
            method: "POST",
            headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-sightline-sender": name },
            body,
          })
          .catch(() => null);
        if (response?.status === 204) break;
        if (response !== null && response.status < 500)
          throw new Error(`remote write answered ${response.status}: ${await response.text()}`);
        await sleep(20);
      }
      await sleep(everyMs);
    }
  })();
  ended.catch(() => undefined);
  return {
    written,
    async pause() {
      stopping.abort();
      await ended;
    },
    async close() {
      stopping.abort();
      await ended.catch(() => undefined);
    },
  };
}
