/** What services see of the SDK. Imports nothing: the package's type declarations are this file. */

/** Label values of one measurement; numbers and booleans become text. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface InstrumentOptions {
  readonly help?: string;
  /** In OpenMetrics words: "seconds", "bytes", "ratio". */
  readonly unit?: string;
}

export interface Counter {
  /** Adds a non-negative number, 1 by default; anything else is refused with a RangeError. */
  add(value?: number, attributes?: Attributes): void;
}

export interface Gauge {
  /** NaN is refused with a RangeError. */
  set(value: number, attributes?: Attributes): void;
}

export interface Histogram {
  /** A finite number; anything else is refused with a RangeError. */
  record(value: number, attributes?: Attributes): void;
}

export interface Timer {
  record(seconds: number, attributes?: Attributes): void;
  /** Starts a measurement; the returned function ends it and gives the seconds. */
  start(attributes?: Attributes): () => number;
}

export interface SightlineOptions {
  readonly serviceName: string;
  readonly serviceVersion?: string;
  readonly environment?: string;
  /** The label `instance`, another for each that runs at a time; default: host, process, and thread where there are several. */
  readonly instance?: string;
  /** Default: SIGHTLINE_URL and SIGHTLINE_TOKEN, then the local server that `npm start` announces. */
  readonly url?: string;
  readonly token?: string;
  /** Ms between exports; default 1,000 on loopback, 10,000 elsewhere. */
  readonly intervalMs?: number;
  /** Ms that `close` waits at most for the server to take what is left; default 5,000. */
  readonly closeTimeoutMs?: number;
  /** Source paths are given relative to it; default the working directory. */
  readonly sourceRoot?: string;
}

/** What a `node:http` server is to the SDK. */
export interface EventEmitting {
  emit(event: string | symbol, ...args: unknown[]): boolean;
}

/** What a service measures itself with. Every metric carries the source location where it was made or taken. */
export interface Sightline {
  /** Ends in `_total`. */
  counter(name: string, options?: InstrumentOptions): Counter;
  gauge(name: string, options?: InstrumentOptions): Gauge;
  /** An exponential histogram: quantiles without choosing buckets. */
  histogram(name: string, options?: InstrumentOptions): Histogram;
  /** A histogram of seconds; ends in `_seconds`. */
  timer(name: string, options?: Omit<InstrumentOptions, "unit">): Timer;
  /** Runs and times a block, until its promise settles if it returns one; the label `outcome` says how it ended. */
  time<T>(name: string, run: () => T, attributes?: Attributes): T;
  /** Times every request of a Node HTTP server as `http_server_request_duration_seconds`. */
  httpServer<T extends EventEmitting>(server: T): T;
  /** Wraps the handler of a route, so that its requests carry the route's name and this line. */
  route<H extends (...args: never[]) => unknown>(route: string, handler: H): H;
  /** Sends what is left and stops. What the server has not taken after `closeTimeoutMs` is lost, which is said on stderr. */
  close(): Promise<void>;
}

export type CreateSightline = (options: SightlineOptions) => Sightline;
