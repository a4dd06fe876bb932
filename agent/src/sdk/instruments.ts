import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import { callSite } from "./call-site.ts";
import type { CodeLocation } from "./call-site.ts";
import type { Attributes, Counter, Gauge, Histogram, InstrumentOptions, Timer } from "./api.ts";
import type { MetricRegistry } from "./registry.ts";

/** The instruments of one process. Each carries the source location where it was made, or called in the case of `time`. */
export class Instruments {
  readonly #registry: MetricRegistry;
  readonly #root: string;
  readonly #now: () => number;

  /** `now` in ms with fractions, monotonic. */
  constructor(registry: MetricRegistry, root: string, now: () => number) {
    this.#registry = registry;
    this.#root = root;
    this.#now = now;
  }

  counter = (name: string, options: InstrumentOptions = {}): Counter => {
    const metric = withSuffix(name, "_total");
    const metadata = describe("counter", options);
    const location = callSite(this.counter, this.#root);
    return {
      add: (value = 1, attributes = {}) => {
        if (!(value >= 0))
          throw new RangeError(`${metric}.add(${value}): a counter takes numbers from 0 up; use a gauge for what can fall`);
        const scalar = this.#registry.scalar(metric, { ...location, ...attributes }, metadata);
        if (scalar !== null) scalar.value += value;
      },
    };
  };

  gauge = (name: string, options: InstrumentOptions = {}): Gauge => {
    const metadata = describe("gauge", options);
    const location = callSite(this.gauge, this.#root);
    return {
      set: (value, attributes = {}) => {
        if (Number.isNaN(value)) throw new RangeError(`${name}.set(NaN): a gauge takes numbers; leave it unset when there is none`);
        const scalar = this.#registry.scalar(name, { ...location, ...attributes }, metadata);
        if (scalar !== null) scalar.value = value;
      },
    };
  };

  histogram = (name: string, options: InstrumentOptions = {}): Histogram => {
    const metadata = describe("histogram", options);
    const location = callSite(this.histogram, this.#root);
    return { record: (value, attributes = {}) => this.record(name, value, { ...location, ...attributes }, metadata) };
  };

  timer = (name: string, options: Omit<InstrumentOptions, "unit"> = {}): Timer => {
    const metric = withSuffix(name, "_seconds");
    const metadata = describe("histogram", { ...options, unit: "seconds" });
    const location = callSite(this.timer, this.#root);
    const record = (seconds: number, attributes: Attributes = {}) => this.record(metric, seconds, { ...location, ...attributes }, metadata);
    return {
      record,
      start: (attributes) => {
        const startedAt = this.#now();
        return () => {
          const seconds = (this.#now() - startedAt) / 1000;
          record(seconds, attributes);
          return seconds;
        };
      },
    };
  };

  /** Runs `run` and times it as `<name>_seconds`, until its promise settles if it returns one; `outcome` says how it ended. */
  time = <T>(name: string, run: () => T, attributes: Attributes = {}): T => {
    const location = callSite(this.time, this.#root);
    const startedAt = this.#now();
    const done = (outcome: "ok" | "error"): void =>
      this.record(withSuffix(name, "_seconds"), (this.#now() - startedAt) / 1000, { ...location, outcome, ...attributes }, TIMED);
    let result: T;
    try {
      result = run();
    } catch (error) {
      done("error");
      throw error;
    }
    if (!(result instanceof Promise)) {
      done("ok");
      return result;
    }
    void result.then(
      () => done("ok"),
      () => done("error"),
    );
    return result;
  };

  record(metric: string, value: number, attributes: Attributes, metadata: MetricMetadata): void {
    if (!Number.isFinite(value)) throw new RangeError(`${metric}: ${value} is not a number that can be recorded`);
    this.#registry.distribution(metric, attributes, metadata)?.histogram.record(value);
  }

  location(above: (...args: never[]) => unknown): CodeLocation | null {
    return callSite(above, this.#root);
  }
}

const TIMED: MetricMetadata = { type: "histogram", unit: "seconds", help: "" };

const describe = (type: MetricType, { unit = "", help = "" }: InstrumentOptions): MetricMetadata => ({ type, unit, help });

const withSuffix = (name: string, suffix: string): string => (name.endsWith(suffix) ? name : `${name}${suffix}`);
