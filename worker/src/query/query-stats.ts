import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { SampleTally } from "@sightline/shared/promql/evaluation/sample-tally";
import type { QuerySource } from "./query-source.ts";
import { samplesIn } from "./read-stepwise.ts";

/** Counts what a query reads and how long it takes, for `stats` in Prometheus's answer. */
export class QueryStats {
  readonly source: QuerySource;
  readonly #startedAt: number;
  readonly tally: SampleTally = { samples: 0 };
  #largest = 0;

  constructor(source: QuerySource) {
    this.#startedAt = source.now();
    const stepwise = source.selectStepwise?.bind(source);
    this.source = {
      now: source.now,
      profile: source.profile,
      ...(source.warnings === undefined ? {} : { warnings: source.warnings }),
      ...(source.infos === undefined ? {} : { infos: source.infos }),
      select: (request) => this.#counted(source.select(request)),
      ...(stepwise === undefined ? {} : { selectStepwise: (request, pace, slabs) => this.#read(stepwise(request, pace, slabs)) }),
    };
  }

  *#read(steps: Stepwise<readonly SelectedSeries[]>): Stepwise<readonly SelectedSeries[]> {
    return this.#counted(yield* steps);
  }

  #counted(found: readonly SelectedSeries[]): readonly SelectedSeries[] {
    this.#largest = Math.max(this.#largest, samplesIn(found));
    return found;
  }

  /** `data.stats`, seconds; nothing queues here, and reading is part of evaluating. `peakSamples`: the most that one selector has read. `peakBytes`: of samples and values held at a time. */
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
      samples: { totalQueryableSamples: this.tally.samples, peakSamples: this.#largest, peakBytes },
    });
  }
}
