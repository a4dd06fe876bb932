/** A small spool for tests, of segments of 2 kB. */
import { silentLog } from "../../agent/src/log.ts";
import { DiskSpool } from "../../agent/src/spool/disk-spool.ts";

export type SpoolOptions = ConstructorParameters<typeof DiskSpool>[0];

export const spoolIn = (directory: string, options: Partial<SpoolOptions> = {}): DiskSpool =>
  new DiskSpool({
    directory,
    maxBytes: 1 << 20,
    segmentBytes: 2000,
    memoryBytes: 1 << 20,
    boot: "boot-1",
    createEpoch: () => "epoch-1",
    now: () => 0,
    log: silentLog,
    ...options,
  });
