/** The reference: what is true at a moment, worked out anew from all that happened, in the plainest way. */
import type { Severity } from "@sightline/shared/model/alert";
import { type Config, ESCALATES_AFTER, QUIET_FROM, QUIET_TO, type Source } from "./scenario.ts";

/** One time that an alert fired. */
export interface Episode {
  readonly id: string;
  readonly source: Source;
  readonly firedAt: number;
  resolvedAt: number;
  acknowledgedAt: number;
  snoozedUntil: number;
  /** When the snooze in force ended, so that people must be told anew. */
  readonly flapsUntil: number;
  severity: Severity;
}

interface SilenceSpan {
  readonly by: "host" | "alertname";
  readonly value: string;
  readonly from: number;
  to: number;
  readonly id: string;
}

const NEVER = Number.POSITIVE_INFINITY;
export type Hold = "inhibit" | "silence" | "acknowledged" | "snooze" | "mute" | "flap";

export class World {
  readonly config: Config;
  readonly episodes: Episode[] = [];
  readonly silences: SilenceSpan[] = [];

  constructor(config: Config) {
    this.config = config;
  }

  fire(id: string, source: Source, now: number, flapsUntil: number): void {
    this.episodes.push({
      id,
      source,
      firedAt: now,
      resolvedAt: NEVER,
      acknowledgedAt: NEVER,
      snoozedUntil: 0,
      flapsUntil,
      severity: source.severity,
    });
  }

  /** The one that fires now. */
  firing(source: Source): Episode | undefined {
    return this.episodes.find((episode) => episode.source === source && episode.resolvedAt === NEVER);
  }

  isFiring = (episode: Episode): boolean => episode.resolvedAt === NEVER;

  /** Superseded ones are never told of again: the newer episode stands for them. */
  isNewest = (episode: Episode): boolean => this.episodes.findLast(({ source }) => source === episode.source) === episode;

  /** Raises what nobody acknowledged in time; returns what was raised. */
  escalate(now: number): readonly Episode[] {
    const due = this.episodes.filter((episode) => this.escalatesAt(episode, now) <= now);
    for (const episode of due) episode.severity = "critical";
    return due;
  }

  escalatesAt({ source, severity, resolvedAt, acknowledgedAt, snoozedUntil, firedAt }: Episode, now: number): number {
    const may = source.name === "Slow" && severity === "warning" && resolvedAt === NEVER && acknowledgedAt === NEVER;
    return may ? Math.max(firedAt + ESCALATES_AFTER, snoozedUntil > now ? snoozedUntil : 0) : NEVER;
  }

  /** Everything that holds this back from the receiver now. */
  holds(episode: Episode, receiver: string, now: number): readonly Hold[] {
    const { source, severity } = episode;
    const holds: Hold[] = [];
    const inhibited =
      this.config.inhibits &&
      severity === "warning" &&
      this.episodes.some((other) => this.isFiring(other) && other.severity === "critical" && other.source.host === source.host);
    if (inhibited) holds.push("inhibit");
    const silenced = this.silences.some(
      ({ by, value, from, to }) => from <= now && now < to && (by === "host" ? source.host : source.name) === value,
    );
    if (silenced) holds.push("silence");
    if (this.isFiring(episode) && episode.acknowledgedAt <= now) holds.push("acknowledged");
    if (this.isFiring(episode) && episode.snoozedUntil > now) holds.push("snooze");
    if (this.isMute(episode, receiver, now)) holds.push("mute");
    if (episode.flapsUntil > now) holds.push("flap");
    return holds;
  }

  private isMute(episode: Episode, receiver: string, now: number): boolean {
    const time = now % 86_400_000;
    const isQuiet = time >= QUIET_FROM % 86_400_000 && time < QUIET_TO % 86_400_000;
    if (this.config.name.startsWith("one group")) return !isQuiet;
    return isQuiet && receiver === "ops" && this.config.name.startsWith("critical");
  }

  /** When something that holds may begin or end by itself, after now. */
  nextBoundary(now: number): number {
    const day = now - (now % 86_400_000);
    const quiet = [0, 86_400_000].flatMap((add) => [day + add + (QUIET_FROM % 86_400_000), day + add + (QUIET_TO % 86_400_000)]);
    const times = [
      ...quiet,
      ...this.silences.flatMap(({ from, to }) => [from, to]),
      ...this.episodes.flatMap((episode) => [episode.snoozedUntil, episode.flapsUntil, this.escalatesAt(episode, now)]),
    ];
    return Math.min(...times.filter((time) => time > now));
  }
}
