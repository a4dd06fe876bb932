import { judging } from "../stage.ts";

/** Holds one alert for as long as somebody put it off. */
export const snoozeStage = judging(
  "snooze",
  () => undefined,
  ({ snoozedUntil }, { nowMs }) =>
    snoozedUntil === null || snoozedUntil <= nowMs ? null : `snoozed until ${new Date(snoozedUntil).toISOString()}`,
);
