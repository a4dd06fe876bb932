import { type DueValue, SETTLE_MS } from "@sightline/shared/forecast/promises";
import type { TrackRecord } from "@sightline/shared/forecast/track-record";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import { type Result, ok } from "@sightline/shared/model/result";
import type { ProjectPorts } from "../project-ports.ts";
import { countForecasts, dueForecast, loadForecast, nextRefreshAt, putOff, saveForecast } from "./forecast-store.ts";
import { type KeptForecast, answered, dueValues, lastPromise, recordsOf, scored } from "./kept-forecast.ts";

/** Who makes forecasts and knows what came of them: the shards. */
export interface ForecastPorts {
  readonly now: () => number;
  readonly forecast: (
    query: string,
    horizonMs: number,
    nowMs: number,
    records: Readonly<Record<string, TrackRecord>>,
  ) => Promise<Result<readonly ForecastSeries[]>>;
  /** Values of the expression at each time, by `seriesKey`, without counters that reset since `joinedSince`; null where asking failed. */
  readonly valuesAt: (query: string, due: readonly DueValue[]) => Promise<readonly (ReadonlyMap<string, number> | null)[]>;
}

const SECOND = 1000;
const MINUTE = 60_000;
/** An answer is good for a twelfth of its horizon. */
const FRESH_SHARE = 1 / 12;
const FRESH = { least: 10 * SECOND, most: 60 * MINUTE };
/** Without a question, it is made anew this seldom at most, and only as long as somebody asked not long ago. */
const LEAST_REFRESH_MS = 10 * MINUTE;
const LEAST_ALIVE_MS = 60 * MINUTE;
const LONGEST_ALIVE_MS = 24 * 60 * MINUTE;
/** All forecasts that are refreshed unasked take this share of the time at most. */
const DUTY = 0.1;
const RETRY_MS = 10 * MINUTE;
/** What a crash may lose of scores. */
const SAVE_EVERY_MS = MINUTE;
const AT_ONCE = 4;
const MOST_IN_MEMORY = 50;

/** The forecasts of a project: answers while they are fresh, promises until they are scored, scores for good. */
export class ForecastBook {
  readonly #ports: ProjectPorts;
  readonly #shards: ForecastPorts;
  readonly #done: () => void;
  readonly #known = new Map<string, { kept: KeptForecast; savedAt: number }>();
  readonly #making = new Map<string, Promise<Result<readonly ForecastSeries[]>>>();
  #refreshing: Promise<void> | null = null;

  /** `done` is called when a round of refreshes is over. */
  constructor(ports: ProjectPorts, shards: ForecastPorts, done: () => void) {
    this.#ports = ports;
    this.#shards = shards;
    this.#done = done;
  }

  /** Failures: those of a query. */
  async ask(query: string, horizonMs: number): Promise<Result<readonly ForecastSeries[]>> {
    const now = this.#shards.now();
    const { kept } = this.#entry(query, horizonMs);
    if (kept.made !== null && now - kept.made.at < freshFor(horizonMs)) {
      this.#put({ ...kept, askedAt: now }, false);
      return ok(kept.made.series);
    }
    return this.#make(query, horizonMs, now);
  }

  /** When something is due by itself, ms. While a round runs, that is when it should be over, in case the object does not live to see it. */
  nextAt(): number | null {
    const next = nextRefreshAt(this.#ports);
    return this.#refreshing === null || next === null ? next : Math.max(next, this.#shards.now() + MINUTE);
  }

  /** Refreshes what is due, four at a time; waits for none. */
  start(): void {
    if (this.#refreshing !== null || dueForecast(this.#ports, this.#shards.now()) === null) return;
    this.#refreshing = this.#round().finally(() => {
      this.#refreshing = null;
      this.#done();
    });
  }

  /** When all that runs now is done. */
  async rest(): Promise<void> {
    await this.#refreshing;
  }

