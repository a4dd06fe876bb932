import assert from "node:assert/strict";
import fc from "fast-check";
import { digestsSoFar, runScenario } from "../control/pipeline/run-scenario.ts";
import { scenario } from "../control/pipeline/scenario.ts";
import type { FaultOptions } from "./fault-options.ts";

/** The notification pipeline against its reference, over random alerts, silences, inhibitions, acknowledgements, snoozes, mute times, dead receivers, folded groups and failing disks. */
export async function randomAlerts({ smoke }: FaultOptions): Promise<string> {
  const numRuns = smoke ? 500 : 10_000;
  const seed = smoke ? 1 : Date.now() % 0x7fffffff;
  let messages = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ config, steps }) => {
      messages += await runScenario(config, steps);
    }),
    { numRuns, seed },
  );
  assert.ok(messages > numRuns, `${messages} messages in ${numRuns} runs: too few to have tried anything`);
  return `${numRuns} runs, ${messages} messages, ${digestsSoFar()} of them of many groups (seed ${seed})`;
}
