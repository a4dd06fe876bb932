import type { Labels } from "@sightline/shared/model/labels";
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
  /** Label sets met for the first time. */
  readonly unknown: number;
  /** Text of the i-th unknown label set. */
  labels(i: number): Labels;
}

/**
 * Remote-write bodies (snappy over protobuf) to columns, without text: label sets are compared as the bytes they came in.
 * The whole message is validated before anything of it is returned.
 */
export interface IngestKernel {
  /**
   * Failures `malformed_snappy`, `malformed_protobuf`, `too_large`; and `needs_objects` when the message holds what
   * columns of floats cannot say (histograms, exemplars, metadata alone) or is larger than the kernel keeps memory for:
   * the caller then takes the decoder that builds objects.
   */
  decode(version: RemoteWriteVersion, body: Uint8Array): Result<DecodedWrite>;
  /** Names the i-th unknown label set of the last `decode`, in its columns too. A negative `ref` says that it is refused: so are its samples from now on. */
  learn(i: number, ref: number): void;
  /** Forgets every label set: refs have been given up, or the refusals no longer hold. */
  forget(): void;
}
