import { SAMPLE } from "@sightline/shared/anomaly/sample-constants";

/** A job's last or next run, a certificate's end: within a year of the sample's own time, as Unix seconds or milliseconds, whatever its name. */
export const isTime = (value: number, tMs: number): boolean =>
  tMs > SAMPLE.yearMs && (Math.abs(value * 1000 - tMs) < SAMPLE.yearMs || Math.abs(value - tMs) < SAMPLE.yearMs);
