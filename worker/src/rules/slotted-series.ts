import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { grown } from "./grown-array.ts";
import { seriesHash } from "./snapshot-format.ts";

/** Of a ref that is no series of ours. */
export const NO_SLOT = -1;
const NO_LABELS: Labels = {};

/** The series of an evaluation by slot: 0, 1, 2 … in the order they came. Their labels are asked for when they are needed. */
export class SlottedSeries {
  /** By ref. */
  slotOf: Int32Array = new Int32Array(0);
  #refOf = new Int32Array(0);
  /** 0 until `hash` makes one. */
  #hashes = new Uint32Array(0);
  readonly #metadata: MetricMetadata[] = [];
  readonly #labelsOf: (ref: number) => Labels | undefined;

  constructor(labelsOf: (ref: number) => Labels | undefined) {
    this.#labelsOf = labelsOf;
  }

  get count(): number {
    return this.#metadata.length;
  }

  /** Gives a series that has none the next slot. */
  add(ref: number, metadata: MetricMetadata): number {
    const slot = this.#metadata.push(metadata) - 1;
    const room = this.slotOf.length;
    this.slotOf = grown(this.slotOf, ref + 1);
    this.slotOf.fill(NO_SLOT, room);
    this.slotOf[ref] = slot;
    this.#refOf = grown(this.#refOf, slot + 1);
    this.#refOf[slot] = ref;
    return slot;
  }

  /** What has become known of a series; a type that was known stays until the next start. Whether the type was not. */
  learn(slot: number, metadata: MetricMetadata): boolean {
    const { type } = this.#metadata[slot] ?? metadata;
    const isNew = type === "unknown" && metadata.type !== "unknown";
    this.#metadata[slot] = isNew ? metadata : { ...metadata, type };
    return isNew;
  }

  slot(ref: number): number {
    return this.slotOf[ref] ?? NO_SLOT;
  }

  ref(slot: number): number {
    return this.#refOf[slot] ?? 0;
  }

  /** Of a slot that has a series; none of one that is forgotten. */
  labels(slot: number): Labels {
    return this.#labelsOf(this.ref(slot)) ?? NO_LABELS;
  }

  /** Of its labels; made when a snapshot first asks for it, not while new series come in. */
  hash(slot: number): number {
    const known = this.#hashes[slot] ?? 0;
    if (known !== 0 || slot >= this.count) return known;
    this.#hashes = grown(this.#hashes, this.count);
    return (this.#hashes[slot] = seriesHash(this.labels(slot)));
  }

  at(slot: number): { readonly labels: Labels; readonly metadata: MetricMetadata } | undefined {
    const metadata = this.#metadata[slot];
    return metadata === undefined ? undefined : { labels: this.labels(slot), metadata };
  }

  /** Every series that is not forgotten. */
  *known(): Generator<readonly [ref: number, labels: Labels]> {
    for (let slot = 0; slot < this.count; slot++) {
      const ref = this.ref(slot);
      const labels = this.#labelsOf(ref);
      if (labels !== undefined) yield [ref, labels];
    }
  }

  /** The slot of the first series that is looked for, NO_SLOT when there is none. */
  find(isSought: (slot: number) => boolean): number {
    for (let slot = 0; slot < this.count; slot++) if (isSought(slot)) return slot;
    return NO_SLOT;
  }
}
