import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { HttpRequest, IntegrationKind } from "../receivers/integration-kind.ts";
import { Late, type Wait, withDeadline } from "./deadline.ts";
import { httpOutcome } from "./http-outcome.ts";
import { unreachableReason } from "./unreachable.ts";

/** Of an answer's body; what goes on longer is not read. */
const MAX_ANSWER = 16_384;

export interface HttpPorts {
  readonly now: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait: Wait;
}

/** Up to the bound; throws when the connection ends before the answer does. */
async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length < MAX_ANSWER) continue;
    await reader.cancel();
    return text.slice(0, MAX_ANSWER);
  }
}

/** One POST. An answer that breaks off is no answer: the receiver may not have done what it was asked. */
export async function sendHttp(
  request: HttpRequest,
  outcomeOf: IntegrationKind["outcomeOf"],
  { now, fetch, wait }: HttpPorts,
): Promise<DeliveryOutcome> {
  try {
    const answer = await withDeadline(wait, async (signal) => {
      const headers = { "user-agent": "Sightline", ...request.headers };
      const response = await fetch(request.url, { method: "POST", headers, body: request.body, redirect: "manual", signal });
      return { status: response.status, headers: response.headers, text: await readBounded(response) };
    });
    const plain = httpOutcome(answer, now());
    return outcomeOf === undefined ? plain : outcomeOf(answer, plain);
  } catch (error) {
    return {
      outcome: "failed",
      reason:
        error instanceof Late ? error.message : `the receiver cannot be reached, or the connection was lost (${unreachableReason(error)})`,
    };
  }
}
