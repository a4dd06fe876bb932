import type { CapacitySettings } from "../model/capacity.ts";

/** What public clouds listed in 2026 for a month of on-demand use, rounded; everybody's own are others. */
export const DEFAULT_SETTINGS: CapacitySettings = {
  currency: "USD",
  prices: {
    disk: { perMonth: 0.1, unit: "GiB" },
    memory: { perMonth: 3.2, unit: "GiB" },
    cpu: { perMonth: 29.5, unit: "core" },
  },
  resources: [],
};
