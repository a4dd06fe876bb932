import type { Labels } from "../../model/labels.ts";
import type { Aggregate } from "../ast.ts";
import { LabelSets } from "../evaluation/label-sets.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { onlyLabels, withoutLabels } from "../evaluation/pick-labels.ts";
import type { Column } from "../evaluation/steps.ts";

export interface Group {
  readonly labels: Labels;
  readonly members: Column[];
  dropName: boolean;
}

/** The label set of the group a series falls into. */
export const groupLabels = ({ without, grouping }: Aggregate, labels: Labels): Labels =>
  without ? withoutLabels(labels, grouping) : onlyLabels(labels, grouping);

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
