/** Tells an alert that keeps coming and going from one that comes twice. */
import { spokenDuration } from "../model/duration.ts";
import type { Flapping } from "../model/alert.ts";

const MINUTE = 60_000;
/** Changes within a time that are too many: firing, resolved, firing within a quarter of an hour; or slower, but on and on. */
const LIMITS = [
  { changes: 3, withinMs: 15 * MINUTE },
  { changes: 7, withinMs: 2 * 60 * MINUTE },
] as const;
/** How long changes are remembered, ms. */
export const FLAP_MEMORY_MS = 2 * 60 * MINUTE;
const MOST_REMEMBERED = 32;
const SHORTEST_HOLD_MS = 2 * MINUTE;
const LONGEST_HOLD_MS = 30 * MINUTE;

/** The changes that matter at `at`, its own among them; ms, oldest first, firing and resolved by turns. */
export const rememberChange = (changes: readonly number[], at: number): readonly number[] =>
  [...changes.filter((change) => at - change < FLAP_MEMORY_MS), at].slice(-MOST_REMEMBERED);

/**
 * `changes`: as `rememberChange` keeps them, the last being now; `firing`: whether it was to firing. What has flapped stays
 * so until it has kept still for twice as long as it did between its changes, 2 to 30 min. Null: it does not flap.
 */
export function judgeFlapping(changes: readonly number[], firing: boolean, before: Flapping | undefined): Flapping | null {
  const at = changes.at(-1) ?? 0;
  const inEffect = before !== undefined && at <= before.until;
  const exceeded = LIMITS.find(({ changes: most, withinMs }) => changes.length >= most && at - (changes.at(-most) ?? 0) <= withinMs);
  if (!inEffect && exceeded === undefined) return null;
  const spans = { firing: 0, quiet: 0 };
  for (let i = changes.length - 1; i > 0; i--) {
    // The span before the last change was the other state's, and so on by turns.
    const kind = ((changes.length - 1 - i) % 2 === 0) === firing ? "quiet" : "firing";
    spans[kind] = Math.max(spans[kind], (changes[i] ?? 0) - (changes[i - 1] ?? 0));
  }
  const still = firing ? spans.firing : spans.quiet;
  const holdMs = Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, 2 * still));
  const times = Math.ceil((changes.length + (firing ? 1 : 0)) / 2);
  const overMs = at - (changes[0] ?? at);
  return {
    since: inEffect ? before.since : at,
    until: at + holdMs,
    reason: `It has fired ${times} times within ${spokenDuration(overMs)}, for at most ${spokenDuration(spans.firing)} at a time.`,
    ...(inEffect && before.suggestion !== undefined ? { suggestion: before.suggestion } : {}),
  };
}
