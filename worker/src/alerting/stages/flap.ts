import type { Stage } from "../stage.ts";

/** Holds what keeps coming and going until it has kept still for a while; then its state of that time is told. */
export const flapStage: Stage = {
  name: "flap",
  run(alerts, { nowMs }) {
    const passed = alerts.filter(({ flapping }) => flapping === undefined || flapping.until <= nowMs);
    const held = alerts.flatMap((alert) =>
      alert.flapping === undefined || alert.flapping.until <= nowMs
        ? []
        : [{ alert, stage: "flap" as const, reason: `flapping: ${alert.flapping.reason}`, until: alert.flapping.until }],
    );
    return held.length === 0 ? { passed, held } : { passed, held, againAt: Math.min(...held.map(({ until }) => until)) };
  },
};
