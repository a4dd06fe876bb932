/** Series for tests of the engine, in the notation of promqltest. */
import type { QueryParams, QueryResult } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { parseSeries } from "@sightline/shared/promql/notation/series-line";
import { ScriptStorage } from "./script/storage.ts";

export const MINUTE = 60_000;

/** Storage holding `name{labels} points…` lines, one sample every `intervalMs` from 0. */
export function storageOf(intervalMs: number, ...lines: readonly string[]): ScriptStorage {
  const storage = new ScriptStorage();
  storage.load(intervalMs, lines.map(parseSeries), false);
  return storage;
}

export const at = (ms: number): QueryParams => ({ startMs: ms, endMs: ms, stepMs: 0 });

/** The result, or the error's message. */
export function ask(storage: ScriptStorage, query: string, params: QueryParams): QueryResult | string {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) return parsed.error.message;
  const result = evaluate(parsed.value, params, storage.select);
  return result.ok ? result.value : `${result.error.code}: ${result.error.message}`;
}

/** Values of an instant vector by their labels without braces, for short assertions. */
export function vector(storage: ScriptStorage, query: string, ms: number): Record<string, number> | string {
  const result = ask(storage, query, at(ms));
  if (typeof result === "string") return result;
  if (result.value.type !== "vector") return `a ${result.value.type}`;
  return Object.fromEntries(
    result.value.samples.map(({ labels, value }) => [
      Object.keys(labels)
        .sort()
        .map((name) => `${name}=${labels[name]}`)
        .join(","),
      value,
    ]),
  );
}
