import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { type MetricType, withoutClassicPart } from "@sightline/shared/model/metric";
import { grown } from "../grown-array.ts";
import { seriesHash } from "../snapshot-format.ts";
import { beganAnew } from "./counted-steps.ts";

/** Samples of a sum in a row with none of its count at the same time, from which on both are not taken to be of one histogram. */
const APART = 100;

const SUM = "_sum";
const COUNT = "_count";

/** Labels of the `_count` that a `_sum` belongs to. */
export const countOf = (labels: Labels): Labels => ({ ...labels, [METRIC_NAME]: `${familyName(labels)}${COUNT}` });

const hasParts = (type: MetricType): boolean => type === "histogram" || type === "summary";
const familyName = (labels: Labels): string => withoutClassicPart(labels[METRIC_NAME] ?? "");
const familyLabels = (labels: Labels): Labels => ({ ...labels, [METRIC_NAME]: familyName(labels) });

/** The sum and the count of one classic histogram or summary, by their slots. */
export class SumAndCount {
  readonly sum: number;
  readonly count: number;
  /** The newest sample of each: ms, and the value. */
  #sumMs = Number.NaN;
  #countMs = Number.NaN;
  sumValue = Number.NaN;
  countValue = Number.NaN;
  /** They have come with equal times: the sum is judged by the mean. */
  together = false;
  /** Between the last two times at which both were known, by the sum. */
  began = false;
  #metSum = Number.NaN;
  #alone = 0;

  constructor(sum: number, count: number) {
    this.sum = sum;
    this.count = count;
  }

  /** A sample of either; whether both are known at its time now. */
  meet(slot: number, tMs: number, value: number): boolean {
    if (slot === this.sum) {
      this.#sumMs = tMs;
      this.sumValue = value;
      if (++this.#alone >= APART) this.together = false;
    } else {
      this.#countMs = tMs;
      this.countValue = value;
    }
    if (this.#sumMs !== this.#countMs) return false;
    this.began = beganAnew(this.#metSum, this.sumValue);
    this.#metSum = this.sumValue;
    this.#alone = 0;
    return (this.together = true);
  }
}

/**
 * Which series are the sum and the count of one classic histogram or summary: of the same labels but for the end of the name. Their samples
 * come separately, the one or the other first, perhaps in different requests; what both had at one time is enough, as both only grow: what
 * was missed in between is in the next growth.
 */
export class SumCountPairs {
  /** Place in `#pairs`, from 1 on; by slot. */
  #placeOf = new Int32Array(0);
  readonly #pairs: SumAndCount[] = [];
  /** By the hash of the family's labels. */
  readonly #sums = new Map<number, number>();
  readonly #counts = new Map<number, number>();

  /** The pair that a new series is a part of, as soon as both are there. `labelsOf` another slot. */
  add(slot: number, type: MetricType, labels: Labels, labelsOf: (slot: number) => Labels | undefined): SumAndCount | undefined {
    const name = labels[METRIC_NAME] ?? "";
    const isSum = name.endsWith(SUM);
    if ((!isSum && !name.endsWith(COUNT)) || (!hasParts(type) && type !== "unknown")) return undefined;
    const family = familyLabels(labels);
    const hash = seriesHash(family);
    (isSum ? this.#sums : this.#counts).set(hash, slot);
    const other = (isSum ? this.#counts : this.#sums).get(hash);
    const labelsOfOther = other === undefined ? undefined : labelsOf(other);
    if (other === undefined || labelsOfOther === undefined || seriesKey(familyLabels(labelsOfOther)) !== seriesKey(family))
      return undefined;
    const pair = isSum ? new SumAndCount(slot, other) : new SumAndCount(other, slot);
    this.#placeOf = grown(this.#placeOf, Math.max(slot, other) + 1);
    this.#placeOf[slot] = this.#placeOf[other] = this.#pairs.push(pair);
    return pair;
  }

  /** The pair that a series is no part of, as its type is known now and has none. */
  part(slot: number, type: MetricType): SumAndCount | undefined {
    const pair = this.of(slot);
    if (pair === undefined || hasParts(type)) return undefined;
    this.#placeOf[pair.sum] = this.#placeOf[pair.count] = 0;
    return pair;
  }

  of(slot: number): SumAndCount | undefined {
    return this.#pairs[(this.#placeOf[slot] ?? 0) - 1];
  }
}
