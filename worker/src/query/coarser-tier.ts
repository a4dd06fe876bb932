import type { SelectRequest } from "@sightline/shared/promql/api";
import { RESOLUTIONS } from "../storage/rollup-tiers.ts";
import type { RunEntry } from "../storage/run-manifest.ts";
import { hasTiers } from "../storage/tier-choice.ts";
import { SelectRefusal } from "./select-refusal.ts";

/**
 * What to ask for in the place of a request that was refused as too much: the next coarser aggregates that there are of its time, where it
 * takes aggregates at all. Most series are too sparse for the finer tiers, and an answer from the hour's, which says so, is more than none.
 * Throws `refused` where there is nothing else to ask for.
 */
export function coarserRequest(runs: readonly RunEntry[], request: SelectRequest, refused: unknown): SelectRequest {
  const allowed = request.maxResolutionMs ?? Infinity;
  const isThere = (ms: number): boolean =>
    hasTiers(
      runs.filter(({ resolutionMs }) => resolutionMs === ms),
      request,
    );
  const next = RESOLUTIONS.find((ms) => ms > allowed && isThere(ms));
  const large = refused instanceof SelectRefusal && refused.code === "limit" && request.coarserWhenGone === true;
  if (!large || next === undefined) throw refused;
  return { ...request, maxResolutionMs: next };
}

/** The same request for the coarsest aggregates, where it takes any. */
export function coarsest(request: SelectRequest): SelectRequest {
  const last = RESOLUTIONS.at(-1) ?? 0;
  const { maxResolutionMs = last, coarserWhenGone } = request;
  return maxResolutionMs < last && coarserWhenGone === true ? { ...request, maxResolutionMs: last } : request;
}
