import { checkEverySample } from "../support/reference-check.ts";
import { loadToolAbsent, runLoadTool } from "../support/shared-load-tool.ts";
import { discard, startStack } from "../support/stack.ts";
import type { BenchOptions } from "./bench-options.ts";
import { report, round, skip } from "./report.ts";

const SERIES = 10_000;

/** Every sample of the reference load comes back with all its bits: from head and blocks, and again after a restart. */
export async function exact({ quick }: BenchOptions): Promise<void> {
  const absent = loadToolAbsent();
  if (absent !== null) return skip("exact", absent);
  const scrapes = quick ? 20 : 150;
  const args = ["--no-agent", "--store-only"];
  let stack = await startStack({ args });
  try {
    const { startMs } = await runLoadTool({
      url: `${stack.url}/api/v1/write`,
      header: `Authorization: Bearer ${stack.token}`,
      series: SERIES,
      scrapes,
    });
    const options = { series: SERIES, startMs };
    const started = performance.now();
    const compared = await checkEverySample(stack, options, scrapes);
    const seconds = (performance.now() - started) / 1000;
    const { dataDirectory } = stack;
    await stack.stop();
    stack = await startStack({ args, dataDirectory });
    const again = await checkEverySample(stack, options, scrapes);
    report("exact", { samples: compared, samplesAfterRestart: again, different: 0, secondsToReadAndCompare: round(seconds) });
  } finally {
    await stack.stop();
    discard(stack);
  }
}
