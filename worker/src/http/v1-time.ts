import { HttpFailure } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { durationMs } from "./prometheus-time.ts";

/** Times under /v1: milliseconds since the epoch, or RFC 3339. */
export function timeParameter(parameters: Parameters, name: string, otherwise: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  const ms = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(ms)) return Math.round(ms);
  throw new HttpFailure("bad_request", `The parameter ${name} is ${JSON.stringify(text)}; give milliseconds since 1970 or RFC 3339.`);
}

/** Durations under /v1: milliseconds, or Prometheus notation such as 5m. */
export function durationParameter(parameters: Parameters, name: string, otherwise: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  const ms = /^\d+$/.test(text) ? Number(text) : durationMs(text);
  if (ms !== null && ms > 0) return ms;
  throw new HttpFailure(
    "bad_request",
    `The parameter ${name} is ${JSON.stringify(text)}; give a positive duration such as 5m, or milliseconds.`,
  );
}

export function integerParameter(parameters: Parameters, name: string, otherwise: number, most: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), most);
  throw new HttpFailure("bad_request", `The parameter ${name} is ${JSON.stringify(text)}; give a whole number, 0 or more.`);
}

export function requiredParameter(parameters: Parameters, name: string): string {
  const text = parameters.get(name);
  if (text !== null && text !== "") return text;
  throw new HttpFailure("bad_request", `The parameter ${name} is missing.`);
}
