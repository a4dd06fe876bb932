import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { EventEmitting } from "./api.ts";
import type { CodeLocation } from "./call-site.ts";
import type { Instruments } from "./instruments.ts";

const DURATION = "http_server_request_duration_seconds";
const METADATA: MetricMetadata = { type: "histogram", unit: "seconds", help: "Duration of HTTP server requests." };

/** What a handler tells the timing of the request it answers. */
interface RequestNotes {
  route: string | null;
  location: CodeLocation | null;
}

const current = new AsyncLocalStorage<RequestNotes>();

/**
 * Times every request of a Node HTTP server as OpenTelemetry's `http.server.request.duration`. The route is what a
 * handler wrapped in `routeHandler` says, never the raw path: paths would make a series each.
 */
export function timeHttpServer(instruments: Instruments, server: EventEmitting, now: () => number): void {
  const emit = server.emit.bind(server);
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== "request") return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, { readonly statusCode: number; once(name: "close", done: () => void): unknown }];
    const notes: RequestNotes = { route: null, location: null };
    const startedAt = now();
    response.once("close", () => {
      const status = response.statusCode;
      const attributes = {
        http_request_method: request.method ?? "_OTHER",
        http_response_status_code: status,
        http_route: notes.route ?? "",
        ...(status >= 500 ? { error_type: String(status) } : {}),
        ...notes.location,
      };
      instruments.record(DURATION, (now() - startedAt) / 1000, attributes, METADATA);
    });
    return current.run(notes, () => emit(event, ...args));
  };
}

/** Names the route of the request being answered, and the line where the route was declared. */
export function noteRoute(route: string, location: CodeLocation | null): void {
  const notes = current.getStore();
  if (notes === undefined) return;
  notes.route = route;
  notes.location = location;
}
