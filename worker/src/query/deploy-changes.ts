import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { compareSince } from "@sightline/shared/trend/compare-since";
import type { KnownDeploy } from "../objects/rpc.ts";
import { BACK_DAY_MS, BACK_WEEK_MS, earlierOf, readEarlier } from "./earlier-hours.ts";
import { reachOf, readHistory } from "./history.ts";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { selectorOf } from "./selector-of.ts";

const DAY_MS = 86_400_000;
/** As long before as after, but no less. */
const SHORTEST_BEFORE_MS = 1_800_000;
const POINTS = 240;
const FRESH_MS = 60_000;
/** One takes some ms: a request makes so many, the others come with the next. */
const MADE_AT_ONCE = 20;
const MOST_SERIES = 200;
const MOST_KEPT = 1000;

interface Kept {
  readonly madeAt: number;
  readonly deployAt: number;
  readonly change: number | null;
}

/** By which share series differ from before the newest deploy of what they are of; kept for a minute. */
export class DeployChanges {
  readonly #source: QuerySource;
  readonly #deploys: () => readonly KnownDeploy[];
  readonly #kept = new Map<string, Kept>();

  constructor(source: QuerySource, deploys: () => readonly KnownDeploy[]) {
    this.#source = source;
    this.#deploys = deploys;
  }

  /** 0: no more than chance. Null: no deploy within a day, or too little since. Throws SelectRefusal for too many series. */
  of(sources: readonly Labels[], nowMs: number): readonly (number | null)[] {
    if (sources.length > MOST_SERIES)
      throw new SelectRefusal("limit", `${sources.length} series are to be held against a deploy, at most ${MOST_SERIES}; ask for fewer`);
    let made = 0;
    return sources.map((labels) => {
      const deployAt = this.#newestOf(labels, nowMs);
      if (deployAt === null) return null;
      const key = seriesKey(labels);
      const kept = this.#kept.get(key);
      if (kept?.deployAt === deployAt && (nowMs - kept.madeAt < FRESH_MS || made >= MADE_AT_ONCE)) return kept.change;
      if (made >= MADE_AT_ONCE) return null;
      made++;
      const change = this.#compare(labels, deployAt, nowMs);
      this.#keep(key, { madeAt: nowMs, deployAt, change });
      return change;
    });
  }

  #keep(key: string, change: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, change);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #newestOf(labels: Labels, nowMs: number): number | null {
    const times = this.#deploys()
      .filter(({ service, host }) => {
        const names = [labels["service_name"], labels["job"], labels["job"]?.split("/").at(-1)];
        return names.includes(service) && (host === undefined || host === labels["host_name"]);
      })
      .map(({ at }) => at)
      .filter((at) => at < nowMs && at >= nowMs - DAY_MS);
    return times.length === 0 ? null : Math.max(...times);
  }

  #compare(labels: Labels, deployAt: number, nowMs: number): number | null {
    const startMs = deployAt - Math.max(SHORTEST_BEFORE_MS, nowMs - deployAt);
    const query = selectorOf(labels);
    const history = readHistory(this.#source, { query, startMs, endMs: nowMs, points: POINTS, maxSeries: 1 });
    if (!history.ok) return null;
    const [series] = history.value.series;
    if (series === undefined) return null;
    const earlier = [BACK_DAY_MS, BACK_WEEK_MS].flatMap((backMs) => {
      const before = readEarlier(this.#source, query, history.value, backMs, { points: POINTS, maxSeries: 1 });
      return before.ok ? [before.value] : [];
    });
    const found = compareSince(series, deployAt, earlierOf(earlier, series.labels), labels[METRIC_NAME] ?? "", {
      reachMs: reachOf(history.value),
    });
    if ("refused" in found) return null;
    return found.verdict === "same" ? 0 : found.change;
  }
}
