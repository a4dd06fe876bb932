import { type Failure, fail } from "@sightline/shared/model/result";

/**
 * What one body may hold, by the words it is refused in. Bounds on bytes say little: two bytes of protobuf are an empty series,
 * and a hundred times as much in memory. No sender comes near them with what bodies of 32 MB can say in earnest.
 */
const MOST = {
  series: 200_000,
  samples: 2_000_000,
  "native histograms": 200_000,
  buckets: 4_000_000,
  exemplars: 100_000,
  labels: 2_000_000,
  symbols: 1_000_000,
  "metric families": 100_000,
  resources: 50_000,
  scopes: 50_000,
  metrics: 200_000,
  "data points": 200_000,
} as const;

type Kind = keyof typeof MOST;

/** Thrown inside decoders before memory is spent on what is too much, and caught at their edge. */
export class TooMany extends Error {
  readonly failure: Failure;

  constructor(kind: Kind, most: number) {
    const { error } = fail(
      kind === "data points" ? "too_many_points" : `too_many_${kind.replaceAll(" ", "_")}`,
      `The body holds more than ${most} ${kind}. Nothing was kept; send it in parts.`,
    );
    super(error.message);
    this.failure = error;
  }
}

/** Counts what a body holds while it is read. */
export class BodyBudget {
  readonly #most: Readonly<Record<Kind, number>>;
  readonly #left: Record<Kind, number>;

  constructor(more: Readonly<Partial<Record<Kind, number>>> = {}) {
    this.#most = { ...MOST, ...more };
    this.#left = { ...this.#most };
  }

  /** Throws TooMany. */
  take(kind: Kind, count = 1): void {
    this.#left[kind] -= count;
    if (this.#left[kind] < 0) throw new TooMany(kind, this.#most[kind]);
  }

  /** The same of what may be left out; false when there is enough of it. */
  spare(kind: Kind): boolean {
    if (this.#left[kind] === 0) return false;
    this.#left[kind]--;
    return true;
  }
}
