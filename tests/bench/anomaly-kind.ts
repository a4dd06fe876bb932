import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { FLEET_SHAPES, fleetSeries, isFleetAsked } from "./anomaly-fleet.ts";
import * as own from "./anomaly-generator.ts";
import type { ConstructedSeries } from "./anomaly-generator.ts";
import { MIXED_SHAPES, isMixedAsked, mixedSeries } from "./anomaly-mixed.ts";

/** The default threshold: from here an anomaly is told. */
export const ANOMALOUS = 0.5;
/** As in NAB: what a series is has to be seen first. False alarms before are counted by themselves. */
const PROBATION = 0.15;

export type Tier = "base" | "rich";
export type Generator = "own" | "fleet" | "mixed";
/** What the series of a job hold; "clean" nothing. */
export type Event = "clean" | "deploy" | AnomalyKind;

export interface Job {
  readonly generator: Generator;
  readonly tier: Tier;
  readonly event: Event;
  readonly perKind: number;
  readonly stepMs: number;
  readonly days: number;
}

type Counts = Record<string, number>;

/** Of all series of one kind. `falseAlarms` lie outside the event, `again` is what is told within it beside the first; counts by shape and name. */
export interface KindScore {
  readonly series: number;
  readonly found: number;
  readonly named: number;
  readonly delaySteps: number;
  readonly falseAlarms: number;
  readonly again: number;
  readonly whileLearning: number;
  readonly missed: Counts;
  readonly falsely: Counts;
  readonly names: Counts;
  readonly namedAs: Counts;
  readonly rightlyNamedAs: Counts;
  readonly points: number;
  readonly elapsedMs: number;
}

interface Alarm {
  readonly at: number;
  name: AnomalyKind;
}

const GENERATORS = {
  own: { shapes: own.SHAPES as readonly string[], isAsked: own.isAsked, construct: own.construct },
  fleet: { shapes: FLEET_SHAPES as readonly string[], isAsked: isFleetAsked, construct: fleetSeries },
  mixed: { shapes: MIXED_SHAPES as readonly string[], isAsked: isMixedAsked, construct: mixedSeries },
} as const;

/** What is told of one series by a tier, each by the name it ends with. */
export function alarmsIn({ times, values, deployMs }: ConstructedSeries, tier: Tier): readonly Alarm[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  if (tier === "rich") bank.enrich(slot);
  const alarms: Alarm[] = [];
  for (let i = 0; i < values.length; i++) {
    if (times[i] === deployMs) bank.permitChange(slot, deployMs ?? 0);
    const score = bank.observe(slot, times[i] ?? 0, values[i] ?? 0);
    if (score >= ANOMALOUS) alarms.push({ at: i, name: bank.judgement(slot)?.kind ?? "spike" });
    else if (bank.revised(slot)) {
      const last = alarms.at(-1);
      if (last !== undefined) last.name = bank.judgement(slot)?.kind ?? last.name;
    }
  }
  return alarms;
}

const count = (record: Counts, key: string): void => {
  record[key] = (record[key] ?? 0) + 1;
};

/** All series of one kind, one after the other. */
export function scoreKind({ generator, tier, event, perKind, stepMs, days }: Job): KindScore {
  const { shapes: all, isAsked, construct } = GENERATORS[generator];
  const kind = event === "clean" ? null : event;
  const shapes = all.filter((shape) => isAsked(shape, kind === "deploy" ? null : kind));
  const [missed, falsely, names, namedAs, rightlyNamedAs]: Counts[] = [{}, {}, {}, {}, {}];
  const counts = {
    missed: missed ?? {},
    falsely: falsely ?? {},
    names: names ?? {},
    namedAs: namedAs ?? {},
    rightlyNamedAs: rightlyNamedAs ?? {},
  };
  let [series, found, named, delaySteps, falseAlarms, again, whileLearning, points, elapsedMs] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const shape of shapes)
    for (let seed = 1; seed <= Math.max(1, Math.round(perKind / shapes.length)); seed++) {
      const one = construct(shape, kind, seed * 101 + shape.length * 7919 + event.length * 131, stepMs, days);
      const { truth } = one;
      const started = performance.now();
      const alarms = alarmsIn(one, tier);
      elapsedMs += performance.now() - started;
      points += one.values.length;
      series++;
      let hit: Alarm | undefined;
      for (const alarm of alarms) {
        const learning = alarm.at < PROBATION * one.values.length;
        if (!learning) count(counts.namedAs, alarm.name);
        if (truth !== null && alarm.at >= truth.start && alarm.at <= truth.end && hit === undefined) hit = alarm;
        else if (learning) {
          whileLearning++;
          continue;
        } else if (truth === null || alarm.at < truth.start || alarm.at > truth.over) {
          falseAlarms++;
          count(counts.falsely, `${shape} ${alarm.name}`);
          continue;
        } else again++;
        if (alarm.name === kind) count(counts.rightlyNamedAs, alarm.name);
      }
      if (truth === null) continue;
      if (hit === undefined) count(counts.missed, shape);
      else {
        found++;
        delaySteps += hit.at - truth.start;
        count(counts.names, hit.name);
        if (hit.name === kind) named++;
      }
    }
  return { series, found, named, delaySteps, falseAlarms, again, whileLearning, points, elapsedMs, ...counts };
}

/** One hour of 15 s steps, with what happens in its second half; the shapes that need no day to be seen. */
export function scoreFirstHour(tier: Tier): { readonly asked: number; readonly found: number; readonly wrong: number } {
  let [asked, found, wrong] = [0, 0, 0];
  for (const kind of [null, "spike", "dip", "level_shift", "flatline"] as const)
    for (const shape of ["noise", "wander", "counts", "host"])
      for (let seed = 1; seed <= 10 && own.isAsked(shape, kind); seed++) {
        const one = own.construct(shape, kind, seed * 331 + shape.length, 15_000, 1 / 24);
        const { truth } = one;
        const alarms = alarmsIn(one, tier);
        const right = truth === null ? [] : alarms.filter(({ at }) => at >= truth.start);
        wrong += alarms.length - right.length;
        if (truth !== null) asked++;
        if (right.length > 0) found++;
      }
  return { asked, found, wrong };
}
