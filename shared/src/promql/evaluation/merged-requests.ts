/** One read for selectors that ask for the same series over times that overlap. */
import type { SelectedSeries } from "../../model/sample.ts";
import type { Select, SelectRequest } from "../api.ts";

const seriesAndTerms = (request: SelectRequest): string =>
  JSON.stringify([request.matchers, request.maxResolutionMs, request.coarserWhenGone, request.needsSketches]);

/** Whether two requests differ in their times at most. Those of one selector have its matchers, the same list. */
export const sameButForTimes = (a: SelectRequest, b: SelectRequest): boolean =>
  a.matchers === b.matchers
    ? a.maxResolutionMs === b.maxResolutionMs && a.coarserWhenGone === b.coarserWhenGone && a.needsSketches === b.needsSketches
    : seriesAndTerms(a) === seriesAndTerms(b);

/** Every request by the one that covers it; their number is the number of reads. */
export function mergeRequests(requests: readonly SelectRequest[]): ReadonlyMap<SelectRequest, SelectRequest> {
  const [only] = requests;
  if (only !== undefined && requests.length === 1) return new Map([[only, only]]);
  const groups = new Map<string, SelectRequest[]>();
  for (const request of requests) {
    const key = seriesAndTerms(request);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [request]);
    else group.push(request);
  }
  const covers = new Map<SelectRequest, SelectRequest>();
  for (const group of groups.values()) {
    group.sort((a, b) => a.startMs - b.startMs);
    let members: SelectRequest[] = [];
    let union: SelectRequest | undefined;
    const close = (): void => {
      for (const member of members) if (union !== undefined) covers.set(member, union);
    };
    for (const request of group) {
      if (union !== undefined && request.startMs <= union.endMs) {
        union = { ...union, endMs: Math.max(union.endMs, request.endMs) };
        members.push(request);
        continue;
      }
      close();
      union = request;
      members = [request];
    }
    close();
  }
  return covers;
}

interface Covered {
  readonly request: SelectRequest;
  readonly cover: SelectRequest;
  readonly shared: boolean;
}

/** `fresh` tells whether storage was asked. */
export interface Reads {
  select(request: SelectRequest): { readonly series: readonly SelectedSeries[]; readonly fresh: boolean };
}

/** A `Select` that answers each of the listed requests from the read that covers it, and any other as it comes. */
export class MergedReads implements Reads {
  private readonly source: Select;
  /** By matchers: a selector asks with the same list of them each time. */
  private readonly covers = new Map<SelectRequest["matchers"], Covered[]>();
  private readonly read = new Map<SelectRequest, readonly SelectedSeries[]>();

  constructor(requests: readonly SelectRequest[], source: Select) {
    this.source = source;
    const covers = mergeRequests(requests);
    const uses = new Map<SelectRequest, number>();
    for (const cover of covers.values()) uses.set(cover, (uses.get(cover) ?? 0) + 1);
    for (const [request, cover] of covers) {
      const covered = { request, cover, shared: (uses.get(cover) ?? 0) > 1 };
      const before = this.covers.get(request.matchers);
      if (before === undefined) this.covers.set(request.matchers, [covered]);
      else before.push(covered);
    }
  }

  select(request: SelectRequest): { readonly series: readonly SelectedSeries[]; readonly fresh: boolean } {
    const known = this.covers
      .get(request.matchers)
      ?.find(
        (one) => one.request.startMs === request.startMs && one.request.endMs === request.endMs && sameButForTimes(one.request, request),
      );
    if (known === undefined) return { series: this.source(request), fresh: true };
    const before = this.read.get(known.cover);
    if (before !== undefined) return { series: before, fresh: false };
    const series = this.source(known.cover);
    // What only one selector reads is not kept: it may be large.
    if (known.shared) this.read.set(known.cover, series);
    return { series, fresh: true };
  }
}
