import { z } from "@hono/zod-openapi";
import { SIZES_BOUGHT } from "@sightline/shared/capacity/cost";
import { type CapacitySettings, RESOURCE_KINDS } from "@sightline/shared/model/capacity";

/** Beyond that a sum is no number of money. */
const MOST_PER_MONTH = 1e12;
const SIZES = Object.keys(SIZES_BOUGHT);
/** Units by which what a resource is measured in can be bought; any of what is merely counted. */
const UNITS: Readonly<Record<string, readonly string[]>> = { disk: SIZES, memory: SIZES, cpu: ["core"], host: ["host"] };

const Price = z.strictObject({
  perMonth: z.number().nonnegative().max(MOST_PER_MONTH),
  unit: z
    .string()
    .min(1)
    .max(32)
    .openapi({ description: `what is bought: ${SIZES.join(", ")}; core; host; connection` }),
});

export const CapacityBody = z.strictObject({
  currency: z.string().min(1).max(8).default("USD"),
  prices: z
    .partialRecord(z.enum([...RESOURCE_KINDS, "host"]), Price)
    .superRefine((prices, context) => {
      for (const [kind, { unit }] of Object.entries(prices)) {
        const known = UNITS[kind];
        if (known === undefined || known.includes(unit)) continue;
        context.addIssue({ code: "custom", path: [kind, "unit"], message: `${kind} is bought by ${known.join(", ")}, not by ${unit}` });
      }
    })
    .default({}),
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
