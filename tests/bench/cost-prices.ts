/**
 * Cloudflare's price list for Durable Objects with SQLite storage, and for Workers, as published in 2026:
 * https://developers.cloudflare.com/durable-objects/platform/pricing and https://developers.cloudflare.com/workers/platform/pricing.
 * Incoming WebSocket messages are billed as requests 20:1, outgoing ones and protocol pings not at all; an alarm is a
 * request, and setting one writes a row; an object is billed as 128 MB however little it takes.
 */
export interface Usage {
  /** To the Worker. */
  readonly workerRequests: number;
  /** To objects: RPC, upgrades, alarms, and WebSocket messages 20:1. */
  readonly objectRequests: number;
  readonly gbSeconds: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly storedGB: number;
}

export const GB_OF_AN_OBJECT = 0.128;
export const MESSAGES_PER_REQUEST = 20;

/** Above any of these the free plan refuses for the rest of the day; storage is the account's. */
export const FREE_PLAN_A_DAY: Usage = {
  workerRequests: 100_000,
  objectRequests: 100_000,
  gbSeconds: 13_000,
  rowsRead: 5_000_000,
  rowsWritten: 100_000,
  storedGB: 5,
};

const BASE_DOLLARS = 5;
const DAYS = 30;

/** Of the paid plan, a month: what is included, and dollars for each one above. */
const PAID_PLAN: Readonly<Record<keyof Usage, { readonly included: number; readonly dollars: number }>> = {
  workerRequests: { included: 10e6, dollars: 0.3 / 1e6 },
  objectRequests: { included: 1e6, dollars: 0.15 / 1e6 },
  gbSeconds: { included: 400_000, dollars: 12.5 / 1e6 },
  rowsRead: { included: 25e9, dollars: 0.001 / 1e6 },
  rowsWritten: { included: 50e6, dollars: 1 / 1e6 },
  storedGB: { included: 5, dollars: 0.2 },
};

const kinds = Object.keys(FREE_PLAN_A_DAY) as (keyof Usage)[];

/** What is left of each daily limit, as a share of it; negative where it is exceeded. */
export const freePlanMargins = (day: Usage): Readonly<Record<keyof Usage, number>> =>
  Object.fromEntries(kinds.map((kind) => [kind, Number((1 - day[kind] / FREE_PLAN_A_DAY[kind]).toFixed(3))])) as Record<
    keyof Usage,
    number
  >;

/** Of thirty such days with the storage of the last. */
export function paidPlanDollars(day: Usage): number {
  let dollars = BASE_DOLLARS;
  for (const kind of kinds) {
    const month = kind === "storedGB" ? day[kind] : day[kind] * DAYS;
    dollars += Math.max(0, month - PAID_PLAN[kind].included) * PAID_PLAN[kind].dollars;
  }
  return dollars;
}

/** R2, https://developers.cloudflare.com/r2/pricing: a month's storage beyond what is included; writes of whole runs are few. */
export const archiveDollars = (gb: number): number => Math.max(0, gb - 10) * 0.015;
