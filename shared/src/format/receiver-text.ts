/** How receivers do, as people read it on the page and in the editor. */
import type { ChannelHealth, DeadLetter, Delivery, LoggedOutcome } from "../api/receiver-responses.ts";
import { formatAge } from "./age.ts";

const counted = (count: number, one: string, many: string): string => (count === 0 ? "" : `${count} ${count === 1 ? one : many}`);

/** One integration's state; empty where nothing was ever sent. */
export function channelText({ circuit, failingSince, waiting, deadLetters, deliveredAt }: ChannelHealth, nowMs: number): string {
  const state =
    circuit !== "closed"
      ? "Not reached"
      : failingSince !== null
        ? "Failing"
        : deliveredAt === null
          ? ""
          : `Delivered ${formatAge(deliveredAt, nowMs)}`;
  const since = failingSince === null ? "" : `, first ${formatAge(failingSince, nowMs)}`;
  const rest = [counted(waiting, "waits", "wait"), counted(deadLetters, "dead letter", "dead letters")];
  return [`${state}${since}`, ...rest].filter((part) => part !== "").join(", ");
}

const OUTCOMES: Readonly<Record<LoggedOutcome, string>> = {
  delivered: "delivered",
  failed: "failed, to be tried again",
  refused: "refused",
  dead: "given up after a day",
  dropped: "dropped, as nobody was there to be told",
  merged: "said by a later message of its group",
  test: "a test, delivered",
};

/** One attempt, in a line. */
export function deliveryText({ type, outcome, status, attempts, durationMs, error }: Delivery): string {
  const facts = [status === null ? "" : String(status), attempts > 1 ? `attempt ${attempts}` : "", `${Math.round(durationMs)} ms`];
  const known = facts.filter((fact) => fact !== "").join(", ");
  return `${type === "" ? "" : `${type}: `}${OUTCOMES[outcome]} (${known})${error === null ? "" : `: ${error}`}`;
}

const NAMED = 3;

/** "ops: DiskFull, HighCpu and 2 more (firing)": what a message that did not arrive would have said. */
export function deadLetterTitle({ receiver, alerts, status }: DeadLetter): string {
  const names = [...new Set(alerts)];
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `${receiver}: ${names.slice(0, NAMED).join(", ")}${rest} (${status})`;
}
