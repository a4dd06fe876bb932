import type { Judgement } from "@sightline/shared/model/anomaly";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";

interface Floors {
  /** Of a gauge's value or a histogram's mean. */
  readonly value: number;
  /** Of a counter's rate a second. */
  readonly rate: number;
}

/**
 * The least change worth telling a person, by unit: a share that goes from nothing to a few hundredths may be thousands
 * of its usual spreads away and still be nobody's news. Units not listed have no floor.
 */
const FLOORS: Readonly<Record<string, Floors>> = {
  ratio: { value: 0.05, rate: 0.05 },
  percent: { value: 5, rate: 5 },
  bytes: { value: 16 * 1_048_576, rate: 262_144 },
  seconds: { value: 0.005, rate: 0.05 },
  packets: { value: 100, rate: 100 },
};

/** What agent and SDK say of themselves: judged like everything, told by rules and not by insights. */
const OWN = /^sightline_(agent|sdk)_/;

/** Whether a judged point is worth telling: of a metric that people watch, and different enough from what was expected. */
export function isNoticeable(judgement: Judgement, labels: Labels, { type, unit }: MetricMetadata): boolean {
  if (OWN.test(labels[METRIC_NAME] ?? "")) return false;
  const floors = FLOORS[unit];
  if (floors === undefined) return true;
  return Math.abs(judgement.value - judgement.expected) >= (type === "counter" ? floors.rate : floors.value);
}
