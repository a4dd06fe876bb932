import { silencesOf } from "../silence-matching.ts";
import { judging } from "../stage.ts";

/** Holds what a silence in force matches. */
export const silenceStage = judging(
  "silence",
  ({ silences }) => (silences.length === 0 ? undefined : "no silence in force matches it"),
  (alert, { silences, nowMs }) => {
    const [silence] = silencesOf(alert, silences, nowMs).toSorted((left, right) => right.endsAt - left.endsAt);
    if (silence === undefined) return null;
    const comment = silence.comment === "" ? "" : `: ${silence.comment}`;
    return `silence ${silence.id} of ${silence.createdBy} until ${new Date(silence.endsAt).toISOString()}${comment}`;
  },
);
