import { EDITOR, judging } from "../notification.ts";

/** Holds what a receiver did not ask for. The route tree takes this place. */
export const routeStage = judging("route", ({ receiver, kind }, { receivers }) => {
  if (receiver === EDITOR) return null;
  const webhook = receivers.find((candidate) => candidate.name === receiver);
  if (webhook === undefined) return "the receiver does not exist any more";
  // Alertmanager's payload knows firing and resolved, nothing else.
  if (kind === "acknowledged" || kind === "silenced") return `webhooks are not told of ${kind} alerts`;
  return kind === "resolved" && !webhook.sendResolved ? "the receiver does not want resolved alerts" : null;
});
