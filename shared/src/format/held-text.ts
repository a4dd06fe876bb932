import type { Alert, HoldingStage } from "../model/alert.ts";

const WORDS: Readonly<Record<HoldingStage, string>> = {
  inhibit: "inhibited",
  topology: "follows from another",
  silence: "silenced",
  acknowledged: "acknowledged",
  snooze: "snoozed",
  mute: "muted now",
  flap: "flapping",
};

/** Why nobody is told of an alert that fires, in a word or two each. */
export function heldWords({ held, silencedUntil, snoozedUntil, flapping }: Alert, nowMs: number): readonly string[] {
  const words = new Set<string>();
  if (silencedUntil !== null && silencedUntil > nowMs) words.add(WORDS.silence);
  if (snoozedUntil !== null && snoozedUntil > nowMs) words.add(WORDS.snooze);
  if (flapping !== undefined && flapping.until > nowMs) words.add(WORDS.flap);
  if (held !== undefined) words.add(WORDS[held.stage]);
  return [...words];
}
