import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestsSoFar, runScenario } from "./pipeline/run-scenario.ts";
import { scenario } from "./pipeline/scenario.ts";

describe("the notification pipeline", { timeout: 120_000 }, () => {
  it("loses nothing, tells nothing twice and nothing that is held, and explains every silence of its own", async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ config, steps }) => {
        told += await runScenario(config, steps);
      }),
      { numRuns: 150 },
    );
    expect(told).toBeGreaterThan(100);
    expect(digestsSoFar()).toBeGreaterThan(10);
  });
});
