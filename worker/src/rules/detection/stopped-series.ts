import { subjectOf } from "@sightline/shared/alerting/topology";
import { subjectWords } from "@sightline/shared/insights/series-words";
import { C } from "@sightline/shared/anomaly/layout";
import type { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { spokenDuration } from "@sightline/shared/model/duration";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { FoundAnomaly } from "../api.ts";
import type { JudgedAs } from "./judged-as.ts";
import { isNoticeable, isTold } from "./noticeable-change.ts";
import type { RichTier } from "./rich-tier.ts";
import { SilentSeries } from "./silent-series.ts";

/** From so many series of one thing on it is the thing that has stopped. */
const MANY = 3;
/** Things that are told to have stopped at one look. */
const MOST_TOLD = 100;
/** What begins so long before another's end, or after, goes on with it: another process of the same service. */
const HANDED_OVER_MS = 60_000;
/** What has a sample so new goes on. */
const ALIVE_MS = 600_000;
/** A gap that is over is told that soon, or not at all. */
const KEPT_MS = 86_400_000;
const MINUTE = 60_000;
/** A gap is seen for certain; whether it matters is not. */
const SCORE = 0.75;

export interface StoppedPorts {
  readonly cells: SeriesCells;
  readonly described: (slot: number) => JudgedAs | undefined;
  /** Null while the series is too young to be judged. */
  readonly judgement: (slot: number) => Judgement | null;
  /** In the rich tier. */
  readonly places: Pick<RichTier, "renew">;
}

interface Told {
  /** Null of those that another one speaks for. */
  readonly found: FoundAnomaly | null;
  /** Series that it speaks for, itself among them. */
  readonly stopped: number;
}

interface Stopped {
  readonly slot: number;
  readonly series: JudgedAs;
}

/** Tells of series that have stopped, of many of one thing once, and of the end of that. */
export class StoppedSeries {
  readonly silent: SilentSeries;
  readonly #ports: StoppedPorts;
  readonly #caution: (slot: number) => number;
  /** By slot. */
  readonly #told = new Map<number, Told>();
  /** By the keys of series that stopped and came back, their newest sample then: the gap before it was told when it began. */
  readonly #back = new Map<string, number>();
  /** By the slots of others that stopped with it, the one that spoke for them last: what people say of it is said of them. */
  readonly #speakers = new Map<number, number>();

  /** `caution`: the share by which people's answers raise the thresholds of a series. */
  constructor(ports: StoppedPorts, caution: (slot: number) => number) {
    this.#ports = ports;
    this.#caution = caution;
    this.silent = new SilentSeries(ports.cells, (slot) => this.#patience(slot));
  }

  #newest(slot: number): number {
    return this.#ports.cells.number(slot, C.newestMs);
  }

  #patience(slot: number): number {
    const own = this.#caution(slot);
    const speaker = this.#speakers.get(slot);
    const said = speaker === undefined ? 0 : this.#caution(speaker);
    return Math.abs(said) > Math.abs(own) ? said : own;
  }

  /** `nowMs`: of the newest sample of all. What was `found` otherwise is told too, but for gaps that were told when they began. */
  tell(count: number, nowMs: number, found: readonly FoundAnomaly[]): readonly FoundAnomaly[] {
    const returned = this.silent.takeReturned();
    const looked = this.silent.look(count, nowMs);
    if (looked !== null)
      this.#ports.places.renew(
        this.silent.sent,
        count,
        (slot) => this.silent.isSilent(slot, nowMs),
        (slot) => this.silent.hasEnded(slot, nowMs),
      );
    const stopped = looked ?? [];
    for (const [key, t] of returned.length === 0 ? [] : this.#back) if (nowMs - t > KEPT_MS) this.#back.delete(key);
    const revised: FoundAnomaly[] = [];
    for (const { slot, silentMs, late } of returned) {
      const told = this.#told.get(slot);
      if (told === undefined) continue;
      this.#told.delete(slot);
      this.#back.set(seriesKey(this.#ports.described(slot)?.labels ?? {}), this.#newest(slot));
      if (told.found === null) continue;
      const reason = words(told.found.labels, told.stopped, silentMs, late ? "came late" : "arrived");
      revised.push({ ...told.found, reason, revised: true });
    }
    const others = this.#back.size === 0 ? found : found.filter((one) => !this.#wasTold(one));
    if (revised.length === 0 && stopped.length === 0) return others;
    return [...others, ...revised, ...this.#tellStopped(stopped, count, nowMs)];
  }

  /** Of a gap: whether it was told when it began. */
  #wasTold({ kind, labels, t }: FoundAnomaly): boolean {
    return kind === "gap" && t <= (this.#back.get(seriesKey(labels)) ?? -Infinity);
  }

  #tellStopped(stopped: readonly number[], count: number, nowMs: number): FoundAnomaly[] {
    if (stopped.length === 0) return [];
    const goOn = this.#goneOn(stopped, count, nowMs);
    const things = new Map<string, Stopped[]>();
    for (const slot of stopped) {
      const series = this.#ports.described(slot);
      if (series === undefined || !isTold(series.labels[METRIC_NAME] ?? "", series.metadata.type) || goOn.has(kindOf(series.labels)))
        continue;
      const { service, host } = subjectOf(series.labels);
      const thing = service === undefined && host === undefined ? kindOf(series.labels) : `${service ?? ""}\u00FE${host ?? ""}`;
      const known = things.get(thing);
      if (known === undefined) things.set(thing, [{ slot, series }]);
      else known.push({ slot, series });
    }
    return [...things.values()].slice(0, MOST_TOLD).flatMap((members) => this.#tellThing(members, nowMs));
  }

  /** Each of a few; of many the first that can be judged, for all. */
  #tellThing(members: readonly Stopped[], nowMs: number): FoundAnomaly[] {
    const stopped = members.length < MANY ? 1 : members.length;
    const found: FoundAnomaly[] = [];
    let speaker: number | undefined;
    for (const { slot, series } of members) {
      const sinceMs = this.#newest(slot);
      const speaks = stopped === 1 || found.length === 0;
      const said = speaks ? this.#ports.judgement(slot) : null;
      const judgement = said === null ? null : { ...said, t: nowMs, score: SCORE, kind: "gap" as const };
      if (judgement === null || !isNoticeable(judgement, series.labels, series.metadata, series.judgedBy)) {
        this.#told.set(slot, { found: null, stopped });
        if (speaker !== undefined) this.#speakers.set(slot, speaker);
        continue;
      }
      const reason = words(series.labels, stopped, nowMs - sinceMs, "have arrived");
      const one: FoundAnomaly = { labels: series.labels, ...judgement, reason, severity: "warning", ...(stopped > 1 ? { stopped } : {}) };
      this.#told.set(slot, { found: one, stopped });
      found.push(one);
      speaker = slot;
    }
    return found;
  }

  /** What series that have begun since go on with. */
  #goneOn(stopped: readonly number[], count: number, nowMs: number): ReadonlySet<string> {
    const from = stopped.reduce((first, slot) => Math.min(first, this.#newest(slot)), Infinity) - HANDED_OVER_MS;
    const kinds = new Set<string>();
    for (let slot = 0; slot < count; slot++) {
      if (this.silent.bornAt(slot) < from || nowMs - this.#newest(slot) > ALIVE_MS) continue;
      const labels = this.#ports.described(slot)?.labels;
      if (labels !== undefined) kinds.add(kindOf(labels));
    }
    return kinds;
  }
}

/** The metric of a service, whichever process or host; of a host, where no service is known. */
const kindOf = (labels: Labels): string =>
  `${labels[METRIC_NAME] ?? ""}\u00FE${labels["service_name"] ?? labels["job"] ?? labels["host_name"] ?? labels["instance"] ?? ""}`;

function words(labels: Labels, stopped: number, silentMs: number, verb: "have arrived" | "arrived" | "came late"): string {
  const long = spokenDuration(Math.floor(silentMs / MINUTE) * MINUTE);
  const about = stopped === 1 ? "" : subjectWords([labels]);
  const whose = stopped === 1 ? "" : ` of ${stopped} series${about === "" ? "" : ` of ${about}`}`;
  return verb === "came late" ? `the samples${whose} came late, those of ${long} at once` : `no samples${whose} ${verb} for ${long}`;
}
