import type { CapacityResource } from "@sightline/shared/model/capacity";

const HOUR = 3_600_000;

type Judged = Extract<CapacityResource, { readonly saturation: unknown }>;

/** A disk of 100 bytes of which 85 are used, full at `at`; null where that is not expected. */
export const aDisk = ({ at, ...given }: Partial<Judged> & { readonly at: number | null }): Judged => ({
  kind: "disk",
  name: "disk /data on db-1",
  labels: { host_name: "db-1", system_filesystem_mountpoint: "/data" },
  query: 'system_filesystem_usage_bytes{system_filesystem_state="used"}',
  unit: "bytes",
  used: 85,
  limit: 100,
  peak: 85,
  peakAt: 0,
  headroom: 0.15,
  headroomAtPeak: 0.15,
  seenMs: 8 * HOUR,
  growthPerDay: at === null ? { value: 0, lower: -1, upper: 1 } : { value: 100, lower: 90, upper: 110 },
  growthAhead: 0,
  saturation: { at, earliest: at, latest: at, horizonMs: 80 * HOUR, chance: at === null ? 0.1 : 1 },
  recommendation:
    at === null
      ? { type: "keep", priority: "low", text: "Nothing needs to be done.", reasons: [] }
      : { type: "grow", priority: "high", text: "Delete what nobody needs.", reasons: [] },
  text: "disk /data on db-1",
  ...given,
});
