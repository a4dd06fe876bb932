/** Label sets with or without some labels: what aggregations group by and binary operators match by. */
import type { Labels } from "../../model/labels.ts";
import { isMetadataLabel } from "./metadata-labels.ts";

/** More names than these are looked up by a series' own labels, which are few: an expression may name thousands. */
const FEW = 16;

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Of a list that an expression's tree holds. */
export function hasName(names: readonly string[], name: string): boolean {
  if (names.length <= FEW) return names.includes(name);
  let set = sets.get(names);
  if (set === undefined) sets.set(names, (set = new Set(names)));
  return set.has(name);
}

/** Those of `names` that these labels may have, in the order of `names` where they are few. */
export function namesWithin(names: readonly string[], labels: Labels): readonly string[] {
  return names.length <= FEW ? names : Object.keys(labels).filter((name) => hasName(names, name));
}

export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of namesWithin(names, labels)) {
    const value = labels[name];
    if (value !== undefined && value !== "") kept[name] = value;
  }
  return kept;
}

/** Nor those that name and describe the metric. */
export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(labels)) {
    if (!isMetadataLabel(name) && !hasName(names, name)) kept[name] = labels[name] ?? "";
  }
  return kept;
}
