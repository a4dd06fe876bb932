import type { Select } from "@sightline/shared/promql/api";
import { QueryError } from "@sightline/shared/promql/failure";
import type { PacedSelect } from "@sightline/shared/promql/slices";
import type { SeriesStore } from "../storage/series-store.ts";
import { awaySamples } from "./away-samples.ts";
import type { QuerySource } from "./query-source.ts";

/** Thrown inside a query, whose `Select` has no other way to refuse; queries turn it into a failure. */
export class SelectRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * For rules, which have the engine only: to it a refusal is the failure of the one rule that reads, whose alerts stay as they are.
 * What expressions and texts of rules read is `selectStepwise`; `select` is for what begins where the raw samples do.
 */
export const readsForRules = (reads: () => SteppedSource): { readonly select: Select; readonly selectStepwise: PacedSelect } => ({
  select: (request) => {
    try {
      return reads().select(request);
    } catch (error) {
      throw asQueryError(error);
    }
  },
  *selectStepwise(request, pace) {
    const away = yield* awaySamples(reads().store, request, pace);
    if (away !== null) throw new QueryError("execution", away);
    try {
      return yield* reads().selectStepwise(request, pace);
    } catch (error) {
      throw asQueryError(error);
    }
  },
});

interface SteppedSource extends Required<Pick<QuerySource, "select" | "selectStepwise">> {
  readonly store: SeriesStore;
}

function asQueryError(error: unknown): unknown {
  if (!(error instanceof SelectRefusal)) return error;
  return new QueryError(error.code === "limit" ? "limit" : "execution", error.message);
}
