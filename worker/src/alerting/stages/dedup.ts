import type { Stage } from "../notification.ts";

/** Lets the same news reach a receiver once, however often it is reported. */
export const dedupStage: Stage = {
  name: "dedup",
  run(notifications, context) {
    const seen = new Set<string>();
    const passed = notifications.filter(({ key }) => !context.notified(key) && !seen.has(key) && seen.add(key));
    const held = notifications
      .filter((notification) => !passed.includes(notification))
      .map((notification) => ({ notification, stage: "dedup", reason: "this receiver was told already" }));
    return { passed, held };
  },
};
