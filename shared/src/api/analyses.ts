/** What `/v1/trend`, `/v1/compare`, `/v1/correlate` and `/v1/capacity` are asked and answer. Times in ms. */
import type { CapacityResource, Cost, DeclaredResource, JudgedResource, ResourceKind, Scenario } from "../model/capacity.ts";
import type { ComparedSeries, Correlated, TrendSeries } from "../model/trend.ts";

export interface TrendResponse {
  /** The expression judged: of a bare counter, its rate; of histograms, their mean. */
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly series: readonly TrendSeries[];
  /** Why `series` is empty, where it is, and what could not be read of an archive. */
  readonly warnings?: readonly string[];
}

export interface CompareResponse {
  readonly query: string;
  readonly before: { readonly start: number; readonly end: number };
  readonly after: { readonly start: number; readonly end: number };
  /** Of the values that are compared. */
  readonly step: number;
  /** What changed most surely first. */
  readonly series: readonly ComparedSeries[];
  /** Why `series` is empty, where it is, and what could not be read of an archive. */
  readonly warnings?: readonly string[];
}

export interface CorrelateResponse {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** Certain ones first. */
  readonly pairs: readonly Correlated[];
  /** Pairs tried, those without an answer and those left out of `pairs` included. */
  readonly tried: number;
  /** Why pairs have no answer, and what could not be read of an archive. */
  readonly warnings?: readonly string[];
}

export interface TrendQuestion {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** A deploy within the range: what came after it is held against what was before. */
  readonly sinceMs?: number;
}

export interface CompareQuestion {
  readonly query: string;
  readonly before: { readonly start: number; readonly end: number };
  readonly after: { readonly start: number; readonly end: number };
}

export interface CorrelateQuestion {
  readonly query: string;
  readonly with: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface CapacityResponse {
  readonly start: number;
  readonly end: number;
  readonly hosts: number;
  /** PromQL of the demand that uses are held against; absent where nothing gives it. */
  readonly demand?: string;
  readonly scenario?: Scenario;
  /** What is used up soonest first. */
  readonly resources: readonly CapacityResource[];
  /** Resources beyond those that one question judges, those with the most room. */
  readonly left: number;
  readonly currency: string;
  /** Of all that has a price: what it costs now, and what would be saved (or is needed, when negative). */
  readonly costPerMonth: number;
  readonly savingPerMonth: number;
  /** Of a scenario: what costs now, and with every size as it would be recommended then. */
  readonly scenarioCost?: Cost;
  /** Declared resources that could not be read and prices that fit nothing, and why. */
  readonly warnings: readonly string[];
  readonly text: string;
}

/** Columns of one series, how many hosts there are, and all that they are called. */
export interface DemandAnswer {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly hosts: number;
  readonly machines: readonly string[];
}

export interface DemandQuestion {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface CapacityQuestion {
  readonly startMs: number;
  readonly endMs: number;
  /** Of this kind alone. */
  readonly kind?: ResourceKind;
  readonly declared: readonly DeclaredResource[];
  /** Declared resources alone. */
  readonly declaredOnly?: boolean;
  readonly demand?: Pick<DemandAnswer, "timestamps" | "values">;
  readonly hosts: number;
  readonly machines: readonly string[];
  readonly scenario?: Scenario;
  /** `capacityId` of what is told to run out: judged however far from that it is by now, else nobody could take it back. */
  readonly told?: readonly string[];
}

export interface CapacityAnswer {
  readonly resources: readonly JudgedResource[];
  /** `capacityId` of those beyond what one question judges. */
  readonly left: readonly string[];
  readonly warnings: readonly string[];
}

/** By kind, what a shard is asked and answers. */
export interface Analyses {
  readonly trend: { readonly question: TrendQuestion; readonly answer: TrendResponse };
  readonly compare: { readonly question: CompareQuestion; readonly answer: CompareResponse };
  readonly correlate: { readonly question: CorrelateQuestion; readonly answer: CorrelateResponse };
  readonly demand: { readonly question: DemandQuestion; readonly answer: DemandAnswer };
  readonly capacity: { readonly question: CapacityQuestion; readonly answer: CapacityAnswer };
}

export type AnalysisKind = keyof Analyses;
