import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import type { SeriesQuery } from "./labels-rpc.ts";

/** Where a walk in the order of labels goes on: in this series, or the first one after it, with the samples after this time (ms). */
export interface OrderedCursor {
  readonly labels: Labels;
  readonly fromMs: number;
}

export interface OrderedPage {
  /** In the batch encoding: pieces of one series follow one another, oldest first. */
  readonly batch: ArrayBuffer;
  /** Null at the end. */
  readonly next: OrderedCursor | null;
}

export interface OrderedPagesRpc {
  /** Raw samples of every series that matches, part by part in the order of labels, in bounded memory; what the object has forgotten is not among them. `cursor` null begins; `limit` is not looked at. */
  orderedPage(query: SeriesQuery, cursor: OrderedCursor | null): Promise<Result<OrderedPage>>;
}
