const YEAR_MS = 366 * 86_400_000;

/** A job's last or next run, a certificate's end: within a year of the sample's own time, as Unix seconds or milliseconds, whatever its name. */
export const isTime = (value: number, tMs: number): boolean =>
  tMs > YEAR_MS && (Math.abs(value * 1000 - tMs) < YEAR_MS || Math.abs(value - tMs) < YEAR_MS);
