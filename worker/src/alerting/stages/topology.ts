import { judging } from "../stage.ts";

/** Holds what is only the consequence of another alert, by what is known of hosts, processes, services and their dependencies. */
export const topologyStage = judging(
  "topology",
  ({ suppressors }) => (suppressors === undefined ? undefined : "nothing it depends on is down"),
  (alert, { suppressors }) => suppressors?.(alert) ?? null,
);
