import { judging } from "../stage.ts";

/** An acknowledged alert is nobody's news while it fires: whoever acknowledged it has it. Its end is told. */
export const acknowledgedStage = judging(
  "acknowledged",
  () => undefined,
  ({ state, acknowledgedBy }) => (state === "acknowledged" ? `acknowledged by ${acknowledgedBy ?? "somebody"}` : null),
);
