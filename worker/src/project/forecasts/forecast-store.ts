import type { ProjectPorts } from "../project-ports.ts";
import type { KeptForecast } from "./kept-forecast.ts";

const MOST_KEPT = 200;
/** A row holds 2 MB at most. */
const LARGEST_BODY = 1_000_000;
const DIGITS = 7;
const LARGE = 1e6;

export function loadForecast(ports: ProjectPorts, query: string, horizonMs: number): KeptForecast | null {
  const [row] = ports.database.all<{ body: string }>("SELECT body FROM forecasts WHERE query = ? AND horizon_ms = ?", query, horizonMs);
  // Written by saveForecast.
  return row === undefined ? null : (JSON.parse(row.body) as KeptForecast);
}

/** `refreshAt`: null when nothing is to be done until somebody asks. The least asked of more than 200 is forgotten. */
export function saveForecast(ports: ProjectPorts, kept: KeptForecast, refreshAt: number | null): void {
  const { database } = ports;
  const whole = compact(kept);
  // An answer too large is made anew after a restart, a record never is.
  const body = whole.length <= LARGEST_BODY ? whole : compact({ ...kept, made: null });
  const fits = body.length <= LARGEST_BODY ? body : compact({ ...kept, made: null, series: {} });
  database.transaction(() => {
    database.run(
      "INSERT OR REPLACE INTO forecasts (query, horizon_ms, asked_at, refresh_at, body) VALUES (?, ?, ?, ?, ?)",
      kept.query,
      kept.horizonMs,
      kept.askedAt,
      refreshAt,
      fits,
    );
    const [{ n } = { n: 0 }] = database.all<{ n: number }>("SELECT count(*) AS n FROM forecasts");
    if (n > MOST_KEPT)
      database.run(
        "DELETE FROM forecasts WHERE (query, horizon_ms) IN (SELECT query, horizon_ms FROM forecasts ORDER BY asked_at LIMIT ?)",
        n - MOST_KEPT,
      );
  });
}

export const nextRefreshAt = (ports: ProjectPorts): number | null =>
  ports.database.all<{ at: number | null }>("SELECT min(refresh_at) AS at FROM forecasts")[0]?.at ?? null;

export const countForecasts = (ports: ProjectPorts): number =>
  ports.database.all<{ n: number }>("SELECT count(*) AS n FROM forecasts WHERE refresh_at IS NOT NULL")[0]?.n ?? 0;

/** The one that is overdue for longest. */
export function dueForecast(ports: ProjectPorts, nowMs: number): { readonly query: string; readonly horizonMs: number } | null {
  const [row] = ports.database.all<{ query: string; horizon_ms: number }>(
    "SELECT query, horizon_ms FROM forecasts WHERE refresh_at <= ? ORDER BY refresh_at LIMIT 1",
    nowMs,
  );
  return row === undefined ? null : { query: row.query, horizonMs: row.horizon_ms };
}

export function putOff(ports: ProjectPorts, query: string, horizonMs: number, untilMs: number): void {
  ports.database.run("UPDATE forecasts SET refresh_at = ? WHERE query = ? AND horizon_ms = ?", untilMs, query, horizonMs);
}

/**
 * Seven digits are more than a forecast is worth, and half the bytes. Of what is larger a tenth is kept: bounds are whole numbers more often
 * than what lies between them, and a disk of terabytes fills by kilobytes.
 */
const compact = (kept: KeptForecast): string =>
  JSON.stringify(kept, (_, value: unknown) => (typeof value === "number" && !Number.isInteger(value) ? rounded(value) : value));

const rounded = (value: number): number => (Math.abs(value) < LARGE ? Number(value.toPrecision(DIGITS)) : Math.round(10 * value) / 10);
