/** Fields of a YAML map, read with their places, so that what is wrong names its line. Each throws Fault. */
import { isMap, isScalar } from "yaml";
import { Fault } from "../format/yaml-node-fault.ts";
import { parseDuration } from "../model/duration.ts";

export type MapNode = { get(key: string, keepScalar: true): unknown; items: readonly { key: unknown }[] };

export function onlyKeys(node: MapNode, known: readonly string[], ignoreOthers = false): void {
  if (ignoreOthers) return;
  for (const { key } of node.items) {
    const name = isScalar(key) ? String(key.value) : "";
    if (!known.includes(name)) throw new Fault(`${JSON.stringify(name)} is not a field here; known are ${known.join(", ")}.`, key);
  }
}

/** What is left empty is not there, as for Prometheus. */
export const isThere = (node: unknown): boolean => node !== undefined && node !== null && !(isScalar(node) && node.value === null);

export const text = (node: MapNode, key: string): string | undefined => textOf(node.get(key, true), key);

function textOf(value: unknown, key: string): string | undefined {
  if (!isThere(value)) return undefined;
  const scalar = isScalar(value) ? value.value : null;
  if (typeof scalar !== "string" && typeof scalar !== "number" && typeof scalar !== "boolean")
    throw new Fault(`\`${key}\` must be a text or a number.`, value);
  return asWritten(value);
}

/** The label `1.10` is not `1.1`. */
function asWritten(node: unknown): string {
  if (!isScalar(node)) return "";
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

export function duration(node: MapNode, key: string): number | undefined {
  const written = text(node, key);
  if (written === undefined) return undefined;
  const parsed = parseDuration(written);
  if (!parsed.ok) throw new Fault(`\`${key}\`: ${parsed.error.message}`, node.get(key, true));
  return parsed.value;
}

export function milliseconds(node: MapNode, key: string): number | undefined {
  const written = text(node, key);
  if (written === undefined) return undefined;
  const ms = Number(written);
  if (!Number.isFinite(ms) || ms < 0) throw new Fault(`\`${key}\` must be milliseconds, zero or more.`, node.get(key, true));
  return ms;
}

export function strings(node: MapNode, key: string): Readonly<Record<string, string>> {
  const value = node.get(key, true);
  if (!isThere(value)) return {};
  if (!isMap(value)) throw new Fault(`\`${key}\` must be a map of names to texts.`, value);
  const texts = new Map<string, string>();
  for (const { key: named, value: own } of value.items) {
    // What YAML takes for a truth value, nothing or a number is a name as well.
    const name = asWritten(named);
    if (texts.has(name)) throw new Fault(`${JSON.stringify(name)} is defined twice in \`${key}\`.`, named);
    texts.set(name, textOf(own, name) ?? "");
  }
  return Object.fromEntries(texts);
}
