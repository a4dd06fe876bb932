import type { Labels } from "./labels.ts";
import type { Refusal } from "./trend.ts";

export const RESOURCE_KINDS = ["disk", "inodes", "memory", "cpu", "connections", "file descriptors", "quota", "budget"] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];
/** Kinds of which there are so many, each a whole one. */
export const COUNTED_KINDS: readonly ResourceKind[] = ["inodes", "connections", "file descriptors"];
/** Whether amounts of such a resource are whole numbers: what somebody declares as a share of its limit is none. */
export const areWhole = ({ kind, unit, limit }: Pick<BoundedResource, "kind" | "unit" | "limit">): boolean =>
  COUNTED_KINDS.includes(kind) && unit === "" && limit > 1;

/** A value with the bounds that hold with 95% confidence. */
export interface Bounded95 {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** When a limit is reached for the first time. Times in ms; null beyond `horizonMs` from now, or never. */
export interface SaturationTime {
  readonly at: number | null;
  readonly earliest: number | null;
  readonly latest: number | null;
  /** How far ahead anything is said: ten times what was seen. */
  readonly horizonMs: number;
  /** 0–1: that it happens within the horizon. */
  readonly chance: number;
}

/** The line between demand and use: `use ≈ fixed + perUnit · demand`. */
export interface DemandRelation {
  readonly fixed: number;
  readonly perUnit: Bounded95;
  readonly r2: number;
  readonly points: number;
  /** The highest demand seen: beyond it the line is a guess. */
  readonly highestDemand: number;
}

/** What is tried in thought. */
export interface Scenario {
  /** Demand times this; 1 when absent. */
  readonly traffic?: number;
  /** Hosts added, or removed when negative. */
  readonly hosts?: number;
  /** What is kept for how long, ms: now, and then. */
  readonly retention?: { readonly nowMs: number; readonly thenMs: number };
}

export interface ScenarioOutcome {
  /** At the busiest moment of the range, and as a share of the limit. */
  readonly peak: number;
  readonly peakShare: number;
  readonly saturation: SaturationTime;
  readonly growthPerDay: Bounded95;
  /** Of a CPU: by how much requests take longer at the peak; null where they would queue without end, absent where they do so now and would not. */
  readonly responseFactor?: number | null;
  /** What had to be assumed. */
  readonly assumptions: readonly string[];
  readonly text: string;
  /** As it is, and at the size that would be recommended then. */
  readonly cost?: Cost;
}

/** One thing that can be used up. Amounts in the unit of its metric. */
export interface BoundedResource {
  readonly kind: ResourceKind;
  readonly name: string;
  /** What there is so much of by its metrics' names, where these alone tell of it; a part of `name`. */
  readonly thing?: string;
  readonly labels: Labels;
  /** What the machine calls itself that it is a part of, where that is known. */
  readonly host?: string;
  /** Of the machine itself, and not of something that runs on it. */
  readonly ofMachine?: true;
  /** Its labels name a machine that is none of the hosts that are counted: a database beside a fleet. */
  readonly isShared?: true;
  /** PromQL of what is used. */
  readonly query: string;
  readonly unit: string;
  readonly used: number;
  readonly limit: number;
  /** Highest in the range, and when, ms; since room was made where it was. */
  readonly peak: number;
  readonly peakAt: number;
  /** When much of what adds up was deleted at once, for the first time, ms. */
  readonly roomMadeAt?: number;
  /** When a budget of the month next begins at nothing, ms. */
  readonly renewsAt?: number;
  /** Shares of the limit that are free now and at the peak. */
  readonly headroom: number;
  readonly headroomAtPeak: number;
  /** From the first sample to the last, ms. */
  readonly seenMs: number;
  /** CPUs of the host, where it is one. */
  readonly servers?: number;
}

export interface ForecastUse {
  readonly growthPerDay: Bounded95;
  /** What it is expected to grow by within the days that a recommended size is to do for, by shares where it grows so. */
  readonly growthAhead: number;
  readonly saturation: SaturationTime;
  readonly relation?: DemandRelation | Refusal;
  readonly scenario?: ScenarioOutcome | Refusal;
}

/** What one unit costs a month. */
export interface Price {
  readonly perMonth: number;
  /** What is bought: GiB, core, connection. */
  readonly unit: string;
}

/** What a project says of its capacity beyond what its metrics tell. */
export interface CapacitySettings {
  readonly currency: string;
  /** `host`: of a host, besides what is priced of its own. */
  readonly prices: Readonly<Partial<Record<ResourceKind | "host", Price>>>;
  /** PromQL of one series: the work that is asked for, such as requests a second. */
  readonly demand?: string;
  /** Resources that no rule of names finds. */
  readonly resources: readonly DeclaredResource[];
}

export interface DeclaredResource {
  readonly name: string;
  readonly kind: ResourceKind;
  /** PromQL. */
  readonly used: string;
  /** PromQL, or a number. */
  readonly limit: string | number;
  readonly unit?: string;
}

export interface Cost {
  readonly currency: string;
  /** Of the limit as it is. */
  readonly perMonth: number;
  /** With the size that is recommended. */
  readonly recommendedPerMonth: number;
  /** Positive where money is saved, negative where it is needed. */
  readonly savingPerMonth: number;
}

export interface CapacityRecommendation {
  readonly type: "grow" | "shrink" | "watch" | "keep";
  readonly priority: "low" | "medium" | "high";
  readonly text: string;
  readonly reasons: readonly string[];
  /** Limit that would do for as long as the text says, 90 days at most. */
  readonly size?: number;
}

/** As a shard answers it: without prices. */
export type JudgedResource = BoundedResource & (ForecastUse | Refusal);

export type CapacityResource = JudgedResource & {
  readonly recommendation: CapacityRecommendation;
  readonly cost?: Cost;
  /** Name of the resource that it lies within, which has the price of both. */
  readonly within?: string;
  readonly text: string;
};