  async #round(): Promise<void> {
    for (let k = 0; k < AT_ONCE; k++) {
      const due = dueForecast(this.#ports, this.#shards.now());
      if (due === null) return;
      // Whatever becomes of it, it is not due again at once.
      putOff(this.#ports, due.query, due.horizonMs, this.#shards.now() + RETRY_MS);
      try {
        const { kept } = this.#entry(due.query, due.horizonMs);
        if (this.#alive(kept)) await this.#make(due.query, due.horizonMs, null);
        else this.#put({ ...(await this.#settle(kept)), made: null }, true);
      } catch (error) {
        console.error(
          JSON.stringify({ level: "error", forecast: due.query, error: error instanceof Error ? error.message : String(error) }),
        );
      }
    }
  }

  /** One at a time for each expression. `askedAt`: null when nobody waits for it. */
  #make(query: string, horizonMs: number, askedAt: number | null): Promise<Result<readonly ForecastSeries[]>> {
    const key = keyOf(query, horizonMs);
    const running = this.#making.get(key);
    if (running !== undefined) return running;
    const making = this.#makeNow(query, horizonMs, askedAt).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  async #makeNow(query: string, horizonMs: number, askedAt: number | null): Promise<Result<readonly ForecastSeries[]>> {
    const { kept } = this.#entry(query, horizonMs);
    const settled = await this.#settle(kept);
    const startedAt = this.#shards.now();
    const answer = await this.#shards.forecast(query, horizonMs, startedAt, recordsOf(settled));
    if (!answer.ok) return answer;
    const now = this.#shards.now();
    const made = answered({ ...settled, askedAt: askedAt ?? settled.askedAt }, startedAt, now - startedAt, answer.value);
    this.#put(made, false);
    return ok(made.made?.series ?? []);
  }

  async #settle(kept: KeptForecast): Promise<KeptForecast> {
    const now = this.#shards.now();
    const due = dueValues(kept, now);
    return due.length === 0 ? kept : scored(kept, now, due, await this.#shards.valuesAt(kept.query, due));
  }

  #alive({ askedAt, horizonMs }: KeptForecast): boolean {
    return this.#shards.now() - askedAt < Math.min(LONGEST_ALIVE_MS, Math.max(LEAST_ALIVE_MS, horizonMs));
  }

  #refreshAt(kept: KeptForecast): number | null {
    if (!this.#alive(kept) || kept.made === null) {
      const last = lastPromise(kept);
      if (last === null) return null;
      const now = this.#shards.now();
      return last + SETTLE_MS > now ? last + SETTLE_MS : now + RETRY_MS;
    }
    const { at, tookMs } = kept.made;
    const affordable = (tookMs * (countForecasts(this.#ports) + 1)) / DUTY;
    return at + Math.max(LEAST_REFRESH_MS, freshFor(kept.horizonMs), affordable);
  }

  #entry(query: string, horizonMs: number): { kept: KeptForecast; savedAt: number } {
    const known = this.#known.get(keyOf(query, horizonMs));
    if (known !== undefined) return known;
    const stored = loadForecast(this.#ports, query, horizonMs);
    const kept = stored ?? { query, horizonMs, askedAt: this.#shards.now(), made: null, series: {} };
    return { kept, savedAt: -Infinity };
  }

  /** Saved a minute after the last time at the earliest: a row written costs more than what it holds. */
  #put(kept: KeptForecast, atOnce: boolean): void {
    const key = keyOf(kept.query, kept.horizonMs);
    const { savedAt } = this.#entry(kept.query, kept.horizonMs);
    const now = this.#shards.now();
    const save = atOnce || now - savedAt >= SAVE_EVERY_MS;
    if (save) saveForecast(this.#ports, kept, this.#refreshAt(kept));
    this.#known.delete(key);
    this.#known.set(key, { kept, savedAt: save ? now : savedAt });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_IN_MEMORY && oldest !== undefined) this.#known.delete(oldest);
  }
}

const keyOf = (query: string, horizonMs: number): string => `${horizonMs} ${query}`;

const freshFor = (horizonMs: number): number => Math.min(FRESH.most, Math.max(FRESH.least, horizonMs * FRESH_SHARE));
