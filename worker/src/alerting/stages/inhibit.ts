import { formatLabels } from "@sightline/shared/model/labels";
import { judging } from "../stage.ts";

const remarkOf = (rules: number): string => `none of ${rules} inhibition ${rules === 1 ? "rule" : "rules"} holds it`;

/** Holds what a firing alert inhibits by a rule of the routes. */
export const inhibitStage = judging(
  "inhibit",
  ({ inhibition }) => (inhibition.rules.length === 0 ? undefined : remarkOf(inhibition.rules.length)),
  (alert, { inhibition }) => {
    const source = inhibition.inhibitorOf(alert);
    return source === null ? null : `${source.name} fires and inhibits it (${formatLabels(source.labels)})`;
  },
);
