import { urgencyOf } from "@sightline/shared/capacity/urgency";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { atInstant } from "./history.ts";
import { newest } from "./newest.ts";
import type { QuerySource } from "./query-source.ts";

/** Of more series than are read over time, each is looked at so many times. */
const LOOKS = 8;

export interface MostUrgent {
  /** The source with series of the most urgent alone. */
  readonly reads: QuerySource;
  /** What is left out. */
  readonly left: readonly Labels[];
}

/** Of what is used, by its labels: its limit, and whether it is told to run out already. */
export interface UseOf {
  readonly limitOf: (labels: Labels) => number | undefined;
  readonly isTold: (labels: Labels) => boolean;
}

interface Looked {
  readonly labels: Labels;
  readonly limit: number | undefined;
  readonly isTold: boolean;
  readonly values: number[];
}

/**
 * The series of what is used that are told to run out, and those nearest to their limits, or that will be, by a few looks at all that have samples at the end; in whole values
 * of the one label that tells most of them apart (hosts), so that any expression of them can be read. Null where no label does.
 */
export function mostUrgent(
  reads: QuerySource,
  used: string,
  range: { readonly startMs: number; readonly endMs: number; readonly lookbackMs: number; readonly most: number },
  { limitOf, isTold }: UseOf,
): MostUrgent | null {
  const { startMs, endMs, lookbackMs, most } = range;
  const look = (share: number): ReturnType<typeof newest> =>
    newest(reads, atInstant(used, lookbackMs), endMs - share * (endMs - startMs), lookbackMs);
  const there = new Map<string, Looked>();
  for (const { labels } of look(0)) there.set(seriesKey(labels), { labels, limit: limitOf(labels), isTold: isTold(labels), values: [] });
  const name = tellingLabel([...there.values()].map(({ labels }) => labels));
  if (name === undefined) return null;
  for (let i = LOOKS - 1; i >= 0; i--) for (const { labels, value } of look(i / LOOKS)) there.get(seriesKey(labels))?.values.push(value);
  const groups = [...Map.groupBy(there.values(), ({ labels }) => labels[name] ?? "")]
    .map(([value, group]) => ({ value, group, urgency: Math.max(...group.map(urgencyOfLooks)) }))
    .filter(({ urgency }) => urgency > -Infinity)
    .toSorted((a, b) => b.urgency - a.urgency);
  let count = 0;
  const beyond = groups.findIndex(({ group }) => (count += group.length) > most);
  const chosen = groups.slice(0, beyond < 0 ? groups.length : beyond);
  const left = groups.slice(chosen.length).flatMap(({ group }) => group.filter(({ limit }) => limit !== undefined));
  const values = chosen.map(({ value }) => value);
  return { reads: among(reads, name, values), left: left.map(({ labels }) => labels) };
}

const urgencyOfLooks = ({ values, limit, isTold }: Looked): number =>
  limit === undefined ? -Infinity : isTold ? Infinity : urgencyOf({ values }, limit);

/** That all of them have, with the most values. */
function tellingLabel(all: readonly Labels[]): string | undefined {
  const [first = {}] = all;
  const names = Object.keys(first).filter((name) => name !== METRIC_NAME && all.every((labels) => labels[name] !== undefined));
  const values = (name: string): number => new Set(all.map((labels) => labels[name])).size;
  return names.toSorted((a, b) => values(b) - values(a))[0];
}

/** Whatever is read of a source, with one of these values. */
function among(reads: QuerySource, name: string, values: readonly string[]): QuerySource {
  const value = values.map((one) => one.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join("|");
  return {
    select: (request) => reads.select({ ...request, matchers: [...request.matchers, { name, op: "=~", value }] }),
    typeOf: (metric) => reads.typeOf?.(metric),
    unitOf: (metric) => reads.unitOf?.(metric),
    now: reads.now,
    profile: reads.profile,
  };
}
