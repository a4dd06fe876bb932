/** One result as one JSON line on stdout. */
export function report(bench: string, figures: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ bench, ...figures })}\n`);
}

/** A bench or a part of one that cannot run here, and why. */
export function skip(bench: string, reason: string): void {
  report(bench, { skipped: reason });
}

/** The q-quantile (nearest rank) of unsorted numbers. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}

/** Of durations in ms. */
export const latencyFigures = (ms: readonly number[]) => ({
  p50Ms: round(quantile(ms, 0.5)),
  p95Ms: round(quantile(ms, 0.95)),
  maxMs: round(Math.max(...ms)),
});

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
