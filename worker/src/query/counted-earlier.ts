import { joinKey } from "@sightline/shared/capacity/bounded-resources";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { Pace, SHARE_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { readPaced } from "@sightline/shared/promql/slices";
import { runQueryStepwise, selectOf } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";
import type { BareSelector } from "./bare-selector.ts";

const HOUR = 3_600_000;
/** Stretches, the newest first, and the steps that they are read in: of resets within one step the highest value tells. */
const STEPS = [HOUR, 4 * HOUR, 24 * HOUR, 24 * HOUR];
const STEPS_AT_ONCE = 1000;

/** What a counter had counted until a time. */
export interface CountedEarlier {
  /** Before it began anew for the last time. */
  readonly lost: number;
  /** What it showed last. */
  readonly last: number;
}

/**
 * By the labels of each counter that a selector had until `beforeMs`, which may have ended long ago, as far back as there are samples without a
 * break of six weeks. Null where a counter by its name alone (not `isSure`) falls otherwise than to begin anew. Failures: those of a query, `limit`.
 */
export function* countedEarlier(
  reads: QuerySource,
  { selector, isSure }: { readonly selector: BareSelector; readonly isSure: boolean },
  beforeMs: number,
): Stepwise<Result<ReadonlyMap<string, CountedEarlier> | null>> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  const counted = new Map<string, CountedEarlier>();
  /** The first step of what came later than the stretch that is looked at. */
  const firsts = new Map<string, Step>();
  let endMs = beforeMs;
  for (const stepMs of STEPS) {
    const startMs = endMs - (STEPS_AT_ONCE - 1) * stepMs;
    const once = readOnce(reads);
    const read = (func: string) => runQueryStepwise(once, { query: selector.over(func, stepMs), startMs, endMs, stepMs }, pace);
    const lasts = yield* read("last_over_time");
    if (!lasts.ok) return lasts;
    const highs = yield* read("max_over_time");
    if (!highs.ok) return highs;
    const lows = isSure ? lasts : yield* read("min_over_time");
    if (!lows.ok) return lows;
    const [ofHighs, ofLows] = [byKey(highs.value.value), byKey(lows.value.value)];
    const found = seriesOf(lasts.value.value);
    if (found.length === 0) break;
    for (const { labels, values } of found) {
      const key = joinKey(labels);
      const { lost = 0, last } = counted.get(key) ?? {};
      const latest = values.at(-1) ?? 0;
      const low = ofLows.get(key) ?? values;
      const falls = fallsIn({ lasts: values, highs: ofHighs.get(key) ?? values, lows: low }, firsts.get(key));
      if (!isSure && falls.some(isNoReset)) return ok(null);
      counted.set(key, { lost: falls.reduce((sum, { from }) => sum + from, lost), last: last ?? latest });
      firsts.set(key, { last: values[0] ?? 0, low: low[0] ?? 0 });
    }
    endMs = startMs - stepMs;
  }
  return ok(counted);
}

/** What several queries ask for alike is read for the first of them: samples of years take longer to unpack than to evaluate. */
function readOnce(reads: QuerySource): QuerySource {
  const { now, profile } = reads;
  const known = new Map<string, readonly SelectedSeries[]>();
  return {
    now,
    profile,
    select: (request) => reads.select(request),
    *selectStepwise(request, pace) {
      const key = JSON.stringify(request);
      const series = known.get(key) ?? (yield* readPaced(selectOf(reads), request, pace));
      known.set(key, series);
      return series;
    },
  };
}

const byKey = (value: Parameters<typeof seriesOf>[0]): ReadonlyMap<string, ArrayLike<number>> =>
  new Map(seriesOf(value).map((one) => [joinKey(one.labels), one.values]));

const seriesOf = (value: { readonly type: string; readonly series?: readonly MatrixSeries[] }): readonly MatrixSeries[] =>
  value.type === "matrix" ? (value.series ?? []) : [];

/** From a value to one below it: the lowest of the step that it fell in, for what counts anew may soon have counted half as much. */
export interface Fall {
  readonly from: number;
  readonly to: number;
}

/** What counts begins anew near nothing: half of what it was is none. */
export const isNoReset = ({ from, to }: Fall): boolean => to < from && to > from / 2;

interface Step {
  readonly last: number;
  readonly low: number;
}

interface StepsOf {
  readonly lasts: ArrayLike<number>;
  readonly highs: ArrayLike<number>;
  readonly lows: ArrayLike<number>;
}

/** By the last value and the highest of each step: what is above the last was before it began anew, and so was a last that the next step never reached. */
function fallsIn({ lasts, highs, lows }: StepsOf, next: Step | undefined): readonly Fall[] {
  const falls: Fall[] = [];
  for (let i = 0; i < lasts.length; i++) {
    if (i > 0 && highs[i]! < lasts[i - 1]!) falls.push({ from: lasts[i - 1]!, to: lows[i]! });
    if (highs[i]! > lasts[i]!) falls.push({ from: highs[i]!, to: lows[i]! });
  }
  const latest = lasts[lasts.length - 1] ?? 0;
  if (next !== undefined && next.last < latest) falls.push({ from: latest, to: next.low });
  return falls;
}
