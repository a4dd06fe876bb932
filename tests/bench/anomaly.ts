/**
 * Both tiers on constructed series with known truth: precision, recall, names and delay by kind, false alarms a series-day, deploys, the
 * first hour, microseconds and bytes. JSON lines. Usage: node tests/bench/anomaly.ts [--series N] [--step SECONDS] [--full]
 * [--fleet] [--tier base|rich] [--nab DIR]. `--fleet`: series of the second generator (anomaly-fleet.ts); `--nab`: NAB's folder, whose points outside the
 * labelled windows are real data in which whatever is told counts as false.
 * `--full`: 500 series of each kind over 14 days, as the figures in ANOMALY.md.
 */
import { parseArgs } from "node:util";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { BYTES_PER_SERIES } from "@sightline/shared/anomaly/layout";
import { RICH_SIZE } from "@sightline/shared/anomaly/rich/layout";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { FLEET_SHAPES, fleetSeries, isFleetAsked } from "./anomaly-fleet.ts";
import * as own from "./anomaly-generator.ts";
import { type ConstructedSeries, KINDS } from "./anomaly-generator.ts";
import { unlabelledPoints } from "./anomaly-real.ts";

const { values: options } = parseArgs({
  options: {
    series: { type: "string" },
    step: { type: "string" },
    full: { type: "boolean" },
    fleet: { type: "boolean" },
    tier: { type: "string" },
    nab: { type: "string" },
  },
  allowPositionals: true,
  strict: false,
});
const SHAPES: readonly string[] = options.fleet === true ? FLEET_SHAPES : own.SHAPES;
const isAsked = options.fleet === true ? isFleetAsked : own.isAsked;
const construct = options.fleet === true ? fleetSeries : own.construct;
const perKind = options.full === true ? 500 : Math.max(SHAPES.length, Number(options.series ?? 35));
const stepMs = Number(options.step ?? 300) * 1000;
const days = stepMs < 60_000 ? 1 : 14;
/** The default threshold: from here an anomaly is told. */
const ANOMALOUS = 0.5;
/** As in NAB: what a series is has to be seen first. False alarms before are counted by themselves. */
const PROBATION = 0.15;
const TIERS = ["base", "rich"] as const;

interface Alarm {
  readonly at: number;
  name: AnomalyKind;
}

let points = 0;
let elapsed = 0;

function alarmsIn({ times, values, deployMs }: ConstructedSeries, tier: (typeof TIERS)[number]): Alarm[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  if (tier === "rich") bank.enrich(slot);
  const alarms: Alarm[] = [];
  const started = performance.now();
  for (let i = 0; i < values.length; i++) {
    if (times[i] === deployMs) bank.permitChange(slot, deployMs ?? 0);
    const score = bank.observe(slot, times[i] ?? 0, values[i] ?? 0);
    if (score >= ANOMALOUS) alarms.push({ at: i, name: bank.judgement(slot)?.kind ?? "spike" });
    else if (bank.revised(slot)) {
      const last = alarms.at(-1);
      if (last !== undefined) last.name = bank.judgement(slot)?.kind ?? last.name;
    }
  }
  elapsed += performance.now() - started;
  points += values.length;
  return alarms;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const count = (record: Record<string, number>, key: string): void => {
  record[key] = (record[key] ?? 0) + 1;
};

for (const tier of TIERS.filter((one) => options.tier === undefined || options.tier === one)) {
  if (typeof options.nab === "string")
    console.log(JSON.stringify({ bench: "anomaly", tier, what: "real", ...unlabelledPoints(options.nab, tier, ANOMALOUS) }));
  points = 0;
  elapsed = 0;
  const namedAs: Record<string, number> = {};
  const rightlyNamedAs: Record<string, number> = {};
  for (const kind of [null, "deploy" as const, ...KINDS]) {
    const shapes = SHAPES.filter((shape) => isAsked(shape, kind === "deploy" ? null : kind));
    let series = 0;
    let falseAlarms = 0;
    let whileLearning = 0;
    let found = 0;
    let named = 0;
    let delay = 0;
    const missed: Record<string, number> = {};
    const falsely: Record<string, number> = {};
    const names: Record<string, number> = {};
    for (const shape of shapes)
      for (let seed = 1; seed <= Math.round(perKind / shapes.length); seed++) {
        const one = construct(shape, kind, seed * 101 + shape.length * 7919 + (kind ?? "clean").length * 131, stepMs, days);
        const alarms = alarmsIn(one, tier);
        series++;
        let hit: Alarm | undefined;
        for (const alarm of alarms) {
          const { truth } = one;
          if (alarm.at >= PROBATION * one.values.length) count(namedAs, alarm.name);
          if (truth !== null && alarm.at >= truth.start && alarm.at <= truth.end && hit === undefined) hit = alarm;
          else if (alarm.at < PROBATION * one.values.length) {
            whileLearning++;
            continue;
          } else if (truth === null || alarm.at < truth.start || alarm.at > truth.over) {
            falseAlarms++;
            count(falsely, `${shape} ${alarm.name}`);
            continue;
          }
          if (alarm.name === kind || alarm !== hit) count(rightlyNamedAs, alarm.name);
        }
        if (one.truth === null) continue;
        if (hit === undefined) count(missed, shape);
        else {
          found++;
          delay += hit.at - one.truth.start;
          count(names, hit.name);
          if (hit.name === kind) named++;
        }
      }
    if (kind === null || kind === "deploy") {
      const perSeriesDay = round(falseAlarms / (series * days), 4);
      const falsePointShare = Number(((falseAlarms * stepMs) / (series * days * 86_400_000)).toExponential(2));
      console.log(
        JSON.stringify({
          bench: "anomaly",
          tier,
          what: kind ?? "clean",
          threshold: ANOMALOUS,
          series,
          days,
          falseAlarms,
          perSeriesDay,
          falsePointShare,
          whileLearning,
          falsely,
        }),
      );
      continue;
    }
    console.log(
      JSON.stringify({
        bench: "anomaly",
        tier,
        kind,
        series,
        recall: round(found / series, 3),
        precision: round(found / Math.max(1, found + falseAlarms), 3),
        rightlyNamed: round(named / Math.max(1, found), 3),
        meanDelaySteps: round(delay / Math.max(1, found), 1),
        missed,
        whileLearning,
        falsely,
        names,
      }),
    );
  }
  let found = 0;
  let asked = 0;
  let wrong = 0;
  // One hour of 15 s steps, with what happens in its second half; the shapes that need no day to be seen.
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
  console.log(
    JSON.stringify({
      bench: "anomaly",
      tier,
      what: "first hour",
      series: asked,
      recall: round(found / asked, 3),
      precision: round(found / Math.max(1, found + wrong), 3),
    }),
  );
  const precisionOfNames = Object.fromEntries(
    Object.entries(namedAs).map(([name, all]) => [name, round((rightlyNamedAs[name] ?? 0) / all, 3)]),
  );
  console.log(JSON.stringify({ bench: "anomaly", tier, what: "names", precisionOfNames }));
  console.log(
    JSON.stringify({
      bench: "anomaly",
      tier,
      what: "cost",
      usPerPoint: round((1000 * elapsed) / points, 3),
      bytesPerSeries: BYTES_PER_SERIES + (tier === "rich" ? RICH_SIZE * 8 : 0),
    }),
  );
}
