import { EDITOR, judging } from "../notification.ts";

/**
 * Holds news of silenced alerts back. The editor is told regardless, with `silencedUntil` set: its lists must stay
 * true, and it is the one that decides to raise no toast.
 */
export const silenceStage = judging("silence", ({ receiver, alert }) => {
  if (receiver === EDITOR || alert.silencedUntil === null) return null;
  return `silenced until ${new Date(alert.silencedUntil).toISOString()}`;
});
