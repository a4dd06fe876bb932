import { hostname } from "node:os";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { createIngestPipeline } from "../transport/ingest-pipeline.ts";
import type { CreateSightline, EventEmitting, Sightline } from "./api.ts";
import { noteRoute, timeHttpServer } from "./http-timing.ts";
import { takeInstanceName } from "./instance-name.ts";
import { Instruments } from "./instruments.ts";
import { MetricRegistry } from "./registry.ts";
import { findServer } from "./server-address.ts";

export type * from "./api.ts";

const UP: MetricMetadata = { type: "gauge", unit: "", help: "1 while the process runs, 0 once it has closed its SDK." };
/** Within what Docker leaves a container to end in. */
const CLOSE_TIMEOUT_MS = 5000;
const LOOPBACK = /^https?:\/\/(127\.|localhost|\[::1\])/;

/** Starts measuring. Without a server to send to it measures all the same, says so once on stderr, and keeps nothing else. */
export const createSightline: CreateSightline = (options): Sightline => {
  const now = (): number => performance.now();
  const { closeTimeoutMs = CLOSE_TIMEOUT_MS } = options;
  const registry = new MetricRegistry();
  // The last word of a process that ends in order is 0: nobody waits for it any more.
  const up = registry.scalar("sightline_sdk_up", {}, UP);
  if (up !== null) up.value = 1;
  const instruments = new Instruments(registry, options.sourceRoot ?? process.cwd(), now);
  const server = findServer(options, process.env);
  const { instance, release } =
    options.instance === undefined ? takeInstanceName(options.serviceName) : { instance: options.instance, release: () => false };
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
  function declareRoute<H extends (...args: never[]) => unknown>(route: string, handler: H): H {
    const location = instruments.location(declareRoute);
    const noted = (...args: never[]): unknown => {
      noteRoute(route, location);
      return handler(...args);
    };
    return noted as H;
  }
  return {
    counter: instruments.counter,
    gauge: instruments.gauge,
    histogram: instruments.histogram,
    timer: instruments.timer,
    time: instruments.time,
    httpServer<T extends EventEmitting>(httpServer: T): T {
      timeHttpServer(instruments, httpServer, now);
      return httpServer;
    },
    route: declareRoute,
    async close() {
      clearInterval(timer);
      if (up !== null) up.value = 0;
      send();
      const lost = (await pipeline?.close(closeTimeoutMs)) ?? 0;
      if (lost > 0)
        process.stderr.write(
          `sightline: ${lost} samples are lost: the server did not take them within closeTimeoutMs (${closeTimeoutMs / 1000} s) of closing, or refused this sender.\n`,
        );
      release();
    },
  };
};
