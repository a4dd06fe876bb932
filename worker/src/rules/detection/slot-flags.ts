import { JUDGED_AS } from "@sightline/shared/anomaly/sample-constants";
import type { MetricType } from "@sightline/shared/model/metric";
import { isCounterOf } from "./counter-series.ts";

/** What is saved of a series ahead of its detector. */
export const IN_EVENT = 1;
/** The steps after an event are of interest. */
export const FOLLOWED = 2;
/** Not saved: what is said of the series is remembered, as it is in the rich tier. */
export const REMEMBERED = 4;
export const HAS_BAND = 8;
/** Saved of events that are FOLLOWED. */
export const HAS_EVENTS = 32;

/** What a slot is judged as. */
export const { level: LEVEL, rate: RATE, unsure: UNSURE, part: PART } = JUDGED_AS;

/** What a series of this name and type is judged as until its samples say otherwise. */
export const kindOf = (name: string, type: MetricType): number => (isCounterOf(name, type) ? RATE : type === "unknown" ? UNSURE : LEVEL);
