import type { Labels } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";
import { LabelSets } from "../evaluation/label-sets.ts";
import { isMetadataLabel } from "../evaluation/metadata-labels.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import type { Column } from "../evaluation/steps.ts";

export interface Group {
  readonly labels: Labels;
  readonly members: Column[];
  dropName: boolean;
}

/** The label set of the group a series falls into. */
export function groupLabels(node: Aggregate, labels: Labels): Labels {
  const kept: Record<string, string> = {};
  if (node.without) {
    for (const [name, value] of Object.entries(labels)) {
      if (!isMetadataLabel(name) && !node.grouping.includes(name)) kept[name] = value;
    }
    return kept;
  }
  for (const name of node.grouping) {
    const value = labels[name];
    if (value !== undefined && value !== "") kept[name] = value;
  }
  return kept;
}

/** Series by group, groups in order of first appearance. */
export function* groupColumns(node: Aggregate, columns: readonly Column[], pace: Pace): Stepwise<Group[]> {
  const numbers = new LabelSets();
  const groups: Group[] = [];
  for (const column of columns) {
    if (pace.spend(SERIES_NS)) yield;
    const labels = groupLabels(node, column.labels);
    const number = numbers.of(labels);
    const group = groups[number];
    if (group === undefined) groups.push({ labels, members: [column], dropName: column.dropName });
    else {
      group.members.push(column);
      group.dropName ||= column.dropName;
    }
  }
  return groups;
}
