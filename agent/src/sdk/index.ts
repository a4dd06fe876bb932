import type { Server } from "node:http";
import { hostname } from "node:os";
import { createIngestPipeline } from "../transport/ingest-pipeline.ts";
import { noteRoute, timeHttpServer } from "./http-timing.ts";
import { Instruments } from "./instruments.ts";
import { MetricRegistry } from "./registry.ts";
import { findServer } from "./server-address.ts";

export type { Attributes } from "./registry.ts";
export type { Counter, Gauge, Histogram, InstrumentOptions, Timer } from "./instruments.ts";

export interface SightlineOptions {
  readonly serviceName: string;
  readonly serviceVersion?: string;
  readonly environment?: string;
  /** Default: SIGHTLINE_URL and SIGHTLINE_TOKEN, then the local server that `npm start` announces. */
  readonly url?: string;
  readonly token?: string;
  /** Ms between exports; default 1,000 on loopback, 10,000 elsewhere. */
  readonly intervalMs?: number;
  /** Source paths are given relative to it; default the working directory. */
  readonly sourceRoot?: string;
}

/** What a service measures itself with. `close` sends what is left. */
export interface Sightline extends Pick<Instruments, "counter" | "gauge" | "histogram" | "timer" | "time"> {
  /** Times every request of a Node HTTP server. */
  httpServer<T extends Pick<Server, "emit">>(server: T): T;
  /** Wraps the handler of a route, so that its requests carry the route's name and this line. */
  route<A extends unknown[], R>(route: string, handler: (...args: A) => R): (...args: A) => R;
  close(): Promise<void>;
}

const LOOPBACK = /^https?:\/\/(127\.|localhost|\[::1\])/;

/** Starts measuring. Without a server to send to it measures all the same, says so once on stderr, and keeps nothing else. */
export function createSightline(options: SightlineOptions): Sightline {
  const now = (): number => performance.now();
  const registry = new MetricRegistry();
  const instruments = new Instruments(registry, options.sourceRoot ?? process.cwd(), now);
  const server = findServer(options, process.env);
  const instance = `${hostname()}:${process.pid}`;
  const pipeline =
    server === null
      ? null
      : createIngestPipeline({
          url: server.url,
          token: server.token,
          sender: `${options.serviceName}@${instance}`,
          resource: {
            service_name: options.serviceName,
            ...(options.serviceVersion === undefined ? {} : { service_version: options.serviceVersion }),
            ...(options.environment === undefined ? {} : { deployment_environment_name: options.environment }),
            host_name: hostname(),
            job: options.serviceName,
            instance,
          },
        });
  if (pipeline === null)
    process.stderr.write(
      "sightline: no server to send to. Set SIGHTLINE_URL and SIGHTLINE_TOKEN, or run `npm start` in Sightline's folder.\n",
    );
  const send = (): void => pipeline?.push(registry.collect(Date.now()));
  const timer = setInterval(send, options.intervalMs ?? (server !== null && LOOPBACK.test(server.url) ? 1_000 : 10_000));
  timer.unref();
  function declareRoute<A extends unknown[], R>(route: string, handler: (...args: A) => R): (...args: A) => R {
    const location = instruments.location(declareRoute);
    return (...args) => {
      noteRoute(route, location);
      return handler(...args);
    };
  }
  return {
    counter: instruments.counter.bind(instruments),
    gauge: instruments.gauge.bind(instruments),
    histogram: instruments.histogram.bind(instruments),
    timer: instruments.timer.bind(instruments),
    time: instruments.time.bind(instruments),
    httpServer(httpServer) {
      timeHttpServer(instruments, httpServer, now);
      return httpServer;
    },
    route: declareRoute,
    async close() {
      clearInterval(timer);
      send();
      await pipeline?.close();
    },
  };
}
