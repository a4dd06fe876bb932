/** One row for all schedules, folded, below the alerts. */
import type { OnCall } from "@sightline/shared/on-call/schedule";
import { onCallLine } from "../on-call/on-call-text.ts";
import type { TreeNode } from "./tree-node.ts";

export function onCallNodes(schedules: readonly OnCall[]): readonly TreeNode[] {
  if (schedules.length === 0) return [];
  return [
    {
      id: "on-call",
      label: "On call",
      description: [...new Set(schedules.map(({ user }) => user?.name ?? "nobody"))].join(", "),
      icon: "person",
      children: schedules.map((schedule) => ({
        id: `on-call:${schedule.schedule}`,
        label: schedule.schedule,
        description: onCallLine(schedule),
        icon: schedule.user === null ? "warning" : "account",
      })),
    },
  ];
}
