import type { LiveEvent, LiveRequest } from "@sightline/shared/api/live";
import { vi } from "vitest";
import type { Send } from "./http-calls.ts";

/** A viewer's socket as the tests see it: what came so far, and a way to wait for more. */
export interface TestViewer {
  readonly events: LiveEvent[];
  readonly socket: WebSocket;
  ask(request: LiveRequest): void;
  /** Resolves with the first event of this type that passes. */
  next<Type extends LiveEvent["type"]>(
    type: Type,
    passes?: (event: Extract<LiveEvent, { type: Type }>) => boolean,
  ): Promise<Extract<LiveEvent, { type: Type }>>;
}

export async function openViewer(call: Send, path = "/v1/live"): Promise<TestViewer> {
  const response = await call(path, { headers: { upgrade: "websocket" } });
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no upgrade: ${response.status} ${await response.text()}`);
  const events: LiveEvent[] = [];
  socket.addEventListener("message", ({ data }) => {
    events.push(JSON.parse(String(data)) as LiveEvent);
  });
  socket.accept();
  return {
    events,
    socket,
    ask: (request) => socket.send(JSON.stringify(request)),
    next: (type, passes = () => true) =>
      vi.waitFor(() => {
        for (const event of events) {
          // The type was compared; TypeScript does not carry that through the generic.
          if (event.type === type && passes(event as Extract<LiveEvent, { type: typeof type }>))
            return event as Extract<LiveEvent, { type: typeof type }>;
        }
        throw new Error(`no ${type} yet, only ${JSON.stringify(events)}`);
      }),
  };
}
