/** What a replay of samples says of alerts, as far as nobody was told. */
import { isOpen } from "@sightline/shared/rules/alerts-of-series";
import type { AlertBook } from "./alert-book.ts";
import type { EvaluationPlan } from "./api.ts";

/**
 * Of the plan of a replay that begins now. Transitions are written with their samples, so that it has nothing new of nearly all. But samples
 * that were held when the object ended, as they were ahead of its clock or waited for another shard, are shown to rules by the replay alone: then
 * an alert stands otherwise than its row says.
 */
export function untoldSince({ instances }: AlertBook): (plan: EvaluationPlan) => EvaluationPlan {
  const before = new Map([...instances].map(([fingerprint, { told }]) => [fingerprint, told]));
  const isUntold = ({ fingerprint }: { readonly fingerprint: string }): boolean => {
    const [was, is] = [before.get(fingerprint), instances.get(fingerprint)];
    const stood = was?.to === "pending" || was?.to === "firing";
    return was?.id !== is?.told.id && (stood || (is !== undefined && isOpen(is.state)));
  };
  return ({ transitions, states }) => ({ transitions: transitions.filter(isUntold), states: states.filter(isUntold), anomalies: [] });
}
