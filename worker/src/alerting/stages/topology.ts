import type { Stage } from "../stage.ts";

/** What is held is judged again after this long at the latest, whatever events tell: what was known of the topology may be forgotten. */
const AGAIN_MS = 900_000;

/** Holds what is only the consequence of another alert, by what is known of hosts, processes, services and their dependencies. */
export const topologyStage: Stage = {
  name: "topology",
  run(alerts, { suppressors, nowMs }) {
    if (suppressors === undefined) return { passed: alerts, held: [] };
    const judged = alerts.map((alert) => ({ alert, reason: suppressors(alert) }));
    const passed = judged.filter(({ reason }) => reason === null).map(({ alert }) => alert);
    const held = judged.flatMap(({ alert, reason }) => (reason === null ? [] : [{ alert, stage: "topology" as const, reason }]));
    const remark = "nothing it depends on is down";
    return held.length === 0 ? { passed, held, remark } : { passed, held, remark, againAt: nowMs + AGAIN_MS };
  },
};
