/**
 * A server of a few hundred lines that speaks the routes the extension uses, for working on the extension without the
 * real one: `node tests/e2e/run.ts --fake`. Alerts fire at once for every ingested `e2e_breach` above 90.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { LiveEvent, LiveRequest } from "@sightline/shared/api/live";
import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import { anAlert } from "../support/an-alert.ts";
import { answerRange, answerVector, FAKE_METADATA, fakeForecast, fakeSeries, fakeSnapshot, fakeValue } from "./fake-answers.ts";

export interface FakeServer {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

interface Viewer {
  readonly socket: WebSocket;
  readonly subscriptions: Map<string, readonly string[]>;
}

export async function startFakeServer(token = "sl_default_fakefakefake"): Promise<FakeServer> {
  const alerts = new Map<string, Alert>();
  const viewers = new Set<Viewer>();
  const broadcast = (event: LiveEvent): void => {
    for (const viewer of viewers) viewer.socket.send(JSON.stringify(event));
  };
  const change = (alert: Alert, previous: Alert["state"] | null): Alert => {
    alerts.set(alert.id, alert);
    broadcast({ type: "alert", alert, previous });
    return alert;
  };

  const routes: Record<string, (url: URL, body: unknown) => unknown> = {
    "/healthz": () => ({ status: "ok", version: "0.1.0" }),
    "/api/v1/query": (url, body) => answerVector(parameter(url, body, "query"), Date.now()),
    "/api/v1/query_range": (url, body) =>
      answerRange(
        parameter(url, body, "query"),
        seconds(parameter(url, body, "start")),
        seconds(parameter(url, body, "end")),
        seconds(parameter(url, body, "step")),
      ),
    "/api/v1/series": () => ({ status: "success", data: fakeSeries() }),
    "/api/v1/metadata": () => ({ status: "success", data: FAKE_METADATA }),
    "/v1/snapshot": () => fakeSnapshot([...alerts.values()], Date.now()),
    "/v1/slos": () => ({ slos: fakeSnapshot([], Date.now()).slos }),
    "/v1/alerts": () => ({ alerts: [...alerts.values()] }),
    "/v1/forecast": (url) => fakeForecast(url.searchParams.get("query") ?? "", Date.now()),
    "/v1/insights": () => ({ at: Date.now(), text: "Nothing needs attention.", insights: [] }),
    "/v1/anomalies": () => ({ anomalies: fakeSnapshot([], Date.now()).anomalies, ranges: [] }),
    "/v1/live/ticket": () => ({ ticket: `ticket-of-${token}` }),
    "/v1/silences": () => ({ silenceID: "s1" }),
    "/api/v1/ingest": (_, body) => {
      const { metrics } = body as { metrics: readonly { name: string; labels: Labels; value: number }[] };
      for (const { name, labels, value } of metrics) if (name === "e2e_breach" && value > 90) fire(labels, value);
      return { accepted: metrics.length, rejected: [] };
    },
  };
  const fire = (labels: Labels, value: number): void => {
    const id = `a${alerts.size + 1}`;
    const now = Date.now();
    change(
      anAlert({
        id,
        fingerprint: id,
        name: "E2eBreach",
        severity: "critical",
        value,
        threshold: 90,
        condition: "e2e_breach > 90",
        labels,
        activeAt: now,
        firedAt: now,
      }),
      null,
    );
  };

  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (url.pathname !== "/healthz" && request.headers.authorization !== `Bearer ${token}`) {
      send(401, { type: "about:blank", title: "Unauthorized", status: 401, code: "unauthenticated", detail: "The token is not known." });
      return;
    }
    const body = await bodyOf(request);
    const acknowledged = /^\/v1\/alerts\/([^/]+)\/ack$/.exec(url.pathname)?.[1];
    const alert = acknowledged === undefined ? undefined : alerts.get(acknowledged);
    if (alert !== undefined) {
      send(200, change({ ...alert, state: "acknowledged", acknowledgedBy: "admin", acknowledgedAt: Date.now() }, "firing"));
      return;
    }
    const route = routes[url.pathname];
    if (route === undefined) send(404, { type: "about:blank", title: "Not found", status: 404, code: "not_found", detail: url.pathname });
    else send(200, route(url, body));
  }

  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("sightline.v1") ? "sightline.v1" : false),
  });
  server.on("upgrade", (request, socket, head) => {
    const offered = `${request.url ?? ""} ${request.headers.authorization ?? ""} ${request.headers["sec-websocket-protocol"] ?? ""}`;
    if (!offered.includes(token)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const viewer: Viewer = { socket: opened, subscriptions: new Map() };
      viewers.add(viewer);
      opened.on("close", () => viewers.delete(viewer));
      opened.send(
        JSON.stringify({ type: "welcome", serverTime: Date.now(), project: "default", viewers: viewers.size } satisfies LiveEvent),
      );
      opened.on("message", (data) => {
        const message = JSON.parse(textOf(data)) as LiveRequest;
        if (message.type === "subscribe") viewer.subscriptions.set(message.id, message.selectors);
        if (message.type === "unsubscribe") viewer.subscriptions.delete(message.id);
        if (message.type === "ping")
          opened.send(JSON.stringify({ type: "pong", sentAt: message.sentAt, serverTime: Date.now() } satisfies LiveEvent));
      });
    });
  });
  const ticking = setInterval(() => {
    const now = Date.now();
    for (const { socket, subscriptions } of viewers) {
      for (const [id, selectors] of subscriptions) {
        const series = fakeSeries()
          .filter((labels) => selectors.some((selector) => selector.startsWith(labels["__name__"] ?? "-")))
          .map((labels) => ({ labels, t: [now], v: [fakeValue(labels, now)] }));
        if (series.length > 0) socket.send(JSON.stringify({ type: "samples", id, backfill: false, series } satisfies LiveEvent));
      }
    }
  }, 1000);

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    close: async () => {
      clearInterval(ticking);
      for (const { socket } of viewers) socket.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (text === "") return null;
  return request.headers["content-type"]?.includes("urlencoded") === true
    ? Object.fromEntries(new URLSearchParams(text))
    : (JSON.parse(text) as unknown);
}

function parameter(url: URL, body: unknown, name: string): string {
  const posted = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return url.searchParams.get(name) ?? (typeof posted === "string" ? posted : "");
}

const seconds = (text: string): number => Number(text.replace(/s$/, "")) * 1000;
