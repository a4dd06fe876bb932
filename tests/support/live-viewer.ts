import type { LiveEvent, LiveRequest } from "@sightline/shared/api/live";
import { until } from "./until.ts";
import type { Stack } from "./stack.ts";

/** A viewer as a script would be one: signs in with a ticket, collects events. */
export interface LiveViewer {
  readonly events: readonly (LiveEvent & { readonly receivedAt: number })[];
  send(request: LiveRequest): void;
  /** The first event that passes, waiting for it. */
  next(what: string, patienceMs: number, passes: (event: LiveEvent) => boolean): Promise<LiveEvent & { readonly receivedAt: number }>;
  close(): void;
}

export async function watchLive(stack: Stack): Promise<LiveViewer> {
  const { ticket } = await stack.json<{ ticket: string }>("/v1/live/ticket", { method: "POST" });
  const socket = new WebSocket(`${stack.url.replace("http", "ws")}/v1/live?ticket=${encodeURIComponent(ticket)}`);
  const events: (LiveEvent & { receivedAt: number })[] = [];
  socket.addEventListener("message", ({ data }) => {
    events.push({ ...(JSON.parse(String(data)) as LiveEvent), receivedAt: Date.now() });
  });
  await until("the live connection is open", 5_000, () => events.some((event) => event.type === "welcome"));
  return {
    events,
    send: (request) => socket.send(JSON.stringify(request)),
    async next(what, patienceMs, passes) {
      await until(what, patienceMs, () => events.some(passes), 5);
      const found = events.find(passes);
      if (found === undefined) throw new Error(what);
      return found;
    },
    close: () => socket.close(),
  };
}
