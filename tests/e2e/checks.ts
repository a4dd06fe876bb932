/** Runs one check after the other, says how each went, and counts. */
export interface Checks {
  /** True when it passed. A failed one leaves a screenshot through `onFailure` and the run goes on. */
  check(name: string, run: () => Promise<string | void>): Promise<boolean>;
  readonly passed: number;
  readonly failed: number;
}

export function createChecks(onFailure: (name: string) => Promise<void>): Checks {
  let passed = 0;
  let failed = 0;
  return {
    async check(name, run) {
      const started = performance.now();
      try {
        const said = await run();
        passed += 1;
        process.stdout.write(
          `ok    ${name}${said === undefined ? "" : `: ${said}`} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`,
        );
        return true;
      } catch (error) {
        failed += 1;
        process.stdout.write(
          `FAIL  ${name}: ${error instanceof Error ? error.message.split("\n").slice(0, 6).join("\n      ") : String(error)}\n`,
        );
        await onFailure(name).catch(() => undefined);
        return false;
      }
    },
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
  };
}

/** Nearest-rank percentile, p in 0–100. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}
