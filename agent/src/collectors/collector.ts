import type { Reading } from "./metric-family.ts";

/** One source of readings. An exception or a rejection is a failure of this collector alone. */
export interface Collector {
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** `monotonicMs` never steps: rates and deltas use it, never the wall clock. */
  collect(monotonicMs: number): readonly Reading[] | Promise<readonly Reading[]>;
}
