import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";

export type RemoteWriteVersion = 1 | 2;

/** The float samples of one request as columns. Views into memory that the next `decode` reuses: read them before. */
export interface DecodedWrite {
  readonly length: number;
  /** The ref taught for the sample's label set; -1 - i for the i-th label set not known yet (until `learn`). */
  readonly refs: Int32Array;
  /** Ms since the epoch, whole, within ±2^49. */
  readonly times: Float64Array;
  /** With all their bits: stale markers stay stale markers. */
  readonly values: Float64Array;
  /** Label sets met for the first time, or met before and never learned. */
  readonly unknown: number;
  /** Text of the i-th unknown label set. */
  readonly labels: (i: number) => Labels;
  /**
   * What the sender says of the i-th unknown label set (remote write 2.0). A label set is unknown again when its metadata
   * change, and is then taught the ref it has.
   */
  readonly metadata: (i: number) => MetricMetadata;
  /**
   * What columns cannot say (series with histograms, exemplars or no samples; metadata alone), as a message of its own for the
   * decoder that builds objects, not validated yet; null when there is nothing.
   */
  readonly aside: Uint8Array | null;
}

/**
 * Remote-write bodies (snappy over protobuf) to columns, without text: label sets are compared as the bytes they came in.
 * The whole message is validated before anything of it is returned.
 */
export interface IngestKernel {
  /**
   * Failures `corrupt_snappy`, `malformed_protobuf`; and `needs_objects` when the message is larger than the kernel keeps
   * memory for, or nearly all of it would be set aside: the caller then takes the decoder that builds objects.
   */
  decode(version: RemoteWriteVersion, body: Uint8Array): Result<DecodedWrite>;
  /** Names the i-th unknown label set of the last `decode`, in its columns too. A negative `ref` says that it is refused: so are its samples from now on. */
  learn(i: number, ref: number): void;
  /** The same in the columns of this `decode` alone: the label set is unknown again when it comes again. */
  name(i: number, ref: number): void;
  /** Label sets that were refused are unknown again. */
  reconsider(): void;
  /** Forgets every label set: refs have been given up. */
  forget(): void;
}

export interface KernelOptions {
  /** 32 random bits: nobody who does not know them can choose label sets that collide. */
  readonly seed: number;
  /** Memory above which all label sets are forgotten, to be learned again as they come. */
  readonly maxBytes?: number;
}

/** About 150,000 series of 200 bytes, each in two byte forms. */
export const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
/** Larger messages are left to the decoder that builds objects, so that the kernel's memory stays small. */
export const MAX_UNPACKED = 4 * 2 ** 20;
