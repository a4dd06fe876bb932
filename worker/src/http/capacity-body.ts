import { z } from "@hono/zod-openapi";
import { type CapacitySettings, RESOURCE_KINDS } from "@sightline/shared/model/capacity";

const Price = z.strictObject({
  perMonth: z.number().nonnegative(),
  unit: z.string().min(1).max(32).openapi({ description: "what is bought: GiB, GB, TiB, TB, MiB, MB; core; connection" }),
});

export const CapacityBody = z.strictObject({
  currency: z.string().min(1).max(8).default("USD"),
  prices: z.partialRecord(z.enum([...RESOURCE_KINDS, "host"]), Price).default({}),
  demand: z
    .string()
    .max(4000)
    .optional()
    .openapi({ description: "PromQL of one series: the work that is asked for; requests a second to HTTP servers when absent" }),
  resources: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(128),
        kind: z.enum(RESOURCE_KINDS),
        used: z.string().min(1).max(4000).openapi({ description: "PromQL" }),
        limit: z.union([z.string().min(1).max(4000), z.number().positive()]).openapi({ description: "PromQL or a number" }),
        unit: z.string().max(32).optional(),
      }),
    )
    .default([]),
});

/** Absent and undefined fields are the same to whoever reads the settings. */
export const capacitySettingsOf = (body: z.infer<typeof CapacityBody>): CapacitySettings => body as CapacitySettings;
