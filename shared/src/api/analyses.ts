/** What `/v1/trend`, `/v1/compare` and `/v1/correlate` are asked and answer. Times in ms. */
import type { ComparedSeries, Correlated, TrendSeries } from "../model/trend.ts";

export interface TrendResponse {
  /** The expression judged: of a bare counter, its rate. */
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly series: readonly TrendSeries[];
}

export interface CompareResponse {
  readonly query: string;
  readonly before: { readonly start: number; readonly end: number };
  readonly after: { readonly start: number; readonly end: number };
  /** What changed most surely first. */
  readonly series: readonly ComparedSeries[];
}

export interface CorrelateResponse {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** Certain ones first. */
  readonly pairs: readonly Correlated[];
  /** Pairs tried, those without an answer and those left out of `pairs` included. */
  readonly tried: number;
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

/** By kind, what a shard is asked and answers. */
export interface Analyses {
  readonly trend: { readonly question: TrendQuestion; readonly answer: TrendResponse };
  readonly compare: { readonly question: CompareQuestion; readonly answer: CompareResponse };
  readonly correlate: { readonly question: CorrelateQuestion; readonly answer: CorrelateResponse };
}

export type AnalysisKind = keyof Analyses;
