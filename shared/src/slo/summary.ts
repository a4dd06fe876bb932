import { spokenDuration } from "../model/duration.ts";

/** The state of a budget in one sentence. `burn` is the burn rate of the last hour, `windowMs` the SLO's window. */
export function summarize(remaining: number | null, burn: number, windowMs: number): string {
  if (remaining === null) return "No events were counted in this window yet, so nothing can be said.";
  const window = windowMs >= 27 * 86_400_000 && windowMs <= 31 * 86_400_000 ? "the month's" : `the ${spokenDuration(windowMs)}`;
  const left = `${Math.round(remaining * 1000) / 10}% of ${window} error budget is left`;
  if (remaining <= 0)
    return burn > 0 ? `${capital(window)} error budget is gone, and errors go on.` : `${capital(window)} error budget is gone.`;
  if (burn <= 0) return `${left}; there were no errors in the last hour.`;
  if (burn <= 1) return `${left}; at this rate it lasts.`;
  return `${left}; at this rate ${window} budget is gone in ${spokenDuration((remaining * windowMs) / burn)}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
