import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { HttpAnswer } from "../receivers/integration-kind.ts";

/** A receiver that asks for more is asked again after this. */
const LONGEST_WAIT_MS = 3_600_000;
const QUOTED = 200;

/** Ms that `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3); undefined for none. */
function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null || text.trim() === "") return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - nowMs;
  return wait > 0 ? Math.min(Math.ceil(wait), LONGEST_WAIT_MS) : undefined;
}

/** The beginning of an answer, for the log. */
export const quoted = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "" : `: ${line.length > QUOTED ? `${line.slice(0, QUOTED)}…` : line}`;
};

/** What an answer means by HTTP alone: 408, 429 and 5xx pass, other refusals don't. */
export function httpOutcome({ status, headers, text }: HttpAnswer, nowMs: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { outcome: "delivered", status };
  if (status >= 300 && status < 400)
    return { outcome: "refused", status, reason: `answered ${status}: redirects are not followed, give the final URL` };
  const reason = `answered ${status}${quoted(text)}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500) return { outcome: "refused", status, reason };
  const retryAfterMs = retryAfterOf(headers, nowMs);
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { outcome: "failed", status, reason, ...asked, ...(status === 429 ? { busy: true } : {}) };
}
