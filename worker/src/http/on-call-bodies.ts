import { z } from "@hono/zod-openapi";
import type { EscalationPolicy } from "@sightline/shared/on-call/policy";
import type { Layer, Schedule } from "@sightline/shared/on-call/schedule";
import { durationMs } from "./prometheus-time.ts";

const Weekday = z.int().min(0).max(6);
/** ms since 1970, or RFC 3339. */
export const Instant = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]);
export const UserId = z.string().min(1).max(128);

const LayerBody = z.strictObject({
  name: z.string().min(1).max(128),
  timeZone: z.string().max(64).default("UTC"),
  users: z.array(UserId).min(1).max(100),
  start: z.string(),
  end: z.string().optional(),
  rotation: z.union([
    z.strictObject({ every: z.int().min(1).max(1000).default(1), unit: z.enum(["hours", "days", "weeks", "months"]) }),
    z.strictObject({
      handovers: z
        .array(z.strictObject({ weekday: Weekday, time: z.string() }))
        .min(1)
        .max(50),
    }),
  ]),
  windows: z
    .array(z.strictObject({ weekdays: z.array(Weekday).optional(), from: z.string(), to: z.string() }))
    .max(20)
    .optional(),
});
export const ScheduleBody = z.strictObject({
  layers: z.array(LayerBody).min(1).max(20),
  overrides: z
    .array(z.strictObject({ id: z.string().min(1).max(64), user: UserId, startMs: Instant, endMs: Instant }))
    .max(500)
    .optional(),
});
const Wait = z.union([
  z.number().positive(),
  z.string().transform((text, context) => {
    const ms = durationMs(text);
    if (ms !== null && ms > 0) return ms;
    context.addIssue(`${JSON.stringify(text)} is not a positive duration such as 5m`);
    return z.NEVER;
  }),
]);
const TargetBody = z.union([
  z.strictObject({ user: UserId }),
  z.strictObject({ schedule: z.string().min(1) }),
  z.strictObject({ receiver: z.string().min(1) }),
]);
export const PolicyBody = z.strictObject({
  steps: z
    .array(z.strictObject({ targets: z.array(TargetBody).min(1).max(20), wait: Wait }))
    .min(1)
    .max(20),
  repeat: z.int().min(0).max(1000).nullable().default(null),
});

/** Absent fields are left out rather than undefined. */
const layerOf = ({ end, windows, ...layer }: z.infer<typeof LayerBody>): Layer => ({
  ...layer,
  ...(end === undefined ? {} : { end }),
  ...(windows === undefined
    ? {}
    : { windows: windows.map(({ weekdays, ...hours }) => (weekdays === undefined ? hours : { ...hours, weekdays })) }),
});

/** Overrides that are not given are those there are. */
export const scheduleOf = (
  name: string,
  { layers, overrides }: z.infer<typeof ScheduleBody>,
): Omit<Schedule, "overrides"> & Partial<Schedule> => ({
  name,
  layers: layers.map(layerOf),
  ...(overrides === undefined ? {} : { overrides }),
});

export const policyOf = (name: string, { steps, repeat }: z.infer<typeof PolicyBody>): EscalationPolicy => ({
  name,
  steps: steps.map(({ targets, wait }) => ({ targets, waitMs: wait })),
  repeat,
});
