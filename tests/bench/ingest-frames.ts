import type { SampleBatch } from "@sightline/shared/model/sample";
import { encodeFrames, sendFrames } from "../support/frame-client.ts";
import { cpuSeconds, residentMB } from "../support/processes.ts";
import { ReferenceLoad } from "../support/reference-load.ts";
import { discard, startStack } from "../support/stack.ts";
import type { BenchOptions } from "./bench-options.ts";
import { quantile, report, round } from "./report.ts";

const SERIES = 10_000;
const METADATA = { type: "gauge", unit: "", help: "" } as const;

/** The reference load as batches: one scrape of every series each. */
export function* referenceBatches(load: ReferenceLoad, scrapes: number): Generator<SampleBatch> {
  for (let k = 0; k < scrapes; k++) {
    const { t, values } = load.next();
    const timestamps = Float64Array.of(t);
    yield {
      series: load.labels.map((labels, i) => ({
        labels,
        metadata: METADATA,
        temporality: "cumulative",
        timestamps,
        values: Float64Array.of(values[i] ?? NaN),
      })),
    };
  }
}

/** Native frames over one WebSocket, encoded beforehand; a frame counts when its ACK says that it is durable. */
export async function ingestFrames({ rounds, quick }: BenchOptions): Promise<void> {
  const scrapes = quick ? 20 : 250;
  const load = new ReferenceLoad({ series: SERIES, startMs: Math.floor(Date.now() / 1000) * 1000 - scrapes * 15_000 });
  const frames = encodeFrames("bench", referenceBatches(load, scrapes));
  for (const args of [["--store-only"], []]) {
    const runs: { perSecond: number; perCpuSecond: number; p99: number; rss: number }[] = [];
    for (let r = 0; r < rounds; r++) {
      const stack = await startStack({ args: ["--no-agent", ...args] });
      try {
        const pid = stack.workerdPid();
        let rss = 0;
        const watch = setInterval(() => (rss = Math.max(rss, residentMB(pid))), 200);
        const cpu = cpuSeconds(pid);
        const started = performance.now();
        const { latencies, rejected } = await sendFrames(stack, "bench", "bench", frames);
        const seconds = (performance.now() - started) / 1000;
        clearInterval(watch);
        if (Object.keys(rejected).length > 0) throw new Error(`samples were refused: ${JSON.stringify(rejected)}`);
        const samples = scrapes * SERIES;
        runs.push({
          perSecond: samples / seconds,
          perCpuSecond: samples / (cpuSeconds(pid) - cpu),
          p99: quantile(latencies, 0.99),
          rss: Math.max(rss, residentMB(pid)),
        });
      } finally {
        await stack.stop();
        discard(stack);
      }
    }
    const median = (figure: (run: (typeof runs)[number]) => number) => quantile(runs.map(figure), 0.5);
    report("ingest", {
      format: "frames",
      load: `${SERIES} series, one scrape a frame`,
      system: ["sightline", ...args].join(" "),
      rounds,
      samplesPerSecond: round(
        median((run) => run.perSecond),
        0,
      ),
      samplesPerCpuSecond: round(
        median((run) => run.perCpuSecond),
        0,
      ),
      peakRssMB: round(
        median((run) => run.rss),
        0,
      ),
      p99ms: round(median((run) => run.p99)),
      bytesPerSampleOnWire: round(frames.reduce((sum, frame) => sum + frame.length, 0) / (scrapes * SERIES), 2),
    });
  }
}
