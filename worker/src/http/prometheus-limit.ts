import type { Parameters } from "./parameters.ts";
import { HttpFailure } from "./http-failure.ts";

/** `limit` as Prometheus's parseLimitParam reads it; null for none, which 0 is too. Throws in its words. */
export function limitParameter(parameters: Parameters): number | null {
  const written = parameters.get("limit") ?? "";
  if (written === "") return null;
  if (!/^[+-]?\d{1,15}$/.test(written)) {
    const wrong = /^[+-]?\d+$/.test(written) ? "value out of range" : "invalid syntax";
    throw new HttpFailure("bad_data", `invalid parameter "limit": strconv.Atoi: parsing ${JSON.stringify(written)}: ${wrong}`);
  }
  if (Number(written) < 0) throw new HttpFailure("bad_data", 'invalid parameter "limit": limit must be non-negative');
  return Number(written) === 0 ? null : Number(written);
}

/** A whole number of an endpoint that says `limit must be a number`; null when absent. */
export function plainLimit(parameters: Parameters, name: string): number | null {
  const written = parameters.get(name) ?? "";
  if (written === "") return null;
  if (!/^[+-]?\d{1,15}$/.test(written)) throw new HttpFailure("bad_data", `${name} must be a number`);
  return Number(written);
}
