import type { QuerySource } from "./query-source.ts";

/** Counts what a query reads and how long it takes, for `stats` in Prometheus's answer. */
export class QueryStats {
  readonly source: QuerySource;
  readonly #startedAt: number;
  #samples = 0;
  #largest = 0;

  constructor(source: QuerySource) {
    this.#startedAt = source.now();
    this.source = {
      now: source.now,
      profile: source.profile,
      ...(source.warnings === undefined ? {} : { warnings: source.warnings }),
      ...(source.infos === undefined ? {} : { infos: source.infos }),
      select: (request) => {
        const found = source.select(request);
        let samples = 0;
        for (const { timestamps, rollup } of found) samples += timestamps.length + (rollup?.ends.length ?? 0);
        this.#samples += samples;
        this.#largest = Math.max(this.#largest, samples);
        return found;
      },
    };
  }

  /** `data.stats`, seconds; nothing queues here, and reading is part of evaluating. `peakBytes`: of samples and values held at a time. */
  json(peakBytes: number): string {
    const seconds = (this.source.now() - this.#startedAt) / 1000;
    return JSON.stringify({
      timings: {
        evalTotalTime: seconds,
        resultSortTime: 0,
        queryPreparationTime: 0,
        innerEvalTime: seconds,
        execQueueTime: 0,
        execTotalTime: seconds,
      },
      samples: { totalQueryableSamples: this.#samples, peakSamples: this.#largest, peakBytes },
    });
  }
}
